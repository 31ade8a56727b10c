"""What a plan will take: which steps run and because of what, how long, how much, at what cost; from history.

Expected of a step is the median of its last five executions, of a map by element. What has no history is unknown, and
is said to be. Afterwards `compare` sets what was foretold beside what came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from tidemill.pipelines._record_rows import Sample, bytes_of, samples_of
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines.graph.handle import Reference
from tidemill.pipelines.plan import REUSE, RUN, UNKNOWN, Plan
from tidemill.storage.records import Transaction

PLAN_SCHEMA, CHECK_SCHEMA = "tidemill.plan/1", "tidemill.plan-check/1"
_MOST_CAUSES = 3


@dataclass(frozen=True)
class Cause:
    """A step that is sure to run, and why: what makes a later one uncertain."""

    position: int
    step: str
    why: str


@dataclass(frozen=True)
class StepForecast:
    """What is foretold of a step.

    action: reuse, run, or unknown, which is known once an earlier step has run; why: in words.
    because: of an unknown one, the steps that make it so, the nearest first. depends_on: positions that it waits for.
    seconds, bytes, cost: when it runs; None when no execution tells. n_samples: how many do.
    """

    position: int
    step: str
    action: str
    why: str
    kind: str = "step"
    path: tuple[str, ...] = ()
    line: str = ""
    depends_on: tuple[int, ...] = ()
    because: tuple[Cause, ...] = ()
    seconds: float | None = None
    bytes: int | None = None
    cost: float | None = None
    n_samples: int = 0


@dataclass(frozen=True)
class Totals:
    """The steps of a plan together: of those that run or may run.

    seconds: one after the other; parallel_seconds: on the longest way through the graph, with room for all.
    n_without_history: how many of them nothing is known of: the sums are too small by these.
    """

    n_run: int
    n_reuse: int
    n_unknown: int
    n_without_history: int
    seconds: float
    parallel_seconds: float
    bytes: int
    cost: float | None
    seconds_saved: float


@dataclass(frozen=True)
class Forecast:
    """What a run of a pipeline with these params will take."""

    pipeline: str
    params: Mapping[str, Any]
    steps: tuple[StepForecast, ...]
    currency: str = ""
    totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "totals", _totals(self.steps))

    def to_json(self) -> dict[str, Any]:
        """Return it as `tidemill plan --json` prints it; `steps` is what is stored with a run."""
        return {
            "schema": PLAN_SCHEMA,
            "pipeline": self.pipeline,
            "params": dict(self.params),
            "currency": self.currency,
            "totals": asdict(self.totals),
            "steps": [asdict(step) for step in self.steps],
        }


def forecast(tx: Transaction, project: str, plan: Plan, currency: str = "") -> Forecast:
    """Return what a plan will take, by the history that the records hold. Two statements, whatever the plan."""
    names = {node.step.name for node in plan.graph.nodes}
    return foretell(plan, samples_of(tx, project, plan.graph.pipeline, names), currency)


def foretell(plan: Plan, history: Mapping[str, Sequence[Sample]], currency: str = "") -> Forecast:
    """Return what a plan will take, by the last executions of its steps, newest first."""
    steps: list[StepForecast] = []
    roots: list[tuple[Cause, ...]] = []
    for node, planned in zip(plan.graph.nodes, plan.steps, strict=True):
        waits_for = depends_on(node)
        causes = _causes(waits_for, steps, roots) if planned.action == UNKNOWN else ()
        own = Cause(planned.position, planned.step, planned.why)
        roots.append((own,) if planned.action == RUN else causes)
        seconds, n_bytes, cost, n_samples = _expected(history.get(planned.step, ()))
        steps.append(
            StepForecast(
                planned.position,
                planned.step,
                planned.action,
                _told(causes) if causes else planned.why,
                # What older plans do not tell of their nodes.
                kind=getattr(node, "kind", "step"),
                path=tuple(getattr(node, "path", ())),
                line=getattr(node, "line", ""),
                depends_on=waits_for,
                because=causes,
                seconds=seconds,
                bytes=n_bytes,
                cost=cost,
                n_samples=n_samples,
            )
        )
    return Forecast(plan.graph.pipeline, plan.graph.params, tuple(steps), currency)


def depends_on(node: Any) -> tuple[int, ...]:
    """Return the positions of the nodes that a node reads, or that decide whether it runs, in order."""
    reads: Sequence[Reference] | None = getattr(node, "reads", None)
    return tuple(sorted(set(_positions(node.arguments if reads is None else list(reads)))))


def _positions(value: Any) -> Iterator[int]:
    if isinstance(value, Reference):
        yield value.position
    elif isinstance(value, dict):
        for item in value.values():
            yield from _positions(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _positions(item)


def _causes(
    waits_for: Sequence[int], steps: Sequence[StepForecast], roots: Sequence[tuple[Cause, ...]]
) -> tuple[Cause, ...]:
    """Return the steps that are sure to run behind an unknown one, the nearest first, each once."""
    found: dict[int, Cause] = {}
    for position in reversed(waits_for):
        if steps[position].action != REUSE:
            for cause in roots[position]:
                found.setdefault(cause.position, cause)
    return tuple(found.values())[:_MOST_CAUSES]


def _told(causes: Sequence[Cause]) -> str:
    return "because " + "; ".join(f"step {cause.position + 1} {cause.step} runs: {cause.why}" for cause in causes)


def _expected(samples: Sequence[Sample]) -> tuple[float | None, int | None, float | None, int]:
    if not samples:
        return None, None, None, 0
    # A map takes as long as its list: what the next one has is known only once it is there, so the last tells.
    wanted = next((sample.n_elements for sample in samples if sample.n_elements), None)

    def scaled(value: Callable[[Sample], float | None]) -> float | None:
        known = [
            told * (wanted / sample.n_elements if wanted and sample.n_elements else 1)
            for sample in samples
            if (told := value(sample)) is not None
        ]
        return median(known) if known else None

    n_bytes = scaled(lambda sample: sample.n_bytes)
    seconds, cost = scaled(lambda sample: sample.seconds), scaled(lambda sample: sample.cost)
    return seconds, None if n_bytes is None else round(n_bytes), cost, len(samples)


def _totals(steps: Sequence[StepForecast]) -> Totals:
    work = [step for step in steps if step.action != REUSE]
    ends: dict[int, float] = {}
    for step in steps:
        own = step.seconds or 0.0 if step.action != REUSE else 0.0
        ends[step.position] = own + max((ends.get(position, 0.0) for position in step.depends_on), default=0.0)
    costs = [step.cost for step in work if step.cost is not None]
    return Totals(
        n_run=sum(step.action == RUN for step in steps),
        n_reuse=len(steps) - len(work),
        n_unknown=sum(step.action == UNKNOWN for step in steps),
        n_without_history=sum(not step.n_samples for step in work),
        seconds=sum(step.seconds or 0.0 for step in work),
        parallel_seconds=max(ends.values(), default=0.0),
        bytes=sum(step.bytes or 0 for step in work),
        cost=sum(costs) if costs else None,
        seconds_saved=sum(step.seconds or 0.0 for step in steps if step.action == REUSE),
    )


@dataclass(frozen=True)
class Compared:
    """What was foretold of a step beside what came. state: None when the run never reached it.

    as_planned: whether what was to be reused was, and what was to run ran; of an unknown step, whatever came.
    """

    position: int
    step: str
    action: str
    state: str | None
    as_planned: bool
    why: str
    expected_seconds: float | None
    seconds: float | None
    expected_bytes: int | None
    bytes: int | None
    expected_cost: float | None
    cost: float | None
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanCheck:
    """A whole run beside its plan. seconds are those of executed steps, and expected_seconds those of the same steps
    where history told of them."""

    run_id: str
    pipeline: str
    n_otherwise: int
    expected_seconds: float
    seconds: float
    steps: tuple[Compared, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as `tidemill plan --check --json` prints it."""
        return {"schema": CHECK_SCHEMA, **asdict(self)}


def compare(run_id: str, pipeline: str, foretold: Sequence[Mapping[str, Any]], steps: Sequence[StepRun]) -> PlanCheck:
    """Set what was stored of a plan beside what the steps of its run did."""
    came = {step.position: step for step in steps}
    compared = tuple(_compared(each, came.get(each["position"])) for each in foretold)
    told = [each for each in compared if each.state in _RAN and each.expected_seconds is not None]
    return PlanCheck(
        run_id,
        pipeline,
        sum(not each.as_planned for each in compared),
        sum(each.expected_seconds or 0.0 for each in told),
        sum(each.seconds or 0.0 for each in told),
        compared,
    )


_RAN = {"executed", "failed", "caught"}


def _compared(foretold: Mapping[str, Any], step: StepRun | None) -> Compared:
    action, state = foretold["action"], step.state if step else None
    fits = {REUSE: state in {"reused", "skipped"}, RUN: state in _RAN}.get(action, True)
    return Compared(
        foretold["position"],
        foretold["step"],
        action,
        state,
        fits,
        step.note.partition("\n")[0] if step else "",
        foretold.get("seconds"),
        step.seconds if step else None,
        foretold.get("bytes"),
        bytes_of(step.outputs) if step else None,
        foretold.get("cost"),
        step.cost if step else None,
        tuple(foretold.get("path", ())),
    )
