"""Writing to a running MLflow server by its REST API and its artifact proxy.

The API gives runs, logged models and versions ids of its own: each has a tag with the id it has here, by which what was
exported is found again. What a server keeps of an instant or an author, it keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tidemill.compat.mlflow_stores.artifact_places import kind_of
from tidemill.compat.mlflow_stores.fitting import fitted_texts
from tidemill.compat.mlflow_stores.hashed_files import HashedFile
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.messages import pairs
from tidemill.compat.mlflow_stores.port import Beside, Files, Owner, Placed, RegistryThere, Source, Taken, Wanted
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
from tidemill.compat.mlflow_stores.server_marks import EXPERIMENT_TAG
from tidemill.compat.mlflow_stores.server_models import ServerModels
from tidemill.compat.mlflow_stores.server_registry import ServerRegistry
from tidemill.compat.mlflow_stores.server_runs import ServerRuns, proxied
from tidemill.compat.mlflow_stores.server_source import ServerSource
from tidemill.compat.mlflow_stores.server_traces import ServerTraces
from tidemill.compat.mlflow_stores.server_writing import API, ServerWriting, pairs_of
from tidemill.core import NotFoundError, TidemillError, UnavailableError
from tidemill.storage.blobs.port import digest_stream, pieces_of

#: What a server sets itself, or cannot be told.
_UNTOLD = {
    "MovedRun": ("deleted_ms",),
    "MovedLoggedModel": ("created_ms", "updated_ms", "status_message", "lifecycle", "source_run_id"),
    "MovedModel": ("created_ms",),
    "MovedTrace": ("metadata",),
    "MovedVersion": ("created_ms", "user_id", "status", "status_message"),
}


class ServerTarget:
    """Fills a server. source: what is exported. Raises UsageError for what is no MLflow server, UnavailableError."""

    untold = frozenset(f"{kind}.{name}" for kind, names in _UNTOLD.items() for name in names)

    def __init__(self, url: str, source: Source, left_out: LeftOut) -> None:
        self._reader = ServerSource(url, LeftOut())
        self.where = self._reader.where
        self._source = source
        self._left_out = left_out
        self._writing = ServerWriting(self._reader.server, left_out)
        self._models = ServerModels(self._writing, source.logged_models, self._run_there)
        self._runs = ServerRuns(self._writing, self._models)
        self._traces = ServerTraces(self._writing, self._there)
        self._registry = ServerRegistry(self._writing, self._reader, self._there, self._source_there)
        self._placed: tuple[MovedExperiment, Placed] | None = None
        self._to_delete = self._is_deleted = False
        self.logged_models = Beside(self._wanted_models, self._take_models, self._written_models)
        self.traces = Beside(self._wanted_traces, self._take_traces, self._written_traces)
        self.registry = RegistryThere(self._take_model, self._written_model)

    def place(self, experiment: MovedExperiment) -> Placed:
        """Return the experiment of this name, made when it is new; a deleted one is restored when it is filled."""
        self._settle()
        server, self._is_deleted = self._reader.server, False
        try:
            found = server.get(f"{API}/experiments/get-by-name", {"experiment_name": experiment.name})["experiment"]
        except NotFoundError:
            tags = fitted_texts(experiment.tags, ("tag", f"of experiment {experiment.id}"), self._left_out)
            asked = {"name": experiment.name, "tags": pairs_of(tags | {EXPERIMENT_TAG: experiment.id})}
            made = server.post(f"{API}/experiments/create", asked)
            number = str(made["experiment_id"])
            self._to_delete = experiment.lifecycle == DELETED
            placed = Placed(number, is_new=True, number=number)
        else:
            number = str(found["experiment_id"])
            placed = Placed(number, is_new=False, number=number)
            self._is_deleted = found.get("lifecycle_stage") == DELETED
            self._to_delete = (
                experiment.lifecycle == DELETED and not self._is_deleted and EXPERIMENT_TAG in pairs(found.get("tags"))
            )
            self._runs.look(number)
            self._models.look(number)
        self._placed = (experiment, placed)
        return placed

    def wanted(self, placed: Placed, ids: Sequence[str]) -> Wanted:  # noqa: ARG002
        """Return which runs were not exported wholly, and which were at work when they were."""
        return self._runs.wanted(ids)

    def fitted(self, run: MovedRun) -> MovedRun:
        """Return the run as a server can hold it."""
        return self._runs.fitted(run)

    def put_files(self, files: Sequence[tuple[Owner, MovedFile]]) -> list[StoredFile | None]:
        """Send files to the artifact proxy; their runs and models are made first."""
        for of in {of.id: of for of, _ in files}.values():
            self._made(of)
        return self._writing.each(self._put_file, files)

    def put_runs(self, placed: Placed, runs: Sequence[MovedRun], points: Iterable[PointsOf], files: Files) -> None:  # noqa: ARG002
        """Make runs, log their points, then all else, and mark each as whole."""
        self._open()
        self._writing.each(lambda run: self._runs.made(placed.id, run), runs)
        self._runs.put_points({run.id: run for run in runs}, points)
        for run in runs:
            self._models.of(placed, run, [*run.models_in, *(id_ for id_, _ in run.models_out)])
        self._writing.each(lambda run: self._runs.fill(placed, run), runs)

    def written(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, MovedRun]:  # noqa: ARG002
        """Return runs as they are there now, by the ids they have here."""
        return {run.id: run for run in map(self._runs.written, self._messages(ids))}

    def written_points(self, placed: Placed, ids: Sequence[str]) -> Iterator[PointsOf]:  # noqa: ARG002
        """Yield the points of runs as they are there now."""
        here = {self._runs.ids[id_]: id_ for id_ in ids if id_ in self._runs.ids}
        there = self._reader.those(self._messages(ids))
        for part in self._reader.histories(there):
            yield PointsOf(here[part.run_id], part.histories)

    def written_files(self, placed: Placed, ids: Sequence[str]) -> Files:  # noqa: ARG002
        """Read the files of runs back from the artifact proxy and return them with their digests."""
        known = [id_ for id_ in ids if id_ in self._runs.ids]
        there = self._reader.those(self._messages(known))
        found = [(id_, file) for id_, run in zip(known, there, strict=True) for file in self._reader.files(run)]
        stored: dict[str, list[StoredFile]] = {}
        for (id_, _), file in zip(found, self._writing.each(_stored, [file for _, file in found]), strict=True):
            stored.setdefault(id_, []).append(file)
        return stored

    def _wanted_models(self, placed: Placed, ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Return which logged models were not exported wholly."""
        return self._models.wanted(ids)

    def _take_models(self, placed: Placed, models: Sequence[MovedLoggedModel], files: Files) -> None:  # noqa: ARG002
        """Store logged models with their files."""
        for model in models:
            self._open()
            self._models.fill(placed, model)

    def _wanted_traces(self, placed: Placed, ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Return which traces are not there wholly."""
        return self._traces.wanted(ids)

    def _take_traces(self, placed: Placed, traces: Sequence[MovedTrace], files: Files) -> None:  # noqa: ARG002
        """Put traces whose files were put."""
        self._open()
        self._traces.put(placed.id, traces)

    def _written_traces(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, tuple[MovedTrace, list[StoredFile]]]:  # noqa: ARG002
        """Return traces as they are there now, with their files."""
        found = self._traces.written(ids)
        return {id_: (trace, self._writing.each(_stored, self._reader.files(trace))) for id_, trace in found.items()}

    def _written_model_of(self, placed: Placed, id_: str) -> tuple[MovedLoggedModel, list[StoredFile]] | None:  # noqa: ARG002
        """Return a logged model as it is there now, with its files."""
        found = self._models.written(id_)
        if found is None:
            return None
        files = self._reader.files(replace(found, id=self._models.ids[id_]))
        return found, self._writing.each(_stored, files)

    def _written_models(
        self, placed: Placed, ids: Sequence[str]
    ) -> Mapping[str, tuple[MovedLoggedModel, list[StoredFile]]]:
        """Return logged models as they are there now, with their files."""
        found = {id_: self._written_model_of(placed, id_) for id_ in ids}
        return {id_: each for id_, each in found.items() if each is not None}

    def _take_model(self, model: MovedModel) -> Taken:
        """Put what of a registered model is not there yet."""
        self._settle()
        return self._registry.put(model)

    def _written_model(self, name: str) -> MovedModel | None:
        """Return a registered model as it is there now."""
        return self._registry.written(name)

    def close(self) -> None:
        """Delete what was restored to be filled, and close the connections."""
        try:
            self._settle()
        except (UnavailableError, NotFoundError):
            pass
        finally:
            self._writing.close()
            self._reader.close()

    def _made(self, of: Owner) -> None:
        self._open()
        placed = self._here().id
        if isinstance(of, MovedRun):
            self._runs.made(placed, of)
        elif isinstance(of, MovedTrace):
            self._traces.begin(placed, of)
        else:
            self._models.made(self._here(), of)

    def _put_file(self, given: tuple[Owner, MovedFile]) -> StoredFile | None:
        of, file = given
        places = {MovedRun: self._runs.places, MovedLoggedModel: self._models.places, MovedTrace: self._traces.places}
        place = places[type(of)][of.id]
        root = proxied(place)
        if not root:
            why = f"the server does not take them in: it keeps them at {place[:200]}"
            self._left_out.add("artifacts", f"of {kind_of(of)} {of.id}", why)
            return None
        hashed = HashedFile(file)
        try:
            with hashed.file.open() as source:
                self._reader.server.put(f"{root}/{file.path}", pieces_of(source))
        except (OSError, TidemillError) as error:
            if isinstance(error, UnavailableError):
                raise
            self._left_out.add("file", file.path, f"of {of.id}: {error}")
            return None
        return StoredFile(file.path, hashed.digest(), hashed.n_bytes)

    def _run_there(self, placed: str, run_id: str) -> str:
        """Return the id there of a run, made when it is new; nothing when there is none here."""
        if run_id and run_id not in self._runs.ids and self._placed is not None:
            for run in self._source.runs(self._placed[0].id, [run_id]):
                self._runs.made(placed, self._runs.fitted(run))
        return self._runs.ids.get(run_id, "")

    def _there(self, id_: str) -> str:
        return self._runs.ids.get(id_) or self._models.ids.get(id_) or id_

    def _source_there(self, source: str) -> str:
        """Return a version's source with the ids there, and the place there of artifacts that this server has.

        What is below the artifacts of a run or logged model, such as ``mlflow-artifacts:/7/ab/artifacts/net``, is
        named by the place there.
        """
        parts = source.split("/")
        known = next((at for at, name in enumerate(parts) if self._there(name) != name), None)
        if known is None:
            return source
        here = parts[known]
        place = self._runs.places.get(here) or self._models.places.get(here)
        if parts[0] == "mlflow-artifacts:" and place:
            return "/".join([place.rstrip("/"), *parts[known + 2 :]])
        return "/".join([*parts[:known], self._there(here), *parts[known + 1 :]])

    def _messages(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        server, there = self._reader.server, [self._runs.ids[id_] for id_ in ids if id_ in self._runs.ids]
        return self._writing.each(lambda id_: server.get(f"{API}/runs/get", {"run_id": id_})["run"], there)

    def _here(self) -> Placed:
        if self._placed is None:
            raise UnavailableError("no experiment was placed")
        return self._placed[1]

    def _open(self) -> None:
        """Restore a deleted experiment that something is put into."""
        if self._is_deleted:
            self._reader.server.post(f"{API}/experiments/restore", {"experiment_id": self._here().id})
            self._is_deleted, self._to_delete = False, True

    def _settle(self) -> None:
        """Delete the experiment that was filled when it is deleted."""
        if self._to_delete:
            self._to_delete = False
            self._reader.server.post(f"{API}/experiments/delete", {"experiment_id": self._here().id})


def _stored(file: MovedFile) -> StoredFile:
    with file.open() as source:
        return StoredFile(file.path, digest_stream(source), file.size or 0)
