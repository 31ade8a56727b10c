"""Writing an ``mlruns`` folder: each run and model is made beside it, and moved into it when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tidemill.compat.mlflow_stores.fitting import fitted_run
from tidemill.compat.mlflow_stores.flat_yaml import read_flat_yaml
from tidemill.compat.mlflow_stores.folder_files import put_file, stored_file
from tidemill.compat.mlflow_stores.folder_models import registered_model_in
from tidemill.compat.mlflow_stores.folder_records import dataset_meta, experiment_meta, logged_model_meta, run_meta
from tidemill.compat.mlflow_stores.folder_registry import put_model
from tidemill.compat.mlflow_stores.folder_source import FolderSource, experiment_folders
from tidemill.compat.mlflow_stores.folder_texts import read_text
from tidemill.compat.mlflow_stores.folder_traces import trace_in, write_trace
from tidemill.compat.mlflow_stores.folder_writing import append_points, flat_yaml, write_texts
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
from tidemill.core import UsageError, digest_bytes

_META, _TRASH, _MODELS, _TRACES, _ARTIFACTS = "meta.yaml", ".trash", "models", "traces", "artifacts"


class FolderTarget:
    """Fills an mlruns folder, a new one or one that holds a part already. Raises UsageError for another folder."""

    untold = frozenset[str]()

    def __init__(self, folder: Path, left_out: LeftOut) -> None:
        self.where = str(folder)
        self._folder = folder.absolute()
        self._left_out = left_out
        self._parts = self._folder.with_name(f"{self._folder.name}.part")
        self._places: dict[str, Path] = {}
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file; name a new folder, or an mlruns folder")
        known = {path: self._name(path) for path in experiment_folders(self._folder)} if folder.is_dir() else {}
        if folder.is_dir() and not known and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty and no mlruns folder; name a new one")
        self._known = {name: path for path, name in known.items()}
        shutil.rmtree(self._parts, ignore_errors=True)
        (self._folder / _TRASH).mkdir(parents=True, exist_ok=True)
        self.logged_models = Beside(self._wanted_models, self._take_models, self._written_models)
        self.traces = Beside(self._wanted_traces, self._take_traces, self._written_traces)
        self.registry = RegistryThere(self._take_model, self._written_model)

    def place(self, experiment: MovedExperiment) -> Placed:
        """Return the experiment of this name, its folder made when it is new."""
        path = self._known.get(experiment.name)
        is_new = path is None
        if path is None:
            above = self._folder / _TRASH if experiment.lifecycle == DELETED else self._folder
            path = above / self._free(experiment.id)
            part = self._part(path.name)
            given = replace(experiment, id=path.name)
            (part / _META).write_text(flat_yaml(experiment_meta(given, path.as_uri())), "utf-8")
            write_texts(part / "tags", experiment.tags, ("tag", f"experiment {experiment.id}"), self._left_out)
            part.rename(path)
            self._known[experiment.name] = path
        self._places[experiment.id] = path
        return Placed(path.name, is_new, path.name)

    def wanted(self, placed: Placed, ids: Sequence[str]) -> Wanted:
        """Return which runs have no folder yet."""
        folder = self._of(placed)
        return Wanted({id_ for id_ in ids if not (folder / id_).exists()})

    def fitted(self, run: MovedRun) -> MovedRun:
        """Return the run with texts that files can hold."""
        return fitted_run(run, self._left_out)

    def put_files(self, files: Sequence[tuple[Owner, MovedFile]]) -> list[StoredFile | None]:
        """Write files beside the folder; their digests are those of what can be read there."""
        return [put_file(self._part(of.id) / _ARTIFACTS, of, file, self._left_out) for of, file in files]

    def put_runs(self, placed: Placed, runs: Sequence[MovedRun], points: Iterable[PointsOf], files: Files) -> None:  # noqa: ARG002
        """Write runs, and move each into the folder when it is whole."""
        for part in points:
            of = ("metric", f"run {part.run_id}")
            append_points(self._part(part.run_id) / "metrics", part.histories, of, self._left_out)
        folder = self._of(placed)
        for run in runs:
            part_of = self._part(run.id)
            for name in ("metrics", "params", "tags", _ARTIFACTS):
                (part_of / name).mkdir(exist_ok=True)
            write_texts(part_of / "params", run.params, ("param", f"run {run.id}"), self._left_out)
            write_texts(part_of / "tags", run.tags, ("tag", f"run {run.id}"), self._left_out)
            self._put_links(folder, part_of, run)
            location = (folder / run.id / _ARTIFACTS).as_uri()
            (part_of / _META).write_text(flat_yaml(run_meta(run, placed.id, location)), "utf-8")
            part_of.rename(folder / run.id)

    def written(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, MovedRun]:
        """Return runs as they can be read from the folder."""
        return {run.id: run for run in self._read().runs(placed.id, ids)}

    def written_points(self, placed: Placed, ids: Sequence[str]) -> Iterator[PointsOf]:
        """Yield points as they can be read from the folder."""
        source = self._read()
        return source.histories(source.runs(placed.id, ids))

    def written_files(self, placed: Placed, ids: Sequence[str]) -> Files:
        """Return files as they can be read from the folder."""
        source = self._read()
        return {run.id: list(map(stored_file, source.files(run))) for run in source.runs(placed.id, ids)}

    def _wanted_models(self, placed: Placed, ids: Sequence[str]) -> set[str]:
        """Return which logged models have no folder yet."""
        folder = self._of(placed) / _MODELS
        return {id_ for id_ in ids if not (folder / id_).exists()}

    def _take_models(self, placed: Placed, models: Sequence[MovedLoggedModel], files: Files) -> None:  # noqa: ARG002
        """Store logged models with their files."""
        for model in models:
            folder, part, of = self._of(placed) / _MODELS / model.id, self._part(model.id), f"logged model {model.id}"
            (part / _ARTIFACTS).mkdir(exist_ok=True)
            write_texts(part / "params", model.params, ("param", of), self._left_out)
            write_texts(part / "tags", model.tags, ("tag", of), self._left_out)
            lines: dict[str, str] = {}
            for each in model.metrics:
                dataset = f" {each.dataset_name} {each.dataset_digest}" if each.dataset_name else ""
                line = f"{each.at} {each.value} {each.step} {each.run_id}{dataset}\n"
                lines[each.key] = lines.get(each.key, "") + line
            write_texts(part / "metrics", lines, ("metric", of), self._left_out)
            meta = logged_model_meta(model, placed.id, (folder / _ARTIFACTS).as_uri())
            (part / _META).write_text(flat_yaml(meta), "utf-8")
            folder.parent.mkdir(exist_ok=True)
            part.rename(folder)

    def _wanted_traces(self, placed: Placed, ids: Sequence[str]) -> set[str]:
        """Return which traces have no folder yet."""
        folder = self._of(placed) / _TRACES
        return {id_ for id_ in ids if not (folder / id_).exists()}

    def _take_traces(self, placed: Placed, traces: Sequence[MovedTrace], files: Files) -> None:  # noqa: ARG002
        """Write traces, and move each into the folder when it is whole."""
        folder = self._of(placed) / _TRACES
        folder.mkdir(exist_ok=True)
        for trace in traces:
            part = self._part(trace.id)
            write_trace(part, trace, (placed.id, (folder / trace.id / _ARTIFACTS).as_uri()), self._left_out)
            part.rename(folder / trace.id)

    def _written_traces(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, tuple[MovedTrace, list[StoredFile]]]:
        """Return traces as they can be read from the folder."""
        source, found = self._read(), {}
        for id_ in ids:
            trace = trace_in(self._of(placed) / _TRACES / id_, LeftOut())
            if trace is not None:
                found[id_] = (trace, list(map(stored_file, source.files(trace))))
        return found

    def _written_model_of(self, placed: Placed, id_: str) -> tuple[MovedLoggedModel, list[StoredFile]] | None:
        """Return a logged model as it can be read from the folder."""
        source = self._read()
        model = source.logged_model(placed.id, id_)
        return None if model is None else (model, list(map(stored_file, source.files(model))))

    def _written_models(
        self, placed: Placed, ids: Sequence[str]
    ) -> Mapping[str, tuple[MovedLoggedModel, list[StoredFile]]]:
        """Return logged models as they are there now, with their files."""
        found = {id_: self._written_model_of(placed, id_) for id_ in ids}
        return {id_: each for id_, each in found.items() if each is not None}

    def _written_model(self, name: str) -> MovedModel | None:
        """Return a registered model as it can be read from the folder."""
        return registered_model_in(self._folder / _MODELS / name, LeftOut())

    def _take_model(self, model: MovedModel) -> Taken:
        """Write what of a registered model is not in the folder yet."""
        places = {id_: path.as_uri() for id_, path in self._places.items()}
        return put_model(self._folder / _MODELS, self._parts, model, places, self._left_out)

    def close(self) -> None:
        """Remove what is beside the folder."""
        shutil.rmtree(self._parts, ignore_errors=True)

    def _put_links(self, folder: Path, part: Path, run: MovedRun) -> None:
        for each in run.inputs:
            dataset = digest_bytes(f"{each.name}\0{each.digest}".encode())[:32]
            place = folder / "datasets" / dataset
            place.mkdir(parents=True, exist_ok=True)
            (place / _META).write_text(flat_yaml(dataset_meta(each)), "utf-8")
            _put_link(part / "inputs" / dataset, "DATASET", "RUN", {"tags": each.tags})
        for id_ in run.models_in:
            _put_link(part / "inputs" / id_, "RUN_INPUT", "MODEL_INPUT", {"tags": {}})
        for id_, step in run.models_out:
            _put_link(part / "outputs" / id_, "RUN_OUTPUT", "MODEL_OUTPUT", {"tags": {}, "step": step})

    def _part(self, name: str) -> Path:
        part = self._parts / name
        part.mkdir(parents=True, exist_ok=True)
        return part

    def _of(self, placed: Placed) -> Path:
        active = self._folder / placed.id
        return active if active.is_dir() else self._folder / _TRASH / placed.id

    def _free(self, id_: str) -> str:
        taken = {path.name for path in experiment_folders(self._folder)}
        while id_ in taken:
            id_ = str(int(id_) + 1 if id_.isdecimal() else 1)
        return id_

    def _read(self) -> FolderSource:
        return FolderSource(self._folder, None, LeftOut())

    @staticmethod
    def _name(path: Path) -> str:
        return str(read_flat_yaml(read_text(path / _META)).get("name"))


def _put_link(place: Path, kind: str, to: str, more: Mapping[str, object]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    meta = {"source_type": kind, "source_id": place.name, "destination_type": to, "destination_id": place.name, **more}
    (place / _META).write_text(flat_yaml(meta), "utf-8")
