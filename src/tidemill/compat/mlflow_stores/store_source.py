"""Reading this store: what leaves for MLflow's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from tidemill.access import Caller
from tidemill.compat.mlflow_stores.port import Owner
from tidemill.compat.mlflow_stores.records import (
    ACTIVE,
    DELETED,
    MovedExperiment,
    MovedFile,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedTrace,
    PointsOf,
)
from tidemill.compat.mlflow_stores.store_records import (
    moved_logged_model,
    moved_run,
    moved_trace,
    moved_version,
    ms_of,
)
from tidemill.registry import RegisteredModel
from tidemill.tracking import TraceQuery
from tidemill.workspace import Workspace

_BATCH = 200


class StoreSource:
    """Gives out experiments, runs and models of a project of this store."""

    def __init__(self, rooms: Workspace, caller: Caller) -> None:
        self.where = str(rooms.home)
        self._rooms = rooms
        self._caller = caller
        self._ids: dict[str, str] = {}

    def experiments(self) -> Iterator[MovedExperiment]:
        """Yield all experiments, by their numbers."""
        for each in self._rooms.tracking.departures.experiments(self._caller):
            number = str(each.number)
            self._ids[number] = each.id
            yield MovedExperiment(
                id=number,
                name=each.name,
                location=each.artifact_location or "",
                lifecycle=DELETED if each.deleted_at else ACTIVE,
                created_ms=ms_of(each.created_at),
                updated_ms=ms_of(each.updated_at),
                tags=each.tags,
            )

    def run_ids(self, experiment_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of runs."""
        for ids in self._rooms.tracking.departures.run_ids(self._caller, self._ids[experiment_id]):
            for start in range(0, len(ids), _BATCH):
                yield ids[start : start + _BATCH]

    def runs(self, experiment_id: str, ids: Sequence[str]) -> list[MovedRun]:
        """Return runs, whole ones."""
        return [moved_run(run, experiment_id) for run in self._rooms.tracking.departures.runs(self._caller, ids)]

    def histories(self, runs: Sequence[MovedRun]) -> Iterator[PointsOf]:
        """Yield the points of runs."""
        for run_id, histories in self._rooms.tracking.departures.histories(self._caller, [run.id for run in runs]):
            yield PointsOf(run_id, histories)

    def files(self, of: Owner) -> Iterator[MovedFile]:
        """Yield the files of a run, logged model or trace; their bytes are checked as they are read."""
        for file in self._rooms.tracking.departures.files(self._caller, [of.id]).get(of.id, ()):
            yield MovedFile(file.path, file.size, partial(self._rooms.blobs.open, file.digest))

    def logged_models(self, experiment_id: str) -> Iterator[MovedLoggedModel]:
        """Yield the logged models of an experiment."""
        for model in self._rooms.tracking.departures.models(self._caller, self._ids[experiment_id]):
            yield moved_logged_model(model, experiment_id)

    def traces(self, experiment_id: str) -> Iterator[MovedTrace]:
        """Yield the traces of an experiment."""
        after = None
        while True:
            query = TraceQuery((int(experiment_id),), limit=_BATCH, after=after)
            page = self._rooms.tracking.traces.search(self._caller, query)
            yield from map(moved_trace, page.traces)
            after = page.next
            if after is None:
                return

    def registered_models(self) -> Iterator[MovedModel]:
        """Yield the registered models."""
        for model in self._rooms.registry.catalogue.arrivals.models(self._caller):
            yield registered_model_of(self._rooms, self._caller, model)

    def close(self) -> None:
        """Nothing is held open."""


def registered_model_of(rooms: Workspace, caller: Caller, model: RegisteredModel) -> MovedModel:
    """Return a registered model of this store as it is moved, with its versions."""
    return MovedModel(
        name=model.name,
        description=model.description,
        created_ms=ms_of(model.created_at),
        updated_ms=ms_of(model.updated_at),
        tags=model.tags,
        aliases=model.aliases,
        versions=tuple(map(moved_version, rooms.registry.catalogue.arrivals.versions(caller, model.name))),
    )
