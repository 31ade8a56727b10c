"""Reading an MLflow database, of SQLite or PostgreSQL, with its artifacts on this machine."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tidemill.compat.mlflow_stores.artifact_places import ArtifactPlaces
from tidemill.compat.mlflow_stores.database_models import logged_models_in, registered_models_in
from tidemill.compat.mlflow_stores.database_tables import Tables
from tidemill.compat.mlflow_stores.database_traces import spans_file, traces_in
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.port import Owner
from tidemill.compat.mlflow_stores.records import (
    ACTIVE,
    MovedExperiment,
    MovedFile,
    MovedInput,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedTrace,
    PointsOf,
)
from tidemill.tracking import Histories

_BATCH, _PART = 200, 50_000
_RUN_NAME = "mlflow.runName"


class DatabaseSource:
    """Reads an MLflow database, by its URL or as it was opened.

    artifacts: the folder of its artifacts, when they are not where the records say.
    Raises what `Tables` raises.
    """

    def __init__(self, tables: str | Tables, artifacts: Path | None, left_out: LeftOut) -> None:
        self._tables = Tables(tables) if isinstance(tables, str) else tables
        self.where = self._tables.where
        self._places = ArtifactPlaces(artifacts, left_out)
        self._left_out = left_out
        if n_assessments := self._tables.count("assessments"):
            left_out.add("assessments", "of traces", f"{n_assessments:,} stay where they are")

    def experiments(self) -> Iterator[MovedExperiment]:
        """Yield all experiments."""
        tags: dict[Any, dict[str, str]] = defaultdict(dict)
        for row in self._tables.rows("experiment_tags"):
            tags[row["experiment_id"]][row["key"]] = row["value"] or ""
        for row in list(self._tables.rows("experiments", order=["experiment_id"])):
            yield MovedExperiment(
                id=str(row["experiment_id"]),
                name=row["name"],
                location=row["artifact_location"] or "",
                lifecycle=row["lifecycle_stage"] or ACTIVE,
                created_ms=row["creation_time"],
                updated_ms=row["last_update_time"],
                tags=tags.get(row["experiment_id"], {}),
            )

    def run_ids(self, experiment_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of runs."""
        after = None
        while page := self._tables.ids("runs", "run_uuid", after, _BATCH, experiment_id=int(experiment_id)):
            yield page
            after = page[-1]

    def runs(self, experiment_id: str, ids: Sequence[str]) -> list[MovedRun]:  # noqa: ARG002
        """Read runs, each table once."""
        params, tags = self._texts("params", ids), self._texts("tags", ids)
        inputs, models = self._inputs(ids), self._models(ids)
        return [
            self._run(row, (params.get(row["run_uuid"], {}), tags.get(row["run_uuid"], {})), inputs, models)
            for row in list(self._tables.rows_among("runs", "run_uuid", ids))
        ]

    def histories(self, runs: Sequence[MovedRun]) -> Iterator[PointsOf]:
        """Yield the points of runs, those of one run together."""
        current, histories, n_points = "", Histories(), 0
        for run_id, key, step, at, value, is_nan in self._tables.points([run.id for run in runs]):
            if run_id != current or n_points >= _PART:
                if histories:
                    yield PointsOf(current, histories)
                current, histories, n_points = run_id, Histories(), 0
            number = math.nan if is_nan or value is None else float(value)
            histories.setdefault(key, []).append((step or 0, at or 0, number))
            n_points += 1
        if histories:
            yield PointsOf(current, histories)

    def files(self, of: Owner) -> Iterator[MovedFile]:
        """Yield the files of a run, logged model or trace."""
        spans = spans_file(self._tables, of) if isinstance(of, MovedTrace) else None
        return iter([spans]) if spans is not None else self._places.files(of)

    def logged_models(self, experiment_id: str) -> Iterator[MovedLoggedModel]:
        """Yield the logged models of an experiment."""
        return logged_models_in(self._tables, experiment_id=int(experiment_id))

    def traces(self, experiment_id: str) -> Iterator[MovedTrace]:
        """Yield the traces of an experiment."""
        return traces_in(self._tables, int(experiment_id))

    def logged_model(self, id_: str) -> MovedLoggedModel | None:
        """Return a logged model."""
        return next(logged_models_in(self._tables, model_id=id_), None)

    def registered_model(self, name: str) -> MovedModel | None:
        """Return a registered model."""
        return next(registered_models_in(self._tables, self._left_out, name=name), None)

    def registered_models(self) -> Iterator[MovedModel]:
        """Yield the registered models."""
        return registered_models_in(self._tables, self._left_out)

    def close(self) -> None:
        """Close the connection."""
        self._tables.close()

    def _run(
        self,
        row: Mapping[str, Any],
        texts: tuple[dict[str, str], dict[str, str]],
        inputs: Mapping[str, list[MovedInput]],
        models: Mapping[tuple[str, str], list[tuple[str, int]]],
    ) -> MovedRun:
        id_ = row["run_uuid"]
        return MovedRun(
            id=id_,
            experiment_id=str(row["experiment_id"]),
            name=row["name"] or texts[1].get(_RUN_NAME, ""),
            status=row["status"] or "FAILED",
            start_ms=row["start_time"],
            end_ms=row["end_time"],
            user_id=row["user_id"] or "",
            lifecycle=row["lifecycle_stage"] or ACTIVE,
            deleted_ms=row["deleted_time"],
            location=row["artifact_uri"] or "",
            params=texts[0],
            tags=texts[1],
            inputs=tuple(inputs.get(id_, ())),
            models_in=tuple(model for model, _ in models.get((id_, "RUN_INPUT"), ())),
            models_out=tuple(models.get((id_, "RUN_OUTPUT"), ())),
        )

    def _texts(self, table: str, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for row in self._tables.rows_among(table, "run_uuid", ids):
            found.setdefault(row["run_uuid"], {})[row["key"]] = row["value"] or ""
        return found

    def _inputs(self, ids: Sequence[str]) -> dict[str, list[MovedInput]]:
        links = [
            row
            for row in self._tables.rows_among("inputs", "destination_id", ids, destination_type="RUN")
            if row["source_type"] == "DATASET"
        ]
        if not links:
            return {}
        tags: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self._tables.rows_among("input_tags", "input_uuid", [link["input_uuid"] for link in links]):
            tags[row["input_uuid"]][row["name"]] = row["value"]
        uuids = sorted({link["source_id"] for link in links})
        datasets = {row["dataset_uuid"]: row for row in self._tables.rows_among("datasets", "dataset_uuid", uuids)}
        found: dict[str, list[MovedInput]] = defaultdict(list)
        for link in links:
            dataset = datasets.get(link["source_id"])
            if dataset is None:
                self._left_out.add("dataset", link["source_id"], f"of run {link['destination_id']} is not there")
                continue
            found[link["destination_id"]].append(
                MovedInput(
                    name=dataset["name"],
                    digest=dataset["digest"],
                    source_type=dataset["dataset_source_type"] or "",
                    source=dataset["dataset_source"] or "",
                    schema=dataset["dataset_schema"],
                    profile=dataset["dataset_profile"],
                    tags=dict(tags.get(link["input_uuid"], {})),
                )
            )
        return found

    def _models(self, ids: Sequence[str]) -> dict[tuple[str, str], list[tuple[str, int]]]:
        found: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for kind in ("RUN_INPUT", "RUN_OUTPUT"):
            for row in self._tables.rows_among("inputs", "source_id", ids, source_type=kind):
                found.setdefault((row["source_id"], kind), []).append((row["destination_id"], row["step"] or 0))
        return found
