"""What a training set's columns may be: inputs, label, and the keys by which rows are named and looked up."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tidemill.core import UsageError
from tidemill.features.errors import TrainingSetError
from tidemill.features.request_columns import column_type
from tidemill.models import check_input_names

ALLOWED_INPUTS = "inputs are text, booleans, and whole numbers and floats up to 64 bits"


def require_inputs(frame: pl.DataFrame, inputs: Sequence[str]) -> None:
    """Raise TrainingSetError for an input that no model can see, by its type or its name."""
    try:
        check_input_names(inputs)
    except UsageError as error:
        raise TrainingSetError(str(error)) from error
    for column in inputs:
        dtype = frame.schema[column]
        if column_type(str(dtype)) in {None, "timestamp"}:
            advice = _cast(column, dtype) or "derive such columns from it"
            raise TrainingSetError(
                f"the model cannot see {column!r}: it is {_short(dtype)}, and {ALLOWED_INPUTS}; "
                f"{advice} in the cleaning function or the feature view"
            )


def require_keys(frame: pl.DataFrame, key: str, lookups: Sequence[str]) -> None:
    """Raise TrainingSetError for a key that names no row, or one of `lookups` that a request cannot bring."""
    for column in dict.fromkeys([key, *lookups]):
        dtype = frame.schema[column]
        if column_type(str(dtype)) is None and (dtype != pl.Date or column in lookups):
            raise TrainingSetError(
                f"the key {column!r} is {_short(dtype)}, and keys are text, numbers up to 64 bits, booleans or "
                f"datetimes; make it text in the cleaning function, for instance pl.col({column!r}).cast(pl.String)"
            )


def require_label_type(label: pl.Series) -> None:
    """Raise TrainingSetError for a label that is neither true or false nor a number."""
    dtype = label.dtype
    if column_type(str(dtype)) in {"boolean", "integer", "number"} or label.null_count() == len(label) > 0:
        return
    values = label.drop_nulls().unique(maintain_order=True).cast(pl.String).to_list() if _is_text(dtype) else []
    holds = f" ({', '.join(repr(value[:30]) for value in values[:3])}{', ...' if len(values) > 3 else ''})"
    example = repr(values[0][:30]) if values else "1"
    advice = _cast(label.name, dtype) or f"make it boolean, for instance pl.col({label.name!r}) == {example}"
    raise TrainingSetError(
        f"the label {label.name!r} is {_short(dtype)}{holds if values else ''}, and labels are true or false, or "
        f"numbers up to 64 bits; {advice}"
    )


def require_label(label: pl.Series, rows: str) -> None:
    """Raise TrainingSetError for a label from which nothing can be learnt on these rows."""
    require_label_type(label)
    known = label.drop_nulls()
    if not len(known):
        raise TrainingSetError(f"no row has a label: {label.name!r} is null in all {len(label):,} {rows}")
    if known.dtype.is_float() and not known.is_finite().all():
        n_wrong = len(known) - int(known.is_finite().sum())
        raise TrainingSetError(
            f"the label {label.name!r} is NaN or infinite in {n_wrong:,} {rows}; make it null where there is none, "
            f"for instance with pl.col({label.name!r}).fill_nan(None)"
        )
    if known.n_unique() == 1 and len(known) > 1:
        raise TrainingSetError(
            f"the label {label.name!r} is {_written(known[0])} in all {len(known):,} {rows} that have one: there is "
            "nothing to tell apart; take rows of both classes, such as a longer stretch of time"
        )


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def _cast(column: str, dtype: pl.DataType) -> str:
    """Say how a number of another width becomes one that can be used; empty for what is no number."""
    return f"make it a float with pl.col({column!r}).cast(pl.Float64)" if dtype.is_numeric() else ""


def _short(dtype: pl.DataType) -> str:
    text = str(dtype)
    return text if len(text) <= 60 else text[:57] + "..."


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
