"""The verbs of tracking: start a run, log to it, end it, read it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, UsageError, new_id
from tidemill.storage import ProcessLocks
from tidemill.storage.records import Database, Transaction, is_shared, storable
from tidemill.tracking import _repository as rows
from tidemill.tracking._checks import as_number, check_experiment_name, check_points, check_text, check_texts
from tidemill.tracking._found import demand_active, found_run
from tidemill.tracking.arrivals import Arrivals
from tidemill.tracking.curves import Curves
from tidemill.tracking.departures import Departures
from tidemill.tracking.experiments import Experiments
from tidemill.tracking.heartbeat import Heartbeat
from tidemill.tracking.inputs import Inputs
from tidemill.tracking.logged_models import LoggedModels
from tidemill.tracking.pauses import Pauses
from tidemill.tracking.run_changes import RunChanges
from tidemill.tracking.run_searches import RunSearches
from tidemill.tracking.runs import FAILED, FINISHED, KILLED, PAUSED, RUNNING, MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.saved_views import SavedViews
from tidemill.tracking.traces import Traces

#: The most points that are read at once.
MOST_POINTS = 25_000
#: Why a run is closed that was not heard of any more.
SILENT = ("its machine was not heard of", "its process ended")


class Tracking(RunSearches):
    """Runs and what they log. A pipeline run is a tracking run: there is one table.

    pauses: runs that wait for a person. experiments: their verbs. changes: what befalls runs that other programs log.
    inputs: datasets and models that runs read and wrote. models: models that runs wrote, before anybody registers them.
    """

    def __init__(self, database: Database, heartbeat: Heartbeat | None = None) -> None:
        super().__init__(database)
        self._beats = is_shared(database)
        self._heartbeat = heartbeat or Heartbeat(database)
        self._locks = ProcessLocks(database.folder / "runs", shared=is_shared(database))
        self.pauses = Pauses(database, self._locks, self._heartbeat)
        self.experiments = Experiments(database)
        self.changes = RunChanges(database)
        self.inputs = Inputs(database)
        self.models = LoggedModels(database)
        self.arrivals = Arrivals(database)
        self.departures = Departures(database)
        self.curves = Curves(database)
        self.saved_views = SavedViews(database)
        self.traces = Traces(database)

    def start_run(self, caller: Caller, new: NewRun) -> Run:
        """Store a run that starts now and, unless it is said otherwise, is worked on by this process. Needs editor.

        Raises UsageError for a bad name.
        """
        require(caller, Role.EDITOR)
        check_experiment_name(new.experiment)
        check_text("the name of a run", new.name)
        check_texts(new.tags)
        id_ = new_id()

        def start(tx: Transaction) -> Run:
            rows.insert_run(tx, caller.project, caller.name, id_, new)
            tx.emit(caller.name, caller.project, Event("run.started", id_, {"experiment": new.experiment}))
            if self._beats and new.attended:
                self._heartbeat.begin(tx, caller.project, id_)
            return found_run(tx, caller.project, id_)

        if not new.attended:
            return self._database.write(start)
        self._locks.hold(id_)
        try:
            run = self._database.write(start)
        except BaseException:
            self._locks.release(id_)
            raise
        if self._beats:
            self._heartbeat.hold(caller.project, id_)
        return run

    def end_run(self, caller: Caller, run_id: str, status: str = FINISHED, error: str | None = None) -> None:
        """Store how a run ended: finished, failed or killed. Needs editor.

        Raises NotFoundError, UsageError for another status, ConflictError when it has ended already.
        """
        require(caller, Role.EDITOR)
        if status not in {FINISHED, FAILED, KILLED}:
            raise UsageError(f"{status!r} is not how a run ends; use {FINISHED}, {FAILED} or {KILLED}")

        def end(tx: Transaction) -> None:
            run = found_run(tx, caller.project, run_id)
            if run.status not in {RUNNING, PAUSED}:
                raise ConflictError(f"run {run_id} is {run.status} since {run.ended_at}; a run ends once")
            rows.end_run(tx, caller.project, run_id, status, None if error is None else storable(error))
            if self._beats:
                self._heartbeat.end(tx, caller.project, run_id)
            tx.emit(caller.name, caller.project, Event(f"run.{status}", run_id, {"experiment": run.experiment}))

        try:
            self._database.write(end)
        finally:
            self._locks.release(run_id)
            self._heartbeat.release(caller.project, run_id)

    def settle_dead_runs(self) -> list[str]:
        """Mark the runs killed whose process ended without a word, in every project; return their ids.

        A run of a living process is left alone; one of another machine too, until it was not heard of for ten minutes,
        and one that a client logs to, until that was not heard of for a minute.
        """
        attended, silent = self._database.read(lambda tx: (rows.running(tx), set(self._heartbeat.silent(tx))))
        dead = sorted(silent.union(each for each in attended if self._locks.is_dead(each[1])))

        def settle(tx: Transaction) -> list[str]:
            settled = []
            for project, run_id in dead:
                run = rows.find_run(tx, project, run_id)
                if run is None or run.status != RUNNING:
                    self._heartbeat.end(tx, project, run_id)
                else:
                    why = SILENT[0] if (project, run_id) in silent else SILENT[1]
                    rows.end_run(tx, project, run_id, KILLED, why)
                    self._heartbeat.end(tx, project, run_id)
                    tx.emit(run.created_by, project, Event("run.killed", run_id, {"experiment": run.experiment}))
                    settled.append(run_id)
            return settled

        settled = self._database.write(settle) if dead else []
        for run_id in settled:
            self._locks.forget(run_id)
        return settled

    def log_params(self, caller: Caller, run_id: str, params: Mapping[str, object]) -> None:
        """Store params as text. Needs editor. Raises NotFoundError, UsageError for a bad key."""
        self._log_texts(caller, run_id, rows.upsert_params, params)

    def set_tags(self, caller: Caller, run_id: str, tags: Mapping[str, object]) -> None:
        """Store tags as text. Needs editor. Raises NotFoundError, UsageError for a bad key."""
        self._log_texts(caller, run_id, rows.upsert_tags, tags)

    def log_metrics(self, caller: Caller, run_id: str, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Store one point of each metric; without a step it counts up per key. Needs editor.

        Raises NotFoundError, UsageError for a bad key or a value that is no number.
        """
        require(caller, Role.EDITOR)
        points = [MetricPoint(key, as_number(key, value), step or 0) for key, value in metrics.items()]
        check_points(points)

        def log(tx: Transaction) -> None:
            demand_active(tx, caller.project, run_id)
            steps = {} if step is not None else rows.next_steps(tx, caller.project, run_id, metrics)
            at = [point._replace(step=steps[point.key]) for point in points] if steps else points
            rows.write_points(tx, caller.project, run_id, at)

        self._database.write(log)

    def log_batch(
        self,
        caller: Caller,
        run_id: str,
        points: Sequence[MetricPoint] = (),
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> None:
        """Store many points, params and tags at once: all, or none. Needs editor.

        Identical points are kept once; all others are kept, of one step too.

        Raises NotFoundError, UsageError for a bad key, a step or an instant out of range, a value that is no number.
        """
        require(caller, Role.EDITOR)
        check_points(points)
        texts = check_texts(params or {}), check_texts(tags or {})

        def log(tx: Transaction) -> None:
            demand_active(tx, caller.project, run_id)
            rows.write_points(tx, caller.project, run_id, points)
            rows.upsert_params(tx, caller.project, run_id, texts[0])
            rows.upsert_tags(tx, caller.project, run_id, texts[1])

        self._database.write(log)

    def get_run(self, caller: Caller, run_id: str) -> RunDetail:
        """Return a run with params, tags and the last value of each metric. Raises NotFoundError."""
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> RunDetail:
            return RunDetail(
                run=found_run(tx, caller.project, run_id),
                params=rows.read_params(tx, caller.project, run_id),
                metrics=rows.last_metrics(tx, caller.project, run_id),
                tags=rows.read_tags(tx, caller.project, run_id),
            )

        return self._database.read(read)

    def metric_history(
        self, caller: Caller, run_id: str, key: str, after: MetricPoint | None = None, limit: int = MOST_POINTS
    ) -> list[MetricPoint]:
        """Return points of a metric by step, time and value, NaN after numbers; behind a point when one is given.

        Empty for a key that was never logged. Raises NotFoundError, UsageError for a limit out of range.
        """
        require(caller, Role.VIEWER)
        if not 0 < limit <= MOST_POINTS:
            raise UsageError(f"{limit} points at once; use 1 to {MOST_POINTS:,}")

        def read(tx: Transaction) -> list[MetricPoint]:
            found_run(tx, caller.project, run_id)
            series = rows.series_of(tx, caller.project, run_id).get(key)
            return [] if series is None else rows.history(tx, series, key, after, limit)

        return self._database.read(read)

    def list_runs(self, caller: Caller, experiment: str | None = None, limit: int = 100) -> list[Run]:
        """Return the newest runs first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_runs(tx, caller.project, experiment, limit))

    def tagged_runs(self, caller: Caller, key: str, value: str) -> list[Run]:
        """Return the runs with a tag of this value, the newest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_tagged(tx, caller.project, key, value))

    def _log_texts(self, caller: Caller, run_id: str, store: rows.StoreTexts, values: Mapping[str, object]) -> None:
        require(caller, Role.EDITOR)
        texts = check_texts(values)

        def log(tx: Transaction) -> None:
            demand_active(tx, caller.project, run_id)
            store(tx, caller.project, run_id, texts)

        self._database.write(log)
