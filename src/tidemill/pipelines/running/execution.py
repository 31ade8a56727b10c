"""What a run knows so far: the results of its steps, kept in the store or in memory, and the lists of its maps."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidemill.core import digest_json
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.pipelines.errors import StepError
from tidemill.pipelines.executors.calling import given
from tidemill.pipelines.executors.port import Held
from tidemill.pipelines.graph.handle import Each, Reference, like, references_in
from tidemill.pipelines.graph.nodes import Graph, Node
from tidemill.pipelines.inputs import Ambient

LIST = "list"


@dataclass(slots=True)
class Collection:
    """The results of a map's elements, in order: each kept, or held in memory when no codec takes it."""

    items: list[Output | Held]
    digests: list[str] = field(default_factory=list)

    def digest(self) -> str:
        """Return the digest of the list."""
        return digest_json([LIST, self.digests])


class Execution:
    """The results of one run so far. What nothing needs any more is let go; a list holds no values but unkept ones."""

    def __init__(self, graph: Graph, codecs: Codecs, ambients: Mapping[int, Ambient]) -> None:
        self._codecs = codecs
        self._ambients = ambients
        self._kept: dict[Reference, Output] = {}
        self._values: dict[Reference, Held] = {}
        self._lists: dict[Reference, Collection] = {}
        self._chosen: dict[Reference, Any] = {}
        self._digests: dict[Reference, str] = {}
        self._result = frozenset(references_in(graph.result))
        self._uses = Counter(reference for node in graph.nodes for reference in node.reads)

    def digests(self) -> Mapping[Reference, str]:
        """Return the digest of every output that is known so far."""
        return self._digests

    def keep(self, position: int, outputs: Iterable[Output]) -> None:
        """Take outputs that are kept in the store as those of a step."""
        for output in outputs:
            reference = Reference(position, output.name)
            self._kept[reference] = output
            self._digests[reference] = output.digest

    def hold(self, node: Node, values: Mapping[str, Any]) -> None:
        """Take values that a step has just made: as long as they are needed, and for ever those that are not kept."""
        for name, value in values.items():
            reference = Reference(node.position, name)
            if self._uses[reference] or reference in self._result:
                self._values[reference] = Held(value, f"step {node.step.name!r}")
            if reference not in self._kept:
                self._digests[reference] = unique_digest(value)

    def collect(self, position: int, lists: Mapping[str, Collection]) -> None:
        """Take the results of a map."""
        for name, collection in lists.items():
            reference = Reference(position, name)
            self._lists[reference] = collection
            self._digests[reference] = collection.digest()

    def choose(self, node: Node, branch: str, digest: str) -> Output | None:
        """Take one branch of a choice as its result, whose digest this is; return what is kept of it as one piece."""
        reference = Reference(node.position, "result")
        self._chosen[reference] = node.arguments[branch]
        self._digests[reference] = digest or unique_digest(node)
        for chosen in references_in(node.arguments[branch]):
            self._uses[chosen] += self._uses[reference] + (reference in self._result)
        return self._output(reference)

    def store(self, node: Node, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Keep values as those of a node that executes nothing; return them as they are recorded."""
        outputs = encoded(self._codecs, values)
        self.keep(node.position, outputs)
        self.hold(node, values)
        return [output.to_json() for output in outputs]

    def _output(self, reference: Reference) -> Output | None:
        """Return what is recorded of a result, None for what lies in memory or is a tree of results."""
        chosen = self._chosen.get(reference)
        if isinstance(chosen, Reference):
            return self._output(chosen)
        if reference in self._lists:
            return list_output(reference.output, self._lists[reference])
        return self._kept.get(reference)

    def truth(self, reference: Reference) -> bool:
        """Return whether a result is true. Raises StepError for one that is neither true nor false."""
        try:
            return bool(self.value(reference))
        except (ValueError, TypeError) as error:
            said = " ".join(str(error).split())
            raise StepError(
                f"the condition of a tm.when is neither true nor false: {said}; return a bool", ""
            ) from error

    def need(self, references: Iterable[Reference]) -> None:
        """Keep these to the end: they are what is asked for."""
        self._result |= frozenset(references)

    def release(self, node: Node) -> None:
        """Say that a node has ended: values that nothing else needs are let go."""
        for reference in node.reads:
            self._uses[reference] -= 1
            if self._uses[reference] <= 0 and reference not in self._result:
                self._values.pop(reference, None)

    def items(self, each: Each) -> Sequence[Any]:
        """Return what a map goes through: kept results, held ones, or plain values and trees.

        Raises StepError for a result that is no list.
        """
        if not isinstance(each.items, Reference):
            return list(each.items)
        reference = self._aliased(each.items)
        if isinstance(reference, Reference) and reference in self._lists:
            return self._lists[reference].items
        value = self.value(each.items)
        if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
            raise StepError(f"it is mapped over a {type(value).__qualname__}, which is no list; return a list", "")
        return list(value)

    def given(self, value: Any, *, shares_memory: bool) -> Any:
        """Return an argument as a task carries it: results as `Output`, or as `Held` where they are in memory."""
        if isinstance(value, Reference):
            value = self._aliased(value)
        if isinstance(value, Reference):
            if value in self._lists:
                return list(self._lists[value].items)
            held = self._values.get(value)
            return held if held is not None and (shares_memory or value not in self._kept) else self._kept[value]
        if id(value) in self._ambients:
            return value
        if isinstance(value, list | tuple):
            return like(value, [self.given(item, shares_memory=shares_memory) for item in value])
        if isinstance(value, dict):
            return {key: self.given(item, shares_memory=shares_memory) for key, item in value.items()}
        return value

    def value(self, tree: Any) -> Any:
        """Return a value with its references and outside reads replaced by what they stand for."""
        carried = self.given(tree, shares_memory=True)
        return given(carried, self._ambients, self._codecs)

    def _aliased(self, reference: Reference) -> Any:
        found: Any = reference
        while isinstance(found, Reference) and found in self._chosen:
            found = self._chosen[found]
        return found


def unique_digest(value: object) -> str:
    """Return a digest that no other run has: what depends on this value is never reused."""
    return digest_json([id(value), time.time_ns()])


def encoded(codecs: Codecs, values: Mapping[str, Any]) -> tuple[Output, ...]:
    """Return values as they are kept; those that no codec takes are left out."""
    kept = [codecs.encode(name, value) for name, value in values.items()]
    return tuple(output for output in kept if output is not None)


def list_output(name: str, collection: Collection) -> Output:
    """Return what is recorded of the results of a map as a whole: each of its elements has its own record."""
    n = len(collection.items)
    sizes = [item.size_bytes if isinstance(item, Output) else None for item in collection.items]
    size = None if None in sizes else sum(size for size in sizes if size is not None)
    return Output(name, LIST, collection.digest(), {"n": n}, f"{n:,} result{'' if n == 1 else 's'}", size)
