"""Plans: what a run will do and why, step by step, before anything is executed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tidemill.core import digest_json
from tidemill.pipelines._repository import StepResult
from tidemill.pipelines.codecs.codec import Output
from tidemill.pipelines.executors.port import Held
from tidemill.pipelines.graph.handle import Each, Reference
from tidemill.pipelines.graph.nodes import APPROVAL, STEP, Graph, Node
from tidemill.pipelines.inputs import Ambient
from tidemill.pipelines.keys.code_digest import CodeDigest
from tidemill.pipelines.keys.code_text import distribution_version
from tidemill.pipelines.keys.value_digest import UndigestibleError, value_digest

REUSE, RUN, UNKNOWN = "reuse", "run", "unknown"


@dataclass(frozen=True)
class InputRecord:
    """One thing that a step reads: its parameter, what it is called, its digest once known."""

    parameter: str
    reference: str
    digest: str

    def to_json(self) -> dict[str, str]:
        """Return the record as JSON."""
        return {"parameter": self.parameter, "reference": self.reference, "digest": self.digest}


@dataclass(frozen=True)
class StepKey:
    """A step's cache key with what went into it; `key` is None when the result must not be reused."""

    key: str | None
    parts: dict[str, str]
    inputs: tuple[InputRecord, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class PlannedStep:
    """A step in a plan: reuse, run, or unknown until an earlier step has run; `why` says it in words."""

    position: int
    step: str
    action: str
    why: str


@dataclass(frozen=True)
class Plan:
    """A traced pipeline with every outside read resolved.

    concurrency: what the pipeline says of a second run. code_folder: where its code lies.
    """

    graph: Graph
    ambients: Mapping[int, Ambient]
    codes: tuple[CodeDigest, ...]
    code_digest: str
    steps: tuple[PlannedStep, ...] = field(default=())
    concurrency: str = "allow"
    code_folder: Path | None = None


def step_key(
    node: Node, code: CodeDigest, ambients: Mapping[int, Ambient], outputs: Mapping[Reference, str]
) -> StepKey:
    """Compute a step's key from its code, its arguments and the digests of what it reads.

    Raises KeyError when an output that it reads is not known yet.
    """
    reader = ArgumentReader(ambients, outputs)
    doubts = code_doubts(node, code)
    parts = code_parts(node, code)
    for parameter, value in node.arguments.items():
        parts[f"input: {parameter}"] = reader.digest(parameter, value)
    doubts += reader.doubts
    return StepKey(None if doubts else key_of(node, parts), parts, tuple(reader.records), tuple(doubts))


def code_doubts(node: Node, code: CodeDigest) -> list[str]:
    """Return why results must not be reused, as far as code and options tell."""
    doubts = list(code.doubts) + ([] if node.step.cache else ["its step says cache=False"])
    if node.options.seed is None:
        doubts += [
            f"it draws from the global {name}, whose state is no input: give its step a seed" for name in code.draws
        ]
    return doubts


def code_parts(node: Node, code: CodeDigest) -> dict[str, str]:
    """Return the parts of a key that are not the arguments: the code, and options that change what is returned."""
    parts = {f"code: {name}": digest for name, digest in code.parts.items()}
    options = {"seed": node.options.seed, "environment": node.options.environment, "version": node.step.version}
    return parts | {name: str(value) for name, value in options.items() if value not in {None, ""}}


def key_of(node: Node, parts: Mapping[str, str]) -> str:
    """Return the key that these parts make."""
    return digest_json({"step": node.step.name, "outputs": node.step.output_names(), "parts": parts})


def doubtful(code: CodeDigest, changed: Set[str]) -> CodeDigest:
    """Return a step's code, with a doubt when an earlier step has changed what it stands on since the plan."""
    names = sorted(changed & code.parts.keys())
    if not names:
        return code
    return replace(code, doubts=(*code.doubts, f"an earlier step changed {names[0]} while it ran"))


class ArgumentReader:
    """Digests arguments, and notes what they read and why results that depend on them must not be reused."""

    def __init__(self, ambients: Mapping[int, Ambient], outputs: Mapping[Reference, str]) -> None:
        self._ambients = ambients
        self._outputs = outputs
        self.records: list[InputRecord] = []
        self.doubts: list[str] = []

    def digest(self, parameter: str, value: Any) -> str:
        """Return the digest of an argument; what has none is a doubt."""
        try:
            return digest_json(self.tree(parameter, value))
        except UndigestibleError as error:
            self.doubts.append(f"its argument {parameter!r} is {error}")
            return ""

    def tree(self, parameter: str, value: Any) -> Any:  # noqa: PLR0911 - a table of kinds
        """Return an argument as JSON that stands for it. Raises UndigestibleError, KeyError."""
        if isinstance(value, Reference):
            digest = self._outputs[value]
            self.records.append(InputRecord(parameter, f"step {value.position + 1} {value.output}", digest))
            return ["output", digest]
        if isinstance(value, Each):
            return ["each", self.tree(parameter, value.items)]
        if isinstance(value, Output):
            return ["output", value.digest]
        if isinstance(value, Held):
            raise UndigestibleError(f"what {value.made_by} made, which no codec keeps")
        ambient = self._ambients.get(id(value))
        if ambient is not None:
            self.records.append(InputRecord(parameter, ambient.reference, ambient.digest))
            self.doubts += ambient.doubts
            return ["ambient", ambient.digest]
        if isinstance(value, list | tuple):
            return [type(value).__name__, [self.tree(parameter, item) for item in value]]
        if isinstance(value, dict):
            return ["dict", [[value_digest(key), self.tree(parameter, item)] for key, item in value.items()]]
        if _is_declared(value):
            held = {each.name: getattr(value, each.name) for each in fields(value)}
            made_by = f"tidemill {distribution_version('tidemill')}"
            return [made_by, type(value).__qualname__, self.tree(parameter, held)]
        return ["value", value_digest(value)]


def _is_declared(value: Any) -> bool:
    """Tell whether a value is one that Tidemill declares as plain frozen fields, such as a search space."""
    kind = type(value)
    return kind.__module__.startswith("tidemill.") and is_dataclass(value) and kind.__dataclass_params__.frozen


def explain_miss(parts: Mapping[str, str], last: Mapping[str, str] | None) -> str:
    """Say in words why a step runs: the parts of its key that differ from the step's last run.

    >>> explain_miss({"input: rate": "a"}, {"input: rate": "b"})
    'changed: input: rate'
    """
    if last is None:
        return "it has not run before"
    changed = sorted(name for name in {*parts, *last} if parts.get(name) != last.get(name))
    if not changed:
        return "its result was not kept"
    shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    return f"changed: {shown}"


def describe_reuse(result: StepResult) -> str:
    """Say in words where a reused result comes from."""
    return f"unchanged since run {result.run_id[:8]}, which took {result.seconds:.2f} s"


class Finder(Protocol):
    """Looks for results that may be reused."""

    def find(self, key: str | None) -> StepResult | None:
        """Return the result kept under a key, or None."""
        ...

    def find_all(self, keys: Iterable[str | None]) -> dict[str, StepResult]:
        """Return the results kept under many keys."""
        ...

    def why(self, step: str, key: StepKey) -> str:
        """Say in words why a step runs."""
        ...


def foresee(plan: Plan, index: Finder) -> Iterator[PlannedStep]:
    """Yield for each step of a plan what a run would do with it."""
    known: dict[Reference, str] = {}
    for node, code in zip(plan.graph.nodes, plan.codes, strict=True):
        action, why = UNKNOWN, "known once the steps before it have run"
        if node.kind == STEP and known.keys() >= set(node.reads):
            key = step_key(node, code, plan.ambients, known)
            found = index.find(key.key)
            action, why = (RUN, index.why(node.step.name, key)) if found is None else (REUSE, describe_reuse(found))
            for output in found.outputs if found else ():
                known[Reference(node.position, output["name"])] = output["digest"]
        elif node.kind == APPROVAL:
            why = f"waits for somebody who is {node.arguments['role']}"
        yield PlannedStep(node.position, node.step.name, action, why)
