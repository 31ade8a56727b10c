"""Reading an ``mlruns`` folder: a file for each param, tag and metric, and ``meta.yaml`` beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tidemill.compat.mlflow_stores.artifact_places import ArtifactPlaces
from tidemill.compat.mlflow_stores.flat_yaml import read_flat_yaml
from tidemill.compat.mlflow_stores.folder_models import logged_model_in, logged_models_in, registered_models_in
from tidemill.compat.mlflow_stores.folder_records import experiment_of, input_of, run_of
from tidemill.compat.mlflow_stores.folder_texts import points_in, read_text, texts_below
from tidemill.compat.mlflow_stores.folder_traces import traces_in
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.port import Owner
from tidemill.compat.mlflow_stores.records import (
    MovedExperiment,
    MovedFile,
    MovedInput,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedTrace,
    PointsOf,
)
from tidemill.core import DamagedError, UsageError

_META, _TRASH, _MODELS, _TRACES = "meta.yaml", ".trash", "models", "traces"
_NO_RUNS = {"tags", "datasets", _TRACES, _MODELS}
_BATCH = 200


class FolderSource:
    """Reads an mlruns folder. artifacts: a folder of artifacts, when they are not where the records say.

    Raises UsageError for a folder without experiments.
    """

    batch = _BATCH

    def __init__(self, folder: Path, artifacts: Path | None, left_out: LeftOut) -> None:
        self.where = str(folder)
        self.left_out = left_out
        self._folder = folder.absolute()
        self._places = ArtifactPlaces(artifacts, left_out)
        self._experiments = {path.name: path for path in experiment_folders(self._folder)}
        if not self._experiments:
            raise UsageError(f"{folder} holds no experiments (folders with a {_META}); name the mlruns folder itself")

    def experiments(self) -> Iterator[MovedExperiment]:
        """Yield all experiments, those in the trash too."""
        for folder in self._experiments.values():
            meta = self._meta(folder, "experiment")
            if meta is not None:
                yield experiment_of(folder.name, meta, dict(texts_below(folder / "tags", self.left_out)))

    def run_ids(self, experiment_id: str) -> Iterator[Sequence[str]]:
        """Yield the names of the folders of runs."""
        folder = self._experiments[experiment_id]
        names = sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.is_dir(follow_symlinks=False) and entry.name not in _NO_RUNS
        )
        for start in range(0, len(names), _BATCH):
            yield names[start : start + _BATCH]

    def runs(self, experiment_id: str, ids: Sequence[str]) -> list[MovedRun]:
        """Read runs, leaving out those whose records are torn."""
        return [run for id_ in ids if (run := self._run(experiment_id, id_)) is not None]

    def histories(self, runs: Sequence[MovedRun]) -> Iterator[PointsOf]:
        """Yield the points of each run, a part of a file at a time."""
        for run in runs:
            folder = self._experiments[run.experiment_id] / run.id / "metrics"
            for key, points in points_in(folder, f"of run {run.id}", self.left_out):
                yield PointsOf(run.id, {key: points})

    def files(self, of: Owner) -> Iterator[MovedFile]:
        """Yield the files of a run, logged model or trace."""
        return self._places.files(of, self.folder_of(of) / "artifacts")

    def folder_of(self, of: Owner) -> Path:
        """Return the folder of a run, logged model or trace."""
        folder = self._experiments[of.experiment_id]
        if isinstance(of, MovedRun):
            return folder / of.id
        return folder / (_MODELS if isinstance(of, MovedLoggedModel) else _TRACES) / of.id

    def logged_models(self, experiment_id: str) -> Iterator[MovedLoggedModel]:
        """Yield the logged models of an experiment."""
        return logged_models_in(self._experiments[experiment_id], self.left_out)

    def logged_model(self, experiment_id: str, id_: str) -> MovedLoggedModel | None:
        """Return a logged model."""
        folder = self._experiments[experiment_id] / _MODELS / id_
        return logged_model_in(folder, self.left_out) if folder.is_dir() else None

    def traces(self, experiment_id: str) -> Iterator[MovedTrace]:
        """Yield the traces of an experiment."""
        return traces_in(self._experiments[experiment_id], self.left_out)

    def registered_models(self) -> Iterator[MovedModel]:
        """Yield the registered models."""
        return registered_models_in(self._folder / _MODELS, self.left_out)

    def close(self) -> None:
        """Nothing is held open."""

    def _run(self, experiment_id: str, id_: str) -> MovedRun | None:
        folder = self._experiments[experiment_id] / id_
        meta = self._meta(folder, "run")
        if meta is None:
            return None
        if str(meta.get("run_id") or meta.get("run_uuid")) != id_:
            self.left_out.add("run", id_, f"its {_META} is of another run")
            return None
        params = dict(texts_below(folder / "params", self.left_out))
        tags = dict(texts_below(folder / "tags", self.left_out))
        inputs, models_in, models_out = self._links(experiment_id, folder)
        return run_of(experiment_id, id_, meta, (params, tags), (inputs, models_in, models_out))

    def _links(
        self, experiment_id: str, folder: Path
    ) -> tuple[tuple[MovedInput, ...], tuple[str, ...], tuple[tuple[str, int], ...]]:
        inputs, models_in, models_out = [], [], []
        for entry in _folders(folder / "inputs"):
            meta = self._meta(entry, "input")
            if meta is None:
                continue
            if meta.get("source_type") == "DATASET":
                dataset = self._meta(self._experiments[experiment_id] / "datasets" / str(meta["source_id"]), "dataset")
                if dataset is not None:
                    inputs.append(input_of(dataset, meta.get("tags") or {}))
            else:
                models_in.append(str(meta["source_id"]))
        for entry in _folders(folder / "outputs"):
            meta = self._meta(entry, "output")
            if meta is not None:
                models_out.append((str(meta.get("destination_id") or entry.name), int(meta.get("step") or 0)))
        return tuple(inputs), tuple(models_in), tuple(models_out)

    def _meta(self, folder: Path, kind: str) -> dict[str, Any] | None:
        try:
            return read_flat_yaml(read_text(folder / _META))
        except (OSError, DamagedError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self.left_out.add(kind, folder.name, f"its {_META} cannot be read: {why}")
            return None


def experiment_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders of experiments of an mlruns folder, those in its trash too."""
    for above in (folder, folder / _TRASH):
        if not above.is_dir():
            continue
        for entry in sorted(os.scandir(above), key=lambda each: each.name):
            # The registry's folder has no meta.yaml of its own.
            if entry.is_dir(follow_symlinks=False) and (Path(entry.path) / _META).is_file():
                yield Path(entry.path)


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
