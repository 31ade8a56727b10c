"""Logged and registered models of an mlruns folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidemill.compat.mlflow_stores.fitting import model_named_by
from tidemill.compat.mlflow_stores.flat_yaml import read_flat_yaml
from tidemill.compat.mlflow_stores.folder_records import MODEL_STATUS, text_of, whole_of
from tidemill.compat.mlflow_stores.folder_texts import files_below, read_text, texts_below
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.records import ACTIVE, ModelMetric, MovedLoggedModel, MovedModel, MovedVersion
from tidemill.core import DamagedError

_META = "meta.yaml"
#: Of a version that is gone, whose number is not given again.
DELETED_STAGE = "Deleted_Internal"


def logged_models_in(experiment: Path, left_out: LeftOut) -> Iterator[MovedLoggedModel]:
    """Yield the logged models of an experiment's folder."""
    for folder in _folders(experiment / "models"):
        model = logged_model_in(folder, left_out)
        if model is not None:
            yield model


def logged_model_in(folder: Path, left_out: LeftOut) -> MovedLoggedModel | None:
    """Return the logged model of a folder; None, and a line, when it cannot be read."""
    meta = _meta(folder, "logged model", left_out)
    if meta is None:
        return None
    status = meta.get("status")
    return MovedLoggedModel(
        id=folder.name,
        experiment_id=folder.parent.parent.name,
        name=text_of(meta, "name"),
        status=MODEL_STATUS.get(status, "READY") if isinstance(status, int) else str(status or "READY"),
        model_type=text_of(meta, "model_type"),
        source_run_id=text_of(meta, "source_run_id"),
        status_message=text_of(meta, "status_message"),
        lifecycle=text_of(meta, "lifecycle_stage") or ACTIVE,
        created_ms=whole_of(meta, "creation_timestamp"),
        updated_ms=whole_of(meta, "last_updated_timestamp"),
        location=text_of(meta, "artifact_location"),
        params=dict(texts_below(folder / "params", left_out)),
        tags=dict(texts_below(folder / "tags", left_out)),
        metrics=tuple(_metrics(folder / "metrics", left_out)),
    )


def registered_models_in(folder: Path, left_out: LeftOut) -> Iterator[MovedModel]:
    """Yield the registered models of a registry's folder."""
    for each in _folders(folder):
        model = registered_model_in(each, left_out)
        if model is not None:
            yield model


def registered_model_in(model: Path, left_out: LeftOut) -> MovedModel | None:
    """Return the registered model of a folder; None, and a line, when it cannot be read."""
    meta = _meta(model, "registered model", left_out)
    if meta is None:
        return None
    return MovedModel(
        name=text_of(meta, "name") or model.name,
        description=text_of(meta, "description"),
        created_ms=whole_of(meta, "creation_timestamp"),
        updated_ms=whole_of(meta, "last_updated_timestamp"),
        tags=dict(texts_below(model / "tags", left_out)),
        aliases={
            alias: int(text) for alias, text in texts_below(model / "aliases", left_out) if text.strip().isdecimal()
        },
        versions=tuple(sorted(_versions(model, left_out), key=lambda version: version.version)),
    )


def _versions(model: Path, left_out: LeftOut) -> Iterator[MovedVersion]:
    for folder in _folders(model):
        number = folder.name.removeprefix("version-")
        if not folder.name.startswith("version-") or not number.isdecimal():
            continue
        meta = _meta(folder, "model version", left_out, name=f"{model.name}/{number}")
        if meta is not None and meta.get("current_stage") != DELETED_STAGE:
            yield MovedVersion(
                version=int(number),
                source=text_of(meta, "source"),
                run_id=text_of(meta, "run_id"),
                model_id=text_of(meta, "model_id") or model_named_by(text_of(meta, "source")),
                stage=text_of(meta, "current_stage") or "None",
                status=text_of(meta, "status") or "READY",
                status_message=text_of(meta, "status_message"),
                user_id=text_of(meta, "user_id"),
                description=text_of(meta, "description"),
                run_link=text_of(meta, "run_link"),
                created_ms=whole_of(meta, "creation_timestamp"),
                updated_ms=whole_of(meta, "last_updated_timestamp"),
                tags=dict(texts_below(folder / "tags", left_out)),
            )


def _metrics(folder: Path, left_out: LeftOut) -> Iterator[ModelMetric]:
    for key, path in files_below(folder):
        for line in read_text(path).splitlines():
            at, value, step, *of = line.split(" ")
            try:
                dataset = (" ".join(of[1:-1]), of[-1]) if len(of) > 2 else (None, None)
                yield ModelMetric(key, float(value), int(step), int(at), of[0] if of else "", *dataset)
            except ValueError:
                left_out.add("point", f"{key} of logged model {folder.parent.name}", f"{line[:60]!r} is no point")


def _meta(folder: Path, kind: str, left_out: LeftOut, name: str = "") -> dict[str, Any] | None:
    try:
        return read_flat_yaml(read_text(folder / _META))
    except (OSError, DamagedError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        left_out.add(kind, name or folder.name, f"its {_META} cannot be read: {why}")
        return None


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
