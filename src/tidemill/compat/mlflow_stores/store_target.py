"""Writing into this store: what arrives from MLflow's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from tidemill.access import Caller
from tidemill.compat.mlflow_stores.fitting import fitted_run, fitted_texts
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.port import Beside, Files, Owner, Placed, RegistryThere, Taken, Wanted
from tidemill.compat.mlflow_stores.records import (
    DELETED,
    MovedExperiment,
    MovedFile,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedTrace,
    PointsOf,
    StoredFile,
)
from tidemill.compat.mlflow_stores.store_records import (
    arriving_run,
    arriving_trace,
    iso_of,
    logged_model_arriving,
    model_arriving,
    moved_logged_model,
    moved_run,
    moved_trace,
)
from tidemill.compat.mlflow_stores.store_source import registered_model_of
from tidemill.core import DamagedError, NotFoundError
from tidemill.storage import BulkPut
from tidemill.tracking import MOST_POINTS_AT_ONCE, MOST_RUNS, ArrivingExperiment, ArrivingFile, ArrivingRun, Histories
from tidemill.workspace import Workspace

_DELETED_NAME = "{} (deleted {})"


class StoreTarget:
    """Takes experiments, runs and models into a project of this store."""

    untold = frozenset({"MovedLoggedModel.status_message"})

    def __init__(self, rooms: Workspace, caller: Caller, left_out: LeftOut) -> None:
        self.where = str(rooms.home)
        self._rooms = rooms
        self._caller = caller
        self._left_out = left_out
        self._numbers: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._held = contextlib.ExitStack()
        # Blobs are named by records only when the runs that keep them are written.
        self._held.enter_context(rooms.in_flight.mark())
        self.logged_models = Beside(self._wanted_models, self._take_models, self._written_models)
        self.traces = Beside(self._wanted_traces, self._take_traces, self._written_traces)
        self.registry = RegistryThere(self._take_model, self._written_model)

    def place(self, experiment: MovedExperiment) -> Placed:
        """Return the experiment of this name, made with its own number when that is free."""
        number = int(experiment.id) if experiment.id.isdecimal() and len(experiment.id) <= 18 else None
        given = ArrivingExperiment(
            name=self._name(experiment),
            number=number,
            created_at=iso_of(experiment.created_ms),
            updated_at=iso_of(experiment.updated_ms),
            artifact_location=experiment.location if _is_elsewhere(experiment.location) else None,
            tags=fitted_texts(experiment.tags, ("tag", f"of experiment {experiment.id}"), self._left_out),
            deleted_at=iso_of(experiment.updated_ms or 0) if experiment.lifecycle == DELETED else None,
        )
        found = self._rooms.tracking.arrivals.experiment(self._caller, given)
        self._numbers[experiment.id] = str(found.number)
        return Placed(found.id, found.is_new, str(found.number))

    def wanted(self, placed: Placed, ids: Sequence[str]) -> Wanted:  # noqa: ARG002
        """Return which runs have not arrived, and which were still at work when they did."""
        return Wanted(*self._rooms.tracking.arrivals.wanted(self._caller, ids))

    def fitted(self, run: MovedRun) -> MovedRun:
        """Return the run with texts that every database can hold."""
        return fitted_run(run, self._left_out)

    def put_files(self, files: Sequence[tuple[Owner, MovedFile]]) -> list[StoredFile | None]:
        """Store the bytes of files; small ones that lie here all at once."""
        blobs, local = self._rooms.blobs, [each.local for _, each in files]
        if isinstance(blobs, BulkPut) and len(files) > 1:
            paths = [path for path in local if path is not None]
            with contextlib.suppress(OSError):
                digests = blobs.put_files(paths) if len(paths) == len(files) else None
                if digests is not None:
                    return [
                        StoredFile(file.path, digest, file.size if file.size is not None else 0)
                        for (_, file), digest in zip(files, digests, strict=True)
                    ]
        return [self._put_file(of, file) for of, file in files]

    def put_runs(self, placed: Placed, runs: Sequence[MovedRun], points: Iterable[PointsOf], files: Files) -> None:
        """Store runs, many in a transaction; one with very many points in parts."""
        arriving = {
            run.id: arriving_run(placed.id, run, [ArrivingFile(*each) for each in files.get(run.id, ())])
            for run in runs
        }
        load = _Load(self._rooms, self._caller, arriving)
        for part in points:
            load.add(part)
        load.finish()

    def written(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, MovedRun]:  # noqa: ARG002
        """Return runs as they are here now."""
        return {run.id: moved_run(run, "") for run in self._rooms.tracking.departures.runs(self._caller, ids)}

    def written_points(self, placed: Placed, ids: Sequence[str]) -> Iterator[PointsOf]:  # noqa: ARG002
        """Yield the points of runs as they are here now."""
        for run_id, histories in self._rooms.tracking.departures.histories(self._caller, ids):
            yield PointsOf(run_id, histories)

    def written_files(self, placed: Placed, ids: Sequence[str]) -> Files:  # noqa: ARG002
        """Return the files of runs as they are here now."""
        found = self._rooms.tracking.departures.files(self._caller, ids)
        return {of: [StoredFile(*each) for each in files] for of, files in found.items()}

    def _wanted_models(self, placed: Placed, ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Return which logged models are not here yet."""
        return self._rooms.tracking.arrivals.new_models(self._caller, ids)

    def _take_models(self, placed: Placed, models: Sequence[MovedLoggedModel], files: Files) -> None:
        """Store logged models with their files."""
        for model in models:
            kept = [ArrivingFile(*each) for each in files.get(model.id, ())]
            self._rooms.tracking.arrivals.take_model(self._caller, logged_model_arriving(placed.id, model), kept)
            if model.status_message:
                self._left_out.add("logged model", model.id, f"its message is not kept: {model.status_message[:200]}")

    def _wanted_traces(self, placed: Placed, ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Return which traces are not here yet."""
        return set(ids) - {trace.id for trace in self._rooms.tracking.traces.find(self._caller, ids)}

    def _take_traces(self, placed: Placed, traces: Sequence[MovedTrace], files: Files) -> None:
        """Store traces with their files."""
        given = [
            (arriving_trace(int(placed.number), trace), [ArrivingFile(*each) for each in files.get(trace.id, ())])
            for trace in traces
        ]
        self._rooms.tracking.traces.take(self._caller, given)

    def _written_traces(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, tuple[MovedTrace, list[StoredFile]]]:
        """Return traces as they are here now, with their files."""
        files = self.written_files(placed, ids)
        found = self._rooms.tracking.traces.find(self._caller, ids)
        return {trace.id: (moved_trace(trace), list(files.get(trace.id, ()))) for trace in found}

    def _written_model_of(self, placed: Placed, id_: str) -> tuple[MovedLoggedModel, list[StoredFile]] | None:
        """Return a logged model as it is here now."""
        found = self._rooms.tracking.departures.model(self._caller, id_)
        files = self.written_files(placed, [id_]).get(id_, [])
        return None if found is None else (moved_logged_model(found, ""), list(files))

    def _written_models(
        self, placed: Placed, ids: Sequence[str]
    ) -> Mapping[str, tuple[MovedLoggedModel, list[StoredFile]]]:
        """Return logged models as they are there now, with their files."""
        found = {id_: self._written_model_of(placed, id_) for id_ in ids}
        return {id_: each for id_, each in found.items() if each is not None}

    def _written_model(self, name: str) -> MovedModel | None:
        """Return a registered model as it is here now."""
        model = self._rooms.registry.catalogue.get_model(self._caller, name)
        return registered_model_of(self._rooms, self._caller, model)

    def _take_model(self, model: MovedModel) -> Taken:
        """Store what of a registered model is not here yet."""
        tags = fitted_texts(model.tags, ("tag", model.name), self._left_out)
        taken = self._rooms.registry.catalogue.arrivals.take(self._caller, model_arriving(model, tags, self._numbers))
        for number in taken.taken:
            self._left_out.add("model version", f"{model.name}/{number}", "another version has this number here")
        for name in taken.guarded:
            self._left_out.add("alias", f"{model.name}@{name}", "the gate of an endpoint guards it; promote by it")
        return Taken(taken.is_new, tuple(taken.versions), len(taken.aliases))

    def close(self) -> None:
        """Say that no blob waits for its record any more."""
        self._held.close()

    def _name(self, experiment: MovedExperiment) -> str:
        """Return the experiment's name; of two that share one, the second gets its id."""
        name = experiment.name
        if self._names.setdefault(name, experiment.id) != experiment.id:
            name = _DELETED_NAME.format(name, experiment.id)
            why = f"another experiment has its name; it is called {name!r} here"
            self._left_out.add("experiment", experiment.id, why)
        return name

    def _put_file(self, of: Owner, file: MovedFile) -> StoredFile | None:
        try:
            with file.open() as source:
                stored = self._rooms.blobs.put_stream(source)
        except (OSError, NotFoundError, DamagedError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._left_out.add("file", file.path, f"of {of.id}: {why}")
            return None
        return StoredFile(file.path, stored.digest, stored.size)


def _is_elsewhere(location: str) -> bool:
    """Tell whether artifacts are in a bucket, say, where MLflow's clients reach them by themselves."""
    return "://" in location and urlsplit(location).scheme not in {"file", "mlflow-artifacts", "http", "https"}


class _Load:
    """Gathers runs and their points until they are enough for a transaction."""

    def __init__(self, rooms: Workspace, caller: Caller, waiting: dict[str, ArrivingRun]) -> None:
        self._arrivals = rooms.tracking.arrivals
        self._caller = caller
        self._waiting = waiting
        self._points: dict[str, Histories] = {}
        self._n_points = 0
        self._begun: str | None = None

    def add(self, part: PointsOf) -> None:
        """Take in some points of a run."""
        if self._begun is not None and part.run_id != self._begun:
            self._end()
        histories = self._points.setdefault(part.run_id, {})
        for key, points in part.histories.items():
            histories.setdefault(key, []).extend(points)
            self._n_points += len(points)
        if self._n_points >= MOST_POINTS_AT_ONCE:
            self._flush(part.run_id)

    def finish(self) -> None:
        """Store what is left, runs without points too."""
        if self._begun is not None:
            self._end()
        self._store(list(self._waiting))

    def _flush(self, current: str) -> None:
        if self._begun is None:
            self._store([id_ for id_ in self._points if id_ != current])
            if sum(map(len, self._points[current].values())) < MOST_POINTS_AT_ONCE:
                return
            self._arrivals.begin(self._caller, self._waiting[current])
            self._begun = current
        self._arrivals.add_points(self._caller, current, self._points.pop(current))
        self._n_points = 0

    def _end(self) -> None:
        run_id, self._begun = self._begun, None
        if run_id is not None:
            self._arrivals.add_points(self._caller, run_id, self._points.pop(run_id, {}))
            self._arrivals.finish(self._caller, self._waiting.pop(run_id))

    def _store(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), MOST_RUNS):
            some = ids[start : start + MOST_RUNS]
            whole = [self._waiting.pop(id_).with_points(self._points.pop(id_, {})) for id_ in some]
            self._arrivals.take(self._caller, whole)
        self._n_points = sum(len(points) for each in self._points.values() for points in each.values())
