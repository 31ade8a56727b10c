"""What is recorded of the steps of runs: found, added up, looked at, and set beside what was planned."""

from __future__ import annotations

from dataclasses import dataclass

from tidemill.access import Caller, Role, require
from tidemill.core import NotFoundError, Prices, UsageError, from_iso, iso, not_found
from tidemill.pipelines import _record_rows as rows
from tidemill.pipelines._record_rows import StepQuery, bytes_of
from tidemill.pipelines._repository import StepRun, elements_of, graph_of, steps_of
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.pipelines.forecast import Forecast, PlanCheck, compare, forecast
from tidemill.pipelines.graph.nodes import CHOICE
from tidemill.pipelines.plan import Plan
from tidemill.pipelines.preview import N_ROWS, OutputPreview, preview_list, preview_output
from tidemill.pipelines.running.execution import LIST
from tidemill.pipelines.running.only import map_behind
from tidemill.storage import BlobStore
from tidemill.storage.records import Database

STATES = ("waiting", "running", "executed", "reused", "failed", "caught", "skipped", "cancelled", "paused")
_MOST_STEPS = 10_000


@dataclass(frozen=True)
class RunTotals:
    """What the steps of a run took together. Seconds are added up, whatever ran at once; those of reused steps count
    as nothing. peak_memory_bytes: the most of any one step. cost: None when none was reckoned. currency: its name.

    n_bytes: the size of what its executed steps returned.
    """

    n_steps: int
    n_executed: int
    n_reused: int
    n_failed: int
    seconds: float
    cpu_seconds: float | None
    peak_memory_bytes: int | None
    cost: float | None
    currency: str
    n_bytes: int


class RunRecords:
    """Reads what the runs of a store did. Thread-safe."""

    def __init__(self, database: Database, codecs: Codecs, blobs: BlobStore, prices: Prices) -> None:
        self._database = database
        self._codecs = codecs
        self._blobs = blobs
        self._prices = prices

    @property
    def currency(self) -> str:
        """Return the name of the currency that costs are told in; empty where no price is set."""
        return self._prices.currency if self._prices else ""

    def find_steps(self, caller: Caller, query: StepQuery | None = None) -> list[StepRun]:
        """Return steps of all runs that the query asks for, newest first. Needs viewer.

        Raises UsageError for an unknown state, an instant that is none, or a limit beyond 10,000.
        """
        require(caller, Role.VIEWER)
        query = query or StepQuery()
        if query.state is not None and query.state not in STATES:
            raise UsageError(f"{query.state!r} is no state of a step; use one of: {', '.join(STATES)}")
        if not 0 < query.limit <= _MOST_STEPS:
            raise UsageError(f"the limit of steps is {query.limit}; ask for 1 to {_MOST_STEPS:,}")
        since = iso(from_iso(query.since)) if query.since else None
        asked = StepQuery(query.step, query.state, since, query.run_id, query.limit)
        return self._database.read(lambda tx: rows.find_steps(tx, caller.project, asked))

    def totals(self, caller: Caller, run_id: str) -> RunTotals:
        """Return what the steps of a run took together; a run that is not there took nothing. Needs viewer."""
        require(caller, Role.VIEWER)
        steps = self._database.read(lambda tx: steps_of(tx, caller.project, run_id))
        done = [step for step in steps if step.state in {"executed", "failed", "caught"}]
        cpu = [step.cpu_seconds for step in done if step.cpu_seconds is not None]
        costs = [step.cost for step in done if step.cost is not None]
        return RunTotals(
            n_steps=len(steps),
            n_executed=sum(step.state == "executed" for step in steps),
            n_reused=sum(step.state == "reused" for step in steps),
            n_failed=sum(step.state in {"failed", "caught"} for step in steps),
            seconds=sum(step.seconds for step in done),
            cpu_seconds=sum(cpu) if cpu else None,
            peak_memory_bytes=max((step.peak_memory_bytes or 0 for step in done), default=0) or None,
            cost=sum(costs) if costs else None,
            currency=self.currency,
            n_bytes=sum(bytes_of(step.outputs) or 0 for step in done if step.kind != CHOICE),
        )

    def preview(self, caller: Caller, run_id: str, position: int, output: str) -> OutputPreview:
        """Return a look at what a step of a run returned: never more than is needed for it is read.

        Needs viewer. Raises NotFoundError for a step or an output that is not there.
        """
        require(caller, Role.VIEWER)
        steps = {step.position: step for step in self._database.read(lambda tx: steps_of(tx, caller.project, run_id))}
        if position not in steps:
            raise NotFoundError(f"run {run_id} has no step at position {position}; it has {len(steps)}, from 0")
        outputs = {each["name"]: Output(**each) for each in steps[position].outputs}
        if output not in outputs:
            raise not_found("output", output, outputs)
        if outputs[output].codec == LIST:
            return self._preview_list(caller, steps[position], outputs[output])
        return preview_output(outputs[output], self._codecs, self._blobs)

    def _preview_list(self, caller: Caller, step: StepRun, output: Output) -> OutputPreview:
        """Return a look at the results of a map, which its elements hold; a choice has taken those of another step."""
        if step.kind == CHOICE:
            step = map_behind(self._database, caller, step)
        place = (step.run_id, step.position)
        found = self._database.read(lambda tx: elements_of(tx, caller.project, place, -1, N_ROWS))
        elements = [(each.element, each.state, each.outputs) for each in found]
        return preview_list(output, elements, int(output.manifest.get("n", len(found))))

    def forecast(self, caller: Caller, plan: Plan) -> Forecast:
        """Return what a plan will take, by what its steps took before. Needs viewer."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: forecast(tx, caller.project, plan, self.currency))

    def check_plan(self, caller: Caller, run_id: str | None = None, pipeline: str | None = None) -> PlanCheck:
        """Set what was planned of a run beside what it did; of the last one, or of the last of a pipeline.

        Needs viewer. Raises NotFoundError when there is none whose plan was recorded.
        """
        require(caller, Role.VIEWER)
        project = caller.project
        found = run_id or self._database.read(lambda tx: rows.last_run_with_graph(tx, project, pipeline))
        if found is None:
            of = f" of pipeline {pipeline!r}" if pipeline else ""
            raise NotFoundError(f"there is no run{of} whose plan was recorded; 'tidemill run' makes one")
        graph, steps = self._database.read(lambda tx: (graph_of(tx, project, found), steps_of(tx, project, found)))
        if graph is None:
            raise NotFoundError(f"of run {found} no plan was recorded; name a run of a pipeline")
        return compare(found, graph.pipeline, graph.forecast, steps)
