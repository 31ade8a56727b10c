"""Running a plan in this process: reuse what is known, execute the rest, record every step as it ends."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, TidemillError, digest_json, iso
from tidemill.data import Datasets
from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepResult, StepRun
from tidemill.pipelines.code_digest import CodeReader
from tidemill.pipelines.codecs import Codecs, Output
from tidemill.pipelines.commit import current_commit
from tidemill.pipelines.errors import StepError
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
from tidemill.pipelines.step import Node
from tidemill.storage.records import Database
from tidemill.tracking import NewRun, Tracking

EXECUTED, REUSED, STEP_FAILED = "executed", "reused", "failed"


def _ignore(_: object) -> None:
    """Do nothing with progress."""


@dataclass(frozen=True)
class RunOptions:
    """How to run. `on_step` is told of each step as it ends; without cache every step executes."""

    use_cache: bool = True
    on_step: Callable[[StepRun], None] = _ignore
    tags: Mapping[str, str] = field(default_factory=dict)


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
            execution = _Execution(self._codecs)
            steps = [self._step(caller, run.id, plan, node, (execution, options)) for node in plan.graph.nodes]
            result = execution.tree(plan.graph.result, plan.ambients)
        except BaseException as error:
            killed = not isinstance(error, Exception)
            message = "interrupted" if killed else str(error) or type(error).__name__
            self._tracking.end_run(caller, run.id, "killed" if killed else "failed", message)
            raise
        self._tracking.end_run(caller, run.id)
        return PipelineRun(run.id, name, tuple(steps), result)

    def steps(self, caller: Caller, run_id: str) -> list[StepRun]:
        """Return the steps of a run in order."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.steps_of(tx, caller.project, run_id))

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

    def _step(self, caller: Caller, run_id: str, plan: Plan, node: Node, how: tuple[_Execution, RunOptions]) -> StepRun:
        execution, options = how
        code = plan.codes[node.position]
        key = step_key(node, code, plan.ambients, execution.digests())
        started = iso(self._clock.now())
        clock = time.perf_counter()
        found = self._find(caller, key) if options.use_cache else None
        record: dict[str, Any] = {"state": REUSED, "note": ""}
        failure: StepError | None = None
        if found is not None:
            execution.keep(node, [Output(**output) for output in found.outputs])
            record |= {"outputs": found.outputs, "reused_from": found.run_id, "note": describe_reuse(found)}
        else:
            why = self._why(caller, node, key) if options.use_cache else "the cache is off"
            try:
                outputs, unkept = execution.execute(node, plan.ambients)
                note = "; ".join([why, *(f"not reusable: {doubt}" for doubt in (*key.doubts, *unkept))])
                record |= {"state": EXECUTED, "note": note}
                record["outputs"] = [output.to_json() for output in outputs]
                if unkept:
                    key = StepKey(None, key.parts, key.inputs, key.doubts)
            except Exception as error:  # noqa: BLE001 - a step is user code and may raise anything
                failure = _step_error(node, error)
                record |= {"state": STEP_FAILED, "note": f"{failure}\n{failure.details}"}
        step = StepRun(
            run_id=run_id,
            position=node.position,
            step=node.step.name,
            code_digest=code.digest,
            cache_key=key.key,
            key_parts=key.parts,
            inputs=[each.to_json() for each in key.inputs],
            started_at=started,
            seconds=time.perf_counter() - clock,
            **{"outputs": [], "reused_from": None, **record},
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


class _Execution:
    """The results of one run so far: in memory when a step has just made them, in the store when reused."""

    def __init__(self, codecs: Codecs) -> None:
        self._codecs = codecs
        self._kept: dict[Reference, Output] = {}
        self._values: dict[Reference, Any] = {}
        self._digests: dict[Reference, str] = {}

    def digests(self) -> Mapping[Reference, str]:
        return self._digests

    def keep(self, node: Node, outputs: list[Output]) -> None:
        for output in outputs:
            reference = Reference(node.position, output.name)
            self._kept[reference] = output
            self._digests[reference] = output.digest

    def execute(self, node: Node, ambients: Mapping[int, Ambient]) -> tuple[list[Output], list[str]]:
        arguments = {name: self.tree(value, ambients) for name, value in node.arguments.items()}
        result = node.step.function(**arguments)
        outputs, unkept = [], []
        for name, value in zip(node.step.output_names(), _split(node, result), strict=True):
            reference = Reference(node.position, name)
            self._values[reference] = value
            output = self._codecs.encode(name, value)
            if output is None:
                # A digest that no other run has: what depends on this value is never reused either.
                self._digests[reference] = digest_json([id(value), time.time_ns()])
                unkept.append(f"its output {name!r} is a {type(value).__qualname__}, which no codec keeps")
            else:
                self._digests[reference] = output.digest
                outputs.append(output)
        return outputs, unkept

    def tree(self, value: Any, ambients: Mapping[int, Ambient]) -> Any:
        if isinstance(value, Reference):
            if value not in self._values:
                self._values[value] = self._codecs.decode(self._kept[value])
            return self._values[value]
        ambient = ambients.get(id(value))
        if ambient is not None:
            return ambient.load()
        if isinstance(value, list | tuple):
            return type(value)(self.tree(item, ambients) for item in value)
        if isinstance(value, dict):
            return {key: self.tree(item, ambients) for key, item in value.items()}
        return value


def _split(node: Node, result: Any) -> tuple[Any, ...]:
    if not node.step.outputs:
        return (result,)
    if not isinstance(result, tuple) or len(result) != len(node.step.outputs):
        raise TypeError(f"it must return a tuple of {len(node.step.outputs)}: {', '.join(node.step.outputs)}")
    return result


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


def _step_error(node: Node, error: Exception) -> StepError:
    frames = traceback.extract_tb(error.__traceback__)
    own = Path(__file__).resolve().parents[1]
    shown = [f for f in frames if "site-packages" not in f.filename and not Path(f.filename).is_relative_to(own)]
    where = f" at {Path(shown[-1].filename).name}:{shown[-1].lineno}" if shown else ""
    kind = "" if isinstance(error, TidemillError) else f"{type(error).__name__}: "
    message = f"step {node.step.name!r} failed{where}: {kind}{error}"
    return StepError(message, "".join(traceback.format_list(shown)).rstrip())
