"""What runs read and wrote: datasets with what they said of them, and models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tidemill.access import Caller, Role, require
from tidemill.core import UsageError
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _input_rows as input_rows
from tidemill.tracking._checks import check_text
from tidemill.tracking._found import demand_active
from tidemill.tracking._model_rows import refuse_unknown

#: The tag that tells what a run read a dataset for.
CONTEXT_TAG = "mlflow.data.context"
MOST_DATASETS = 1000
_LONGEST = {"name": 500, "digest": 36, "source_type": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}
_LONGEST_TAG_KEY, _LONGEST_TAG = 255, 500
_INPUT, _OUTPUT = "input", "output"
_MOST_SUMMARIES = 1000


@dataclass(frozen=True)
class InputDataset:
    """A dataset as a run tells of it; `tags` are of the reading, not of the dataset.

    digest: of its content. source_type, source: where it came from. schema, profile: as text, None when not told.
    """

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


class ModelUse(NamedTuple):
    """A logged model that a run has read or written, at a step."""

    model_id: str
    step: int = 0


@dataclass(frozen=True)
class RunInputs:
    """What a run has read and written."""

    datasets: list[InputDataset] = field(default_factory=list)
    models_read: list[ModelUse] = field(default_factory=list)
    models_written: list[ModelUse] = field(default_factory=list)


class DatasetSummary(NamedTuple):
    """That some run of an experiment has read a dataset as something."""

    experiment_number: int
    name: str
    digest: str
    context: str | None


class Inputs:
    """The verbs of what runs read and wrote. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def log(
        self, caller: Caller, run_id: str, datasets: Sequence[InputDataset] = (), models: Sequence[ModelUse] = ()
    ) -> None:
        """Store what a run has read: all, or nothing. The same again changes nothing. Needs editor.

        Raises NotFoundError, ConflictError when the run is deleted, UsageError for what is too long or too much.
        """
        require(caller, Role.EDITOR)
        if len(datasets) > MOST_DATASETS:
            raise UsageError(f"{len(datasets)} datasets at once; use {MOST_DATASETS} at most")
        for at, each in enumerate(datasets):
            _check(each, at)

        def log(tx: Transaction) -> None:
            demand_active(tx, caller.project, run_id)
            refuse_unknown(tx, caller.project, {each.model_id for each in models})
            if datasets:
                _write_datasets(tx, caller.project, run_id, datasets)
            input_rows.write_models(tx, caller.project, run_id, _INPUT, models)

        self._database.write(log)

    def log_outputs(self, caller: Caller, run_id: str, models: Sequence[ModelUse]) -> None:
        """Store which models a run has written. Needs editor. Raises NotFoundError, ConflictError."""
        require(caller, Role.EDITOR)

        def log(tx: Transaction) -> None:
            demand_active(tx, caller.project, run_id)
            refuse_unknown(tx, caller.project, {each.model_id for each in models})
            input_rows.write_models(tx, caller.project, run_id, _OUTPUT, models)

        self._database.write(log)

    def of_runs(self, caller: Caller, run_ids: Sequence[str]) -> dict[str, RunInputs]:
        """Return what runs have read and written, by run, in two statements however many there are."""
        require(caller, Role.VIEWER)
        ids = json.dumps(list(run_ids))

        def read(tx: Transaction) -> dict[str, RunInputs]:
            found: dict[str, RunInputs] = {run_id: RunInputs() for run_id in run_ids}
            for run_id, *columns, tags in input_rows.datasets_of(tx, caller.project, ids):
                found[run_id].datasets.append(InputDataset(*(*columns, json.loads(tags))))
            for run_id, side, model_id, step in input_rows.models_of(tx, caller.project, ids):
                uses = found[run_id].models_read if side == _INPUT else found[run_id].models_written
                uses.append(ModelUse(model_id, step))
            return found

        return self._database.read(read)

    def summaries(self, caller: Caller, experiment_numbers: Sequence[int]) -> list[DatasetSummary]:
        """Return which datasets runs of experiments have read, and as what; 1,000 at most."""
        require(caller, Role.VIEWER)
        found = self._database.read(
            lambda tx: input_rows.summaries(tx, caller.project, experiment_numbers, _MOST_SUMMARIES)
        )
        return [DatasetSummary(*row) for row in found]


def _write_datasets(tx: Transaction, project: str, run_id: str, datasets: Sequence[InputDataset]) -> None:
    experiment = input_rows.experiment_id(tx, project, run_id)
    ids = input_rows.dataset_ids(tx, project, experiment, sorted({each.name for each in datasets}))
    by_key = {(each.name, each.digest): each for each in datasets}
    new = [each for key, each in by_key.items() if key not in ids]
    columns = [(each.name, each.digest, each.source_type, each.source, each.schema, each.profile) for each in new]
    made = input_rows.insert_datasets(tx, project, experiment, columns)
    ids.update(zip(((each.name, each.digest) for each in new), made, strict=True))
    read = [(ids[key], each.tags.get(CONTEXT_TAG), json.dumps(each.tags)) for key, each in by_key.items()]
    input_rows.write_of_run(tx, project, run_id, read)


def _check(dataset: InputDataset, at: int) -> None:
    for name, most in _LONGEST.items():
        value = getattr(dataset, name)
        if value is None:
            continue
        if len(value) > most:
            raise UsageError(
                f"'{name}' exceeds the maximum length of {most} characters: datasets[{at}].dataset.{name} has "
                f"{len(value)}"
            )
        check_text(f"datasets[{at}].dataset.{name}", value)
    for key, value in dataset.tags.items():
        if not 0 < len(key) <= _LONGEST_TAG_KEY or len(value) > _LONGEST_TAG:
            raise UsageError(
                f"datasets[{at}].tags: {key[:80]!r} has {len(key)} characters and its value {len(value)}; keys have 1 "
                f"to {_LONGEST_TAG_KEY}, values {_LONGEST_TAG} at most"
            )
        check_text(f"datasets[{at}].tags", key + value)
