"""Planning and running: what a run will do, doing it, and reading back what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, ConflictError, Prices, UsageError, digest_json, not_found
from tidemill.data import Datasets
from tidemill.pipelines import _approval_rows
from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepElement, StepRun
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.pipelines.commit import current_commit
from tidemill.pipelines.executors.context import ExecutorContext
from tidemill.pipelines.executors.in_process import IN_PROCESS, InProcess
from tidemill.pipelines.executors.port import Executor
from tidemill.pipelines.forecast import forecast
from tidemill.pipelines.graph.approvals import APPROVED, ASKED, REFUSED, RunApproval
from tidemill.pipelines.graph.handle import Each, Reference
from tidemill.pipelines.graph.nodes import Node
from tidemill.pipelines.inputs import Ambient, InputResolver
from tidemill.pipelines.keys.code_digest import CodeDigest, CodeReader
from tidemill.pipelines.logs.step_logs import StepLogs
from tidemill.pipelines.pipeline import Pipeline
from tidemill.pipelines.plan import Plan, foresee
from tidemill.pipelines.run_graph import RunGraph, graph_nodes
from tidemill.pipelines.run_options import Only, PipelineRun, RunOptions, RunParked
from tidemill.pipelines.running import turns
from tidemill.pipelines.running.asking import Asking, answered_event, is_over
from tidemill.pipelines.running.execution import Execution
from tidemill.pipelines.running.only import data_read, given_by_run
from tidemill.pipelines.running.pools import Pools, Quotas, claiming_runs, release_claims
from tidemill.pipelines.running.recorder import Recorder
from tidemill.pipelines.running.result_index import ResultIndex
from tidemill.pipelines.running.scene import Scene
from tidemill.pipelines.running.scheduler import Helpers, Scheduler
from tidemill.pipelines.running.turns import Turns
from tidemill.pipelines.running.watch import Watch
from tidemill.provenance import Redaction, origin_tags
from tidemill.storage.queue import wake_job
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import NewRun, Tracking

MakeExecutor = Callable[[str, ExecutorContext], Executor]


def _in_process_only(name: str, _: ExecutorContext) -> Executor:
    raise UsageError(f"{name!r} is no executor here; use {IN_PROCESS}")


@dataclass(frozen=True)
class Execute:
    """How a store's runs are executed: who makes executors, and how much there is of each named pool.

    packages: distributions whose versions enter every key. step_logs: where what steps write is kept. prices: what
    computing costs. executor: the one of runs that do not say which.
    """

    make: MakeExecutor = _in_process_only
    pools: Quotas | None = None
    packages: Sequence[str] = ()
    step_logs: StepLogs | None = None
    prices: Prices = field(default_factory=Prices)
    executor: str = IN_PROCESS


class Runner:
    """Plans and runs pipelines. Thread-safe; each run keeps its own state."""

    def __init__(  # noqa: PLR0913, PLR0917 - the rooms it works with
        self,
        database: Database,
        tracking: Tracking,
        datasets: Datasets,
        codecs: Codecs,
        clock: Clock,
        execute: Execute | None = None,
    ) -> None:
        self._database = database
        self._tracking = tracking
        self._datasets = datasets
        self._codecs = codecs
        self._clock = clock
        self._execute = execute or Execute()
        self._turns = Turns(database, tracking)

    def plan(  # noqa: PLR0913 - what there is to plan, and with what
        self,
        caller: Caller,
        pipeline: Pipeline,
        folder: Path,
        params: Mapping[str, Any] | None = None,
        code_folder: Path | None = None,
        *,
        data_of: str = "",
    ) -> Plan:
        """Trace a pipeline, resolve what it reads from outside, and say what a run would do.

        The sources' files are ingested: planning commits a dataset version when they have changed.
        folder: the project's, below which sources find their files. code_folder: where the code lies when not there.
        data_of: a past run, whose dataset versions are read in place of the sources' files.
        Needs editor. Raises TraceError, UsageError for params, NotFoundError for a past run, and what ingesting raises.
        """
        require(caller, Role.EDITOR)
        self._settle()
        graph = pipeline.trace(params)
        code = CodeReader(code_folder or folder, self._execute.packages)
        resolver = InputResolver(self._datasets, caller, folder, code)
        if data_of:
            resolver.pin(data_read(self._database, caller, data_of))
        ambients = _resolve_all(graph.nodes, resolver)
        digests: dict[int, CodeDigest] = {}
        for node in graph.nodes:
            if id(node.step.function) not in digests:
                digests[id(node.step.function)] = code.digest(node.step.function)
        codes = tuple(digests[id(node.step.function)] for node in graph.nodes)
        body = code.digest(pipeline.function)
        digest = digest_json([body.digest, *(each.digest for each in codes)])
        plan = Plan(graph, ambients, codes, digest, concurrency=pipeline.concurrency, code_folder=code_folder or folder)
        index = ResultIndex(self._database, caller.project, self._codecs)
        index.prefetch(pipeline.name)
        return replace(plan, steps=tuple(foresee(plan, index)))

    def run(self, caller: Caller, plan: Plan, folder: Path, options: RunOptions | None = None) -> PipelineRun:
        """Run a plan and record it. Steps that ended stay usable whatever happens to the run.

        Needs editor. Raises StepError when a step raises, RunCancelled, RunSkipped when another run goes first,
        RunParked when the options say not to wait for people, UsageError for options that cannot be had;
        KeyboardInterrupt leaves a run marked killed, and running again goes on from there.
        """
        require(caller, Role.EDITOR)
        options = options or RunOptions()
        name, policy = plan.graph.pipeline, options.concurrency or plan.concurrency
        self._turns.refuse(caller, name, policy)
        run_id = self._begin(caller, plan, folder, options)
        try:
            self._turns.take(caller, (name, run_id), policy, options.on_wait)
            steps, result = self._performed(caller, run_id, plan, folder, options)
        except RunParked:
            self._tracking.pauses.park(caller, run_id)
            raise
        except BaseException as error:
            killed = isinstance(error, KeyboardInterrupt | GeneratorExit) or getattr(error, "code", "") in _ENDED
            message = "interrupted" if not str(error) and killed else str(error) or type(error).__name__
            message = Redaction().text(message)
            self._tracking.end_run(caller, run_id, "killed" if killed else "failed", message)
            self._turns.leave(caller, run_id)
            raise
        self._tracking.end_run(caller, run_id)
        self._turns.leave(caller, run_id)
        return PipelineRun(run_id, name, tuple(steps), result)

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
        return self._database.read(lambda tx: _approval_rows.approvals_of(tx, caller.project, run_id))

    def answer(
        self,
        caller: Caller,
        run_id: str,
        position: int,
        approved: bool,
        note: str = "",
    ) -> RunApproval:
        """Answer a question of a run; a job that was parked for it goes on at once. The answer is in the audit trail.

        Raises ForbiddenError without the role that the question names, NotFoundError, ConflictError when it is answered
        or its time is over.
        """
        asked = next((each for each in self.approvals(caller, run_id) if each.position == position), None)
        if asked is None:
            raise not_found("question", f"{run_id}/{position + 1}", [])
        require(caller, Role.parse(asked.role))
        if asked.state != ASKED or is_over(asked, self._clock):
            when = asked.answered_at or asked.until
            raise ConflictError(
                f"{asked.question!r} of run {run_id} is {asked.state} since {when}; it is answered once"
            )
        job_id = self._tracking.get_run(caller, run_id).tags.get("job_id", "")
        answered = {"state": APPROVED if approved else REFUSED, "answered_by": caller.name, "note": note}

        def store(tx: Transaction) -> None:
            if not _approval_rows.answer(tx, caller.project, asked, answered):
                raise ConflictError(
                    f"{asked.question!r} of run {run_id} was answered a moment ago; it is answered once"
                )
            if job_id:
                wake_job(tx, caller.project, job_id)
            tx.emit(caller.name, caller.project, answered_event(asked, approved=approved))

        self._database.write(store)
        return next(each for each in self.approvals(caller, run_id) if each.position == position)

    def cancel(self, caller: Caller, run_id: str) -> None:
        """Tell a run to end: it does so at the next step, or in the midst of one that can be interrupted.

        Needs editor. Raises NotFoundError, ConflictError when it has ended.
        """
        require(caller, Role.EDITOR)
        run = self._tracking.get_run(caller, run_id).run
        if not self._tracking.pauses.unended(caller, [run_id]):
            raise ConflictError(f"run {run_id} is {run.status} since {run.ended_at}; only one at work can be cancelled")
        self._database.write(lambda tx: turns.cancel(tx, caller, run_id))
        if run.status == "paused" and self._tracking.pauses.is_parked(run_id):
            self._tracking.end_run(caller, run_id, "killed", f"it was cancelled by {caller.name} while it waited")
            self._turns.leave(caller, run_id)

    def output(self, caller: Caller, run_id: str, codec: str) -> Output | None:
        """Return the last output of a run that a codec keeps, or None."""
        outputs = [output for step in self.steps(caller, run_id) for output in step.outputs]
        kept = [Output(**output) for output in outputs if output["codec"] == codec]
        return kept[-1] if kept else None

    def value(self, output: Output) -> Any:
        """Return what a step's kept output holds. Raises NotFoundError, DamagedError."""
        return self._codecs.decode(output)

    def _begin(self, caller: Caller, plan: Plan, folder: Path, options: RunOptions) -> str:
        name = plan.graph.pipeline
        if options.resume:
            self._tracking.pauses.take_up(caller, options.resume)
            return options.resume
        commit = current_commit(folder) if options.commit is None else options.commit or None
        tags = origin_tags(self._codecs.blobs, folder, commit) | dict(options.tags)
        new = NewRun(name, name, plan.code_digest, commit, tags)
        run_id = self._tracking.start_run(caller, new).id
        try:
            self._tracking.log_params(caller, run_id, plan.graph.params)
            nodes = graph_nodes(plan.graph)
            foretold = self._database.read(lambda tx: forecast(tx, caller.project, plan, self._execute.prices.currency))
            graph = RunGraph(run_id, name, nodes, tuple(foretold.to_json()["steps"]))
            self._database.write(lambda tx: rows.store_graph(tx, caller.project, graph))
        except BaseException as error:
            self._tracking.end_run(caller, run_id, "failed", str(error) or type(error).__name__)
            raise
        return run_id

    def _performed(
        self, caller: Caller, run_id: str, plan: Plan, folder: Path, options: RunOptions
    ) -> tuple[Sequence[StepRun], Any]:
        positions: Sequence[int] = range(len(plan.graph.nodes))
        result = plan.graph.result
        if options.only is None:
            execution = Execution(plan.graph, self._codecs, plan.ambients)
        else:
            plan, node, execution = self._alone(caller, plan, folder, options.only)
            positions, options = [node.position], replace(options, use_cache=False)
            references = [Reference(node.position, name) for name in node.step.output_names()]
            result = references if len(references) > 1 else references[0]
            execution.need(references)
        with ExitStack() as stack:
            if self._execute.step_logs is not None:
                log = stack.enter_context(self._execute.step_logs.writer(caller.project, run_id))
                options = replace(options, on_line=log.beside(options.on_line))
            quotas = options.pools if options.pools is not None else self._execute.pools or {}
            pools = stack.enter_context(Pools(self._database, caller, run_id, quotas, self._settle))
            for position in positions:
                node = plan.graph.nodes[position]
                pools.check(node.step.name, node.options)
            executor = self._executor(caller, plan.code_folder or folder, options)
            stack.callback(executor.close)
            recorder = Recorder(self._database, caller.project)
            index = ResultIndex(self._database, caller.project, self._codecs)
            index.prefetch(plan.graph.pipeline)
            asking = Asking((self._database, self._tracking, self._clock), caller, run_id, options)
            watch = stack.enter_context(Watch(self._database, (caller.project, run_id), recorder, executor))
            scene = Scene(caller, run_id, plan, options, executor, self._codecs, self._clock, self._execute.prices)
            helpers = Helpers(recorder, index, asking, pools, watch)
            scheduler = Scheduler(scene, helpers, execution, positions)
            try:
                steps = scheduler.run()
                return steps, execution.value(result)
            except BaseException:
                scheduler.abandon()
                recorder.flush()
                raise

    def _alone(self, caller: Caller, plan: Plan, folder: Path, only: Only) -> tuple[Plan, Node, Execution]:
        """Return a plan in which one step can run alone, on what a past run has read and made."""
        node = plan.graph.find(only.step)
        code = CodeReader(plan.code_folder or folder, self._execute.packages)
        resolver = InputResolver(self._datasets, caller, folder, code)
        resolver.pin(data_read(self._database, caller, only.run_id))
        ambients = {**plan.ambients, **_resolve_all([node], resolver)}
        execution = Execution(plan.graph, self._codecs, ambients)
        given_by_run(self._database, caller, (plan, node, only.run_id), execution)
        nodes = list(plan.graph.nodes)
        nodes[node.position] = replace(node, guards=())
        return replace(plan, graph=replace(plan.graph, nodes=tuple(nodes)), ambients=ambients), node, execution

    def _executor(self, caller: Caller, folder: Path, options: RunOptions) -> Executor:
        name = options.executor or self._execute.executor
        if name == IN_PROCESS:
            return InProcess(self._codecs)
        seconds = self._database.read(lambda tx: rows.last_seconds(tx, caller.project))
        return self._execute.make(name, ExecutorContext(folder, seconds.get, options.n_workers))

    def _settle(self) -> None:
        """Mark dead runs as killed, and give back what runs hold of pools that are over, whoever has noticed."""
        self._tracking.settle_dead_runs()
        claiming = self._database.read(claiming_runs)
        over = claiming - self._tracking.pauses.at_work(claiming)
        if over:
            self._database.write(lambda tx: release_claims(tx, over))


_ENDED = {"run_cancelled", "run_skipped"}


def _resolve_all(nodes: Sequence[Node], resolver: InputResolver) -> dict[int, Ambient]:
    found: dict[int, Ambient] = {}

    def leaves(value: Any) -> Iterator[Any]:
        if isinstance(value, Each):
            value = value.items
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list | tuple):
            for item in value:
                yield from leaves(item)
        elif not isinstance(value, Reference):
            yield value

    for node in nodes:
        for value in leaves(node.arguments):
            if (ambient := resolver.resolve(value)) is not None:
                found[id(value)] = ambient
    return found
