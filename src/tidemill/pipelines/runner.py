"""Running a plan in this process: reuse what is known, execute the rest, record every step as it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, digest_json, iso
from tidemill.data import Datasets
from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepElement, StepResult, StepRun
from tidemill.pipelines.approvals import RunApproval
from tidemill.pipelines.code_digest import CodeReader
from tidemill.pipelines.codecs import Codecs, Output
from tidemill.pipelines.commit import current_commit
from tidemill.pipelines.errors import StepError
from tidemill.pipelines.execution import Execution
from tidemill.pipelines.figures import shown_run
from tidemill.pipelines.handle import Reference
from tidemill.pipelines.inputs import Ambient, InputResolver
from tidemill.pipelines.pipeline import Graph, Pipeline
from tidemill.pipelines.plan import (
    REUSE,
    RUN,
    UNKNOWN,
    Plan,
    PlannedStep,
    StepKey,
    describe_reuse,
    explain_miss,
    step_key,
)
from tidemill.pipelines.run_graph import RunGraph
from tidemill.pipelines.step import Node
from tidemill.storage.records import Database
from tidemill.tracking import NewRun, Tracking

_Became = dict[str, Any]
EXECUTED, REUSED, STEP_FAILED = "executed", "reused", "failed"


def _ignore(_: object) -> None:
    """Do nothing with progress."""


def _nothing() -> None:
    """Go on."""


@dataclass(frozen=True)
class RunOptions:
    """How to run. `on_step` is told of each step as it ends; without cache every step executes.

    go_on: called right before anything is released; raises when the run is another's by now.
    """

    use_cache: bool = True
    on_step: Callable[[StepRun], None] = _ignore
    tags: Mapping[str, str] = field(default_factory=dict)
    go_on: Callable[[], None] = _nothing


@dataclass(frozen=True)
class PipelineRun:
    """A run that finished: its id, its steps, and the value that the pipeline returned."""

    run_id: str
    pipeline: str
    steps: tuple[StepRun, ...]
    result: Any

    def n_executed(self) -> int:
        """Return how many steps were executed and not reused."""
        return sum(step.state == EXECUTED for step in self.steps)

    def _repr_html_(self) -> str:
        """Show the run in a notebook: its graph with what each step came to, and why."""
        return shown_run(self.run_id, self.pipeline, self.steps)


class Runner:
    """Plans and runs pipelines. Thread-safe; each run keeps its own state."""

    def __init__(
        self, database: Database, tracking: Tracking, datasets: Datasets, codecs: Codecs, clock: Clock
    ) -> None:
        self._database = database
        self._tracking = tracking
        self._datasets = datasets
        self._codecs = codecs
        self._clock = clock

    def plan(self, caller: Caller, pipeline: Pipeline, folder: Path, params: Mapping[str, Any] | None = None) -> Plan:
        """Trace a pipeline, resolve what it reads from outside, and say what a run would do.

        The sources' files are ingested: planning commits a dataset version when they have changed.
        Needs editor. Raises TraceError, UsageError for params, and what ingesting raises.
        """
        require(caller, Role.EDITOR)
        self._tracking.settle_dead_runs()
        graph = pipeline.trace(params)
        code = CodeReader(folder)
        ambients = _resolve_all(graph, InputResolver(self._datasets, caller, folder, code))
        codes = tuple(code.digest(node.step.function) for node in graph.nodes)
        body = code.digest(pipeline.function)
        digest = digest_json([body.digest, *(each.digest for each in codes)])
        plan = Plan(graph, ambients, codes, digest)
        return Plan(graph, ambients, codes, digest, tuple(self._foresee(caller, plan)))

    def run(self, caller: Caller, plan: Plan, folder: Path, options: RunOptions | None = None) -> PipelineRun:
        """Run a plan and record it. Steps that ended stay usable whatever happens to the run.

        Needs editor. Raises StepError when a step raises; KeyboardInterrupt leaves a run marked killed.
        """
        require(caller, Role.EDITOR)
        options = options or RunOptions()
        name = plan.graph.pipeline
        new = NewRun(name, name, plan.code_digest, current_commit(folder), dict(options.tags))
        run = self._tracking.start_run(caller, new)
        try:
            self._tracking.log_params(caller, run.id, plan.graph.params)
            execution = Execution(self._codecs)
            steps = []
            for node, needed in zip(plan.graph.nodes, _needed_after(plan.graph), strict=True):
                steps.append(self._step(caller, run.id, plan, node, (execution, options)))
                execution.release(needed)
            result = execution.tree(plan.graph.result, plan.ambients)
        except BaseException as error:
            killed = isinstance(error, KeyboardInterrupt | GeneratorExit)
            message = "interrupted" if killed else str(error) or type(error).__name__
            self._tracking.end_run(caller, run.id, "killed" if killed else "failed", message)
            raise
        self._tracking.end_run(caller, run.id)
        return PipelineRun(run.id, name, tuple(steps), result)

    def steps(self, caller: Caller, run_id: str) -> list[StepRun]:
        """Return the steps of a run in order."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.steps_of(tx, caller.project, run_id))

    def graph(self, caller: Caller, run_id: str) -> RunGraph | None:
        """Return the graph of a run as it was planned; None for runs of versions that did not record it."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.graph_of(tx, caller.project, run_id))

    def elements(
        self, caller: Caller, run_id: str, position: int, after: int = -1, limit: int = 1000
    ) -> list[StepElement]:
        """Return the elements of a map in order, those behind the element `after`."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.elements_of(tx, caller.project, (run_id, position), after, limit))

    def approvals(self, caller: Caller, run_id: str) -> list[RunApproval]:
        """Return what a run asks people, and their answers."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.approvals_of(tx, caller.project, run_id))

    def output(self, caller: Caller, run_id: str, codec: str) -> Output | None:
        """Return the last output of a run that a codec keeps, or None."""
        outputs = [output for step in self.steps(caller, run_id) for output in step.outputs]
        kept = [Output(**output) for output in outputs if output["codec"] == codec]
        return kept[-1] if kept else None

    def _foresee(self, caller: Caller, plan: Plan) -> list[PlannedStep]:
        known: dict[Reference, str] = {}
        steps = []
        for node, code in zip(plan.graph.nodes, plan.codes, strict=True):
            action, why = UNKNOWN, "known once the steps before it have run"
            if _references(node) <= known.keys():
                key = step_key(node, code, plan.ambients, known)
                found = self._find(caller, key)
                action, why = (RUN, self._why(caller, node, key)) if found is None else (REUSE, describe_reuse(found))
                for output in found.outputs if found else ():
                    known[Reference(node.position, output["name"])] = output["digest"]
            steps.append(PlannedStep(node.position, node.step.name, action, why))
        return steps

    def _step(self, caller: Caller, run_id: str, plan: Plan, node: Node, how: tuple[Execution, RunOptions]) -> StepRun:
        execution, options = how
        key = step_key(node, plan.codes[node.position], plan.ambients, execution.digests())
        started, clock = iso(self._clock.now()), time.perf_counter()
        found = self._find(caller, key) if options.use_cache else None
        failure: StepError | None = None
        if found is not None:
            execution.keep(node, [Output(**output) for output in found.outputs])
            became: _Became = {"state": REUSED, "outputs": found.outputs, "reused_from": found.run_id}
            became["note"] = describe_reuse(found)
        else:
            why = self._why(caller, node, key) if options.use_cache else "the cache is off"
            try:
                became, key = _executed(execution, node, plan, (key, why))
            except StepError as error:
                failure = error
                became = {"state": STEP_FAILED, "note": f"{error}\n{error.details}"}
        step = StepRun(
            run_id=run_id,
            position=node.position,
            step=node.step.name,
            code_digest=plan.codes[node.position].digest,
            cache_key=key.key,
            key_parts=key.parts,
            inputs=[each.to_json() for each in key.inputs],
            started_at=started,
            seconds=time.perf_counter() - clock,
            **{"outputs": [], "reused_from": None, **became},
        )
        keep = step.state == EXECUTED
        self._database.write(lambda tx: rows.store_step(tx, caller.project, step, keep=keep))
        options.on_step(step)
        if failure is not None:
            raise failure
        return step

    def _find(self, caller: Caller, key: StepKey) -> StepResult | None:
        if key.key is None:
            return None
        cache_key = key.key
        found = self._database.read(lambda tx: rows.find_result(tx, caller.project, cache_key))
        if found is None or not all(self._codecs.present(Output(**output)) for output in found.outputs):
            return None
        return found

    def _why(self, caller: Caller, node: Node, key: StepKey) -> str:
        if key.doubts:
            return f"it is never reused: {key.doubts[0]}"
        last = self._database.read(lambda tx: rows.last_parts(tx, caller.project, node.step.name))
        return explain_miss(key.parts, last)


def _executed(execution: Execution, node: Node, plan: Plan, known: tuple[StepKey, str]) -> tuple[_Became, StepKey]:
    key, why = known
    outputs, unkept = execution.execute(node, plan.ambients)
    note = "; ".join([why, *(f"not reusable: {doubt}" for doubt in (*key.doubts, *unkept))])
    became: _Became = {"state": EXECUTED, "note": note, "outputs": [output.to_json() for output in outputs]}
    return became, StepKey(None, key.parts, key.inputs, key.doubts) if unkept else key


def _references(value: Any) -> set[Reference]:
    if isinstance(value, Node):
        return _references(value.arguments)
    if isinstance(value, Reference):
        return {value}
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return {reference for item in value for reference in _references(item)}
    return set()


def _needed_after(graph: Graph) -> list[set[Reference]]:
    """Return for each node what is still needed once it has run: by the nodes after it, or as the result."""
    needed: list[set[Reference]] = []
    later = _references(graph.result)
    for node in reversed(graph.nodes):
        needed.append(later)
        later = later | _references(node)
    return needed[::-1]


def _resolve_all(graph: Graph, resolver: InputResolver) -> dict[int, Ambient]:
    found: dict[int, Ambient] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list | tuple):
            for item in value:
                walk(item)
        elif not isinstance(value, Reference) and (ambient := resolver.resolve(value)) is not None:
            found[id(value)] = ambient

    for node in graph.nodes:
        walk(node.arguments)
    return found
