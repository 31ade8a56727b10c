"""Logged and registered models of an MLflow database."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tidemill.compat.mlflow_stores.database_tables import Tables
from tidemill.compat.mlflow_stores.fitting import model_named_by
from tidemill.compat.mlflow_stores.folder_records import MODEL_STATUS
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.records import ACTIVE, ModelMetric, MovedLoggedModel, MovedModel, MovedVersion


def logged_models_in(tables: Tables, **where: Any) -> Iterator[MovedLoggedModel]:
    """Yield the logged models whose columns have some values."""
    for row in list(tables.rows("logged_models", order=["model_id"], **where)):
        id_ = row["model_id"]
        yield MovedLoggedModel(
            id=id_,
            experiment_id=str(row["experiment_id"]),
            name=row["name"],
            status=MODEL_STATUS.get(row["status"], "READY"),
            model_type=row["model_type"] or "",
            source_run_id=row["source_run_id"] or "",
            status_message=row["status_message"] or "",
            lifecycle=row["lifecycle_stage"] or ACTIVE,
            created_ms=row["creation_timestamp_ms"],
            updated_ms=row["last_updated_timestamp_ms"],
            location=row["artifact_location"] or "",
            params={
                each["param_key"]: each["param_value"] for each in tables.rows("logged_model_params", model_id=id_)
            },
            tags={each["tag_key"]: each["tag_value"] for each in tables.rows("logged_model_tags", model_id=id_)},
            metrics=tuple(_metric(each) for each in tables.rows("logged_model_metrics", model_id=id_)),
        )


def registered_models_in(tables: Tables, left_out: LeftOut, **of: Any) -> Iterator[MovedModel]:
    """Yield the registered models whose columns have some values; of two workspaces' models of one name the first."""
    known: set[str] = set()
    for row in list(tables.rows("registered_models", order=["name"], **of)):
        name, workspace = row["name"], row["workspace"]
        if name in known:
            left_out.add("registered model", name, f"of workspace {workspace!r}: another workspace has this name too")
            continue
        known.add(name)
        where = {"name": name} if workspace is None else {"name": name, "workspace": workspace}
        tags: dict[int, dict[str, str]] = defaultdict(dict)
        for tag in tables.rows("model_version_tags", **where):
            tags[tag["version"]][tag["key"]] = tag["value"] or ""
        yield MovedModel(
            name=name,
            description=row["description"] or "",
            created_ms=row["creation_time"],
            updated_ms=row["last_updated_time"],
            tags={tag["key"]: tag["value"] or "" for tag in tables.rows("registered_model_tags", **where)},
            aliases={alias["alias"]: alias["version"] for alias in tables.rows("registered_model_aliases", **where)},
            versions=tuple(
                _version(version, tags.get(version["version"], {}))
                for version in tables.rows("model_versions", order=["version"], **where)
                if version["current_stage"] != "Deleted_Internal"
            ),
        )


def _version(row: Mapping[str, Any], tags: dict[str, str]) -> MovedVersion:
    source = row["source"] or ""
    return MovedVersion(
        version=row["version"],
        source=source,
        run_id=row["run_id"] or "",
        model_id=model_named_by(source),
        stage=row["current_stage"] or "None",
        status=row["status"] or "READY",
        status_message=row["status_message"] or "",
        user_id=row["user_id"] or "",
        description=row["description"] or "",
        run_link=row["run_link"] or "",
        created_ms=row["creation_time"],
        updated_ms=row["last_updated_time"],
        tags=tags,
    )


def _metric(row: Mapping[str, Any]) -> ModelMetric:
    value = row["metric_value"]
    return ModelMetric(
        key=row["metric_name"],
        value=math.nan if value is None else float(value),
        step=row["metric_step"],
        at=row["metric_timestamp_ms"],
        run_id=row["run_id"],
        dataset_name=row["dataset_name"],
        dataset_digest=row["dataset_digest"],
    )
