"""A map at work: its elements one after the other, those that are reused first found in bulk."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tidemill.pipelines._repository import StepElement, StepResult
from tidemill.pipelines.codecs.codec import Output
from tidemill.pipelines.errors import StepError
from tidemill.pipelines.executors.port import Held, Outcome, Usage
from tidemill.pipelines.executors.usage import together
from tidemill.pipelines.graph.handle import Each, Reference, like
from tidemill.pipelines.graph.nodes import Node
from tidemill.pipelines.inputs import Ambient
from tidemill.pipelines.keys.code_digest import CodeDigest
from tidemill.pipelines.plan import ArgumentReader, StepKey, code_doubts, code_parts, describe_reuse, key_of
from tidemill.pipelines.run_options import CAUGHT, REUSED
from tidemill.pipelines.running.execution import Collection, Execution, unique_digest
from tidemill.pipelines.running.result_index import ResultIndex

#: How many elements are looked up at once.
CHUNK = 500


class Element(NamedTuple):
    """One element of a map: its number, its arguments with nothing left to go through, its key."""

    number: int
    arguments: dict[str, Any]
    key: StepKey
    found: StepResult | None


@dataclass
class MapProgress:
    """What has become of a map's elements so far. `results`: by element, then one for each output."""

    node: Node
    key: StepKey
    n: int
    elements: Iterator[Element]
    results: list[tuple[Output | Held, ...] | None] = field(default_factory=list)
    digests: list[tuple[str, ...]] = field(default_factory=list)
    n_done: int = 0
    n_executed: int = 0
    n_caught: int = 0
    usage: Usage | None = None
    exhausted: bool = False
    unkept: str = ""

    def __post_init__(self) -> None:
        self.results = [None] * self.n
        self.digests = [()] * self.n

    def reused(self, run_id: str, element: Element) -> StepElement:
        """Take the result of an element that an earlier run has kept; return what is recorded of it."""
        found = element.found or StepResult("", [], 0.0)
        outputs = tuple(Output(**output) for output in found.outputs)
        self._put(element.number, outputs)
        place = (run_id, self.node.position, element.number)
        return StepElement(*place, REUSED, element.key.key, found.outputs, 0.0, describe_reuse(found))

    def returned(self, run_id: str, element: tuple[int, StepKey], state: str, outcome: Outcome) -> StepElement:
        """Take what an element has returned; return what is recorded of it, with its key when it may be reused."""
        number, key = element
        kept, made_by = {output.name: output for output in outcome.outputs}, f"step {self.node.step.name!r}"
        names = self.node.step.output_names()
        self._put(number, tuple(kept.get(name) or Held(outcome.values.get(name), made_by) for name in names))
        self.n_executed += 1
        self.n_caught += state == CAUGHT
        self.usage = together(self.usage, outcome.usage)
        reasons = (*key.doubts, *outcome.unkept, *outcome.doubts)
        if state != CAUGHT and reasons:
            self.unkept = self.unkept or reasons[0]
        note = "; ".join(reasons if state == CAUGHT else (f"not reusable: {reason}" for reason in reasons))
        outputs = [output.to_json() for output in outcome.outputs]
        place = (run_id, self.node.position, number)
        return StepElement(*place, state, None if reasons else key.key, outputs, outcome.usage.seconds, note)

    def note(self) -> str:
        """Say in words what became of the elements."""
        note = f"{self.n_executed:,} of {self.n:,} elements executed"
        note += f", {self.n_caught:,} of them caught" if self.n_caught else ""
        return note + (f"; not reusable: {self.unkept}" if self.unkept else "")

    def _put(self, number: int, parts: tuple[Output | Held, ...]) -> None:
        self.results[number] = parts
        self.digests[number] = tuple(
            part.digest if isinstance(part, Output) else unique_digest(part.value) for part in parts
        )
        self.n_done += 1

    def collections(self) -> dict[str, Collection]:
        """Return the lists that the map returns, by output."""
        names = self.node.step.output_names()
        rows = [row for row in self.results if row is not None]
        return {
            name: Collection([row[at] for row in rows], [digests[at] for digests in self.digests])
            for at, name in enumerate(names)
        }


def begin_map(
    node: Node,
    key: StepKey,
    code: CodeDigest,
    known: tuple[Execution, Mapping[int, Ambient]],
    index: ResultIndex | None,
) -> MapProgress:
    """Return a map with nothing done yet. Raises StepError for what is no list, and lists of different lengths.

    index: where results to reuse are looked for; None looks for none.
    """
    execution, ambients = known
    lists = {id(each): execution.items(each) for each in _eaches(node.arguments)}
    lengths = {len(items) for items in lists.values()}
    if len(lengths) > 1:
        several = " and ".join(str(length) for length in sorted(lengths))
        raise StepError(f"step {node.step.name!r} goes through lists of {several} items at once; give equally many", "")
    n = lengths.pop() if lengths else 0
    reader = (ambients, execution.digests())
    return MapProgress(node, key, n, _looked_up(_elements(node, code, lists, n, reader), index))


def _elements(
    node: Node,
    code: CodeDigest,
    lists: Mapping[int, Sequence[Any]],
    n: int,
    known: tuple[Mapping[int, Ambient], Mapping[Reference, str]],
) -> Iterator[tuple[int, dict[str, Any], StepKey]]:
    shared, doubts = code_parts(node, code), code_doubts(node, code)
    same = ArgumentReader(*known)
    varying = [name for name, value in node.arguments.items() if any(_eaches(value))]
    for name, value in node.arguments.items():
        shared[f"input: {name}"] = "" if name in varying else same.digest(name, value)
    for number in range(n):
        reader, parts = ArgumentReader(*known), dict(shared)
        arguments = dict(node.arguments)
        for name in varying:
            arguments[name] = _picked(node.arguments[name], lists, number)
            parts[f"input: {name}"] = reader.digest(name, arguments[name])
        wrong = (*doubts, *same.doubts, *reader.doubts)
        yield number, arguments, StepKey(None if wrong else key_of(node, parts), {}, (), wrong)


def _looked_up(elements: Iterator[tuple[int, dict[str, Any], StepKey]], index: ResultIndex | None) -> Iterator[Element]:
    while chunk := list(itertools.islice(elements, CHUNK)):
        found = index.find_all(key.key for _, _, key in chunk) if index is not None else {}
        for number, arguments, key in chunk:
            yield Element(number, arguments, key, found.get(key.key or ""))


def _eaches(value: Any) -> Iterator[Each]:
    if isinstance(value, Each):
        yield value
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _eaches(item)


def _picked(value: Any, lists: Mapping[int, Sequence[Any]], number: int) -> Any:
    if isinstance(value, Each):
        return lists[id(value)][number]
    if isinstance(value, list | tuple):
        return like(value, [_picked(item, lists, number) for item in value])
    if isinstance(value, dict):
        return {key: _picked(item, lists, number) for key, item in value.items()}
    return value
