"""Plans: what a run will do and why, step by step, before anything is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from tidemill.core import digest_json
from tidemill.pipelines._repository import StepResult
from tidemill.pipelines.code_digest import CodeDigest
from tidemill.pipelines.code_text import distribution_version
from tidemill.pipelines.handle import Reference
from tidemill.pipelines.inputs import Ambient
from tidemill.pipelines.pipeline import Graph
from tidemill.pipelines.step import Node
from tidemill.pipelines.value_digest import UndigestibleError, value_digest

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
    """A traced pipeline with every outside read resolved."""

    graph: Graph
    ambients: Mapping[int, Ambient]
    codes: tuple[CodeDigest, ...]
    code_digest: str
    steps: tuple[PlannedStep, ...] = field(default=())


def step_key(
    node: Node, code: CodeDigest, ambients: Mapping[int, Ambient], outputs: Mapping[Reference, str]
) -> StepKey:
    """Compute a step's key from its code, its arguments and the digests of what it reads.

    Raises KeyError when an output that it reads is not known yet.
    """
    reader = _ArgumentReader(ambients, outputs)
    doubts = list(code.doubts) + ([] if node.step.cache else ["its step says cache=False"])
    parts = {f"code: {name}": digest for name, digest in code.parts.items()}
    parts |= {"version": node.step.version} if node.step.version else {}
    for parameter, value in node.arguments.items():
        try:
            parts[f"input: {parameter}"] = digest_json(reader.tree(parameter, value))
        except UndigestibleError as error:
            doubts.append(f"its argument {parameter!r} is {error}")
    doubts += reader.doubts
    key = None if doubts else digest_json({"step": node.step.name, "outputs": node.step.output_names(), "parts": parts})
    return StepKey(key, parts, tuple(reader.records), tuple(doubts))


class _ArgumentReader:
    def __init__(self, ambients: Mapping[int, Ambient], outputs: Mapping[Reference, str]) -> None:
        self._ambients = ambients
        self._outputs = outputs
        self.records: list[InputRecord] = []
        self.doubts: list[str] = []

    def tree(self, parameter: str, value: Any) -> Any:
        if isinstance(value, Reference):
            digest = self._outputs[value]
            self.records.append(InputRecord(parameter, f"step {value.position + 1} {value.output}", digest))
            return ["output", digest]
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
