"""Evaluating: a model's predictions against the labels that came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.core import did_you_mean
from tidemill.evaluation.curves import calibration_bins, roc_points
from tidemill.evaluation.errors import EvaluationError
from tidemill.evaluation.metrics import Task, measure
from tidemill.evaluation.report import EvaluationReport, SliceMetrics
from tidemill.features import TrainingSet

MAX_SLICES = 50
OTHERS = "(all others)"
MISSING = "(missing)"


def evaluate(
    predict: Callable[[pl.DataFrame], NDArray[np.float64]],
    rows: TrainingSet,
    slices: Sequence[str] = (),
    task: Task | None = None,
    threshold: float = 0.5,
) -> EvaluationReport:
    """Judge predictions on the rows that have a label; the others are counted.

    predict: from inputs (n, f) to one prediction per row: of a binary task the probability of 1.
    slices: columns of the rows by whose values the metrics are also given, the 50 most frequent each.
    task: what the model does; by default binary when every label is 0 or 1, regression otherwise.
    threshold: at which accuracy, precision and recall are taken.

    Raises EvaluationError for an unknown slice column, labels that are not those of the task, predictions that are not
    one finite number per row, and probabilities outside of 0 to 1; TrainingSetError for a label that is no number.
    """
    labelled = rows.labelled()
    for column in slices:
        if column not in rows.frame.columns:
            raise EvaluationError(
                f"There is no column {column!r} to slice by.{did_you_mean(column, rows.frame.columns)} "
                f"There is: {', '.join(rows.frame.columns)}."
            )
    y = np.asarray(labelled.y, dtype=np.float64)
    kind = task or _task(y)
    if kind == "binary":
        _require_two_classes(labelled, y)
    p = _predictions(predict, labelled, kind)
    whole = measure(y, p, kind, threshold)
    return EvaluationReport(
        task=kind,
        metrics=whole.estimates,
        undefined=whole.undefined if len(y) else dict.fromkeys(whole.undefined, _no_labels(rows)),
        slices=tuple(
            _slice(column, value, (y[rows_of], p[rows_of]), (kind, threshold))
            for column in slices
            for value, rows_of in _groups(labelled.frame[column])
        ),
        n_rows=len(y),
        n_unlabelled=len(rows) - len(y),
        window=_window(labelled),
        threshold=threshold,
        roc=roc_points(y, p) if kind == "binary" else (),
        calibration=calibration_bins(y, p, kind),
    )


def _task(y: NDArray[np.float64]) -> Task:
    return "binary" if np.isin(y, (0.0, 1.0)).all() else "regression"


def _require_two_classes(rows: TrainingSet, y: NDArray[np.float64]) -> None:
    if np.isin(y, (0.0, 1.0)).all():
        return
    held = rows.frame[rows.label].unique().sort().to_list()
    shown = ", ".join(map(str, held[:5])) + (f" and {len(held) - 5} more" if len(held) > 5 else "")
    raise EvaluationError(
        f"The model tells two classes apart, and the label {rows.label!r} holds {shown}: allowed are true and false, "
        f"or 1 and 0. Make it boolean, for instance pl.col({rows.label!r}) == {held[-1]!r}, or train a regression."
    )


def _no_labels(rows: TrainingSet) -> str:
    if not len(rows):
        return "there are no rows"
    return f"there are no rows with a label: {rows.label!r} is null in all {len(rows):,} rows"


def _predictions(
    predict: Callable[[pl.DataFrame], NDArray[np.float64]], rows: TrainingSet, task: Task
) -> NDArray[np.float64]:
    if not len(rows):
        return np.zeros(0)
    p = np.asarray(predict(rows.x), dtype=np.float64)
    if p.shape != (len(rows),):
        raise EvaluationError(
            f"The model gave an array of shape {p.shape} for {len(rows)} rows: one number each is due."
        )
    wrong = ~np.isfinite(p)
    if wrong.any():
        first = rows.frame[rows.key][int(np.argmax(wrong))]
        raise EvaluationError(
            f"The model gave no finite number for {int(wrong.sum())} of {len(rows)} rows, the first with "
            f"{rows.key} {first!r}: it cannot be judged."
        )
    if task == "binary" and (p.min() < 0 or p.max() > 1):
        raise EvaluationError(
            f"The model gave {float(p.min()):g} to {float(p.max()):g} where the labels are 0 and 1: return the "
            f"probability of 1, or say task='regression'."
        )
    return p


def _groups(column: pl.Series) -> list[tuple[str, NDArray[Any]]]:
    """Return the values as text with the rows of each, most frequent first."""
    text = column.cast(pl.String).fill_null(MISSING).alias("value")
    counts = text.value_counts().sort(["count", "value"], descending=[True, False])
    values = counts["value"].to_list()
    kept = values if len(values) <= MAX_SLICES else values[: MAX_SLICES - 1]
    groups = [(value, (text == value).to_numpy()) for value in kept]
    if len(kept) < len(values):
        groups.append((OTHERS, ~text.is_in(kept).to_numpy()))
    return groups


def _slice(
    column: str,
    value: str,
    pair: tuple[NDArray[np.float64], NDArray[np.float64]],
    how: tuple[Task, float],
) -> SliceMetrics:
    found = measure(*pair, *how)
    return SliceMetrics(column, value, len(pair[0]), found.estimates, found.undefined)


def _window(rows: TrainingSet) -> tuple[datetime, datetime] | None:
    at = rows.frame[rows.event_time].drop_nulls()
    if not len(at):
        return None
    first, last = (at.cast(pl.Datetime("us", getattr(at.dtype, "time_zone", None))).sort()[i] for i in (0, -1))
    return _aware(first), _aware(last)


def _aware(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
