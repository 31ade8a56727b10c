"""`log_model`: a trained estimator of a notebook or script becomes a registered version that can be served."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.access import Caller, local_caller
from tidemill.app import open_workspace
from tidemill.core import NotFoundError, UsageError, load_settings
from tidemill.models import ModelPackage, UnsupportedModelError, model_formats, package_model
from tidemill.models.outside import is_estimator, package_estimator
from tidemill.outside_models import Told, register_package
from tidemill.recording import current_run
from tidemill.registry import ModelVersion
from tidemill.run_facts import run_facts
from tidemill.workspace import Workspace

_MOST_EXAMPLES = 1000


def log_model(  # noqa: PLR0913 - keywords that read as a sentence
    model: object,
    *,
    name: str,
    example: Any,
    run_id: str | None = None,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    home: Path | str | None = None,
) -> ModelVersion:
    """Register a trained model as the next version of a model, ready to be served, and return it.

    model: a LightGBM model, or a scikit-learn estimator, which is kept as ONNX; of two classes or a regression.
    name: the registered model, made when there is none. example: rows it was trained on, at least one: a polars or
    pandas frame, or a list of dictionaries; they tell the columns, and the compiled form is compared on them.
    run_id: the run that made it, whose params, metrics and datasets are kept with it; the current one, when it logs to
    this store. home: the folder of the store, instead of the one that the settings name.

    Raises UnsupportedModelError for a model that is neither, UsageError for rows that are not the model's,
    UnavailableError when a library is not installed, NotFoundError for an unknown run.
    """
    here = Path()
    rows = example_frame(example)
    workspace = open_workspace(here, load_settings(here, home=Path(home).absolute() if home is not None else None))
    try:
        caller = local_caller(workspace.settings.project)
        told = _told_of_run(workspace, caller, run_id, description, dict(tags or {}))
        return register_package(workspace, caller, name, package_any(model, rows), told)
    finally:
        workspace.database.close()


def package_any(model: object, rows: pl.DataFrame) -> ModelPackage:
    """Package a model of any format; a scikit-learn estimator that no format takes becomes ONNX.

    Raises UnsupportedModelError, UsageError.
    """
    formats = model_formats()
    if type(model).__module__.partition(".")[0] == "xgboost" and not any(each.accepts(model) for each in formats):
        raise UnsupportedModelError(
            f"the {type(model).__name__} is a model of XGBoost, which is not read here: convert it by onnxmltools "
            "(convert_xgboost) and register the file, as by 'tidemill serve model.onnx'"
        )
    if is_estimator(model) and not any(each.accepts(model) for each in formats):
        text = [column for column, dtype in rows.schema.items() if not dtype.is_numeric() and dtype != pl.Boolean]
        if text:
            raise UsageError(
                f"the example holds what is no number in {', '.join(text)[:120]}; give the rows as the estimator takes "
                "them, encoded"
            )
        return package_estimator(model, rows.columns, rows.cast(pl.Float64).to_numpy())
    return package_model(model, rows, rows, formats)


def example_frame(example: Any) -> pl.DataFrame:
    """Return up to 1,000 example rows as a polars frame. Raises UsageError for what is no table, or an empty one."""
    try:
        rows = _frame(example)
    except (ValueError, TypeError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"the example is no table: {str(error).splitlines()[0][:200]}") from error
    if not len(rows) or not rows.columns:
        raise UsageError("the example has no rows; give at least one row that the model was trained on")
    return rows.head(_MOST_EXAMPLES)


def _frame(example: Any) -> pl.DataFrame:
    if isinstance(example, pl.DataFrame):
        return example
    if isinstance(example, Mapping):
        return pl.DataFrame([dict(example)] if not _holds_columns(example) else dict(example))
    if type(example).__module__.partition(".")[0] == "pandas":
        columns = {str(name): example[name].astype(object).tolist() for name in example.columns}
        return pl.DataFrame(columns, strict=False)
    found = pl.DataFrame(example)
    unnamed = [f"column_{at}" for at in range(found.width)]
    return (
        found.rename(dict(zip(unnamed, (f"input_{at}" for at in range(found.width)), strict=True)))
        if (found.columns == unnamed)
        else found
    )


def _holds_columns(example: Mapping[str, Any]) -> bool:
    return any(isinstance(value, list | tuple | pl.Series) for value in example.values())


def _told_of_run(rooms: Workspace, caller: Caller, run_id: str | None, description: str, tags: dict[str, str]) -> Told:
    made_by = run_id or _current(rooms, caller)
    if not made_by:
        return Told(description=description, tags=tags)
    made_by = rooms.tracking.get_run(caller, made_by).run.id
    facts = run_facts(rooms, caller, made_by)
    return Told(source=f"runs:/{made_by}", run_id=made_by, description=description, tags=tags, facts=facts)


def _current(rooms: Workspace, caller: Caller) -> str:
    """Return the current run when it logs to this very store, once what it has logged is there; else nothing."""
    here = current_run()
    if here is None:
        return ""
    target = here.writer.target
    home, project = target.settings.home.absolute(), target.settings.project
    if target.url or (home, project) != (rooms.home, rooms.settings.project):
        return ""
    here.flush()
    with suppress(NotFoundError):
        return rooms.tracking.get_run(caller, here.id).run.id
    return ""
