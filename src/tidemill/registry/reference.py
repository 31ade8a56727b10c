"""The reference of a model: what its inputs and answers looked like when it was made. It travels in its package.

Monitoring holds each window against it, without the rows that the model learnt from.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.core import DamagedError, canonical_json
from tidemill.data import (
    ColumnProfile,
    NumberProfile,
    Profile,
    bin_codes,
    column_from_json,
    column_to_json,
    n_bins,
    number_codes,
    profile_column,
    profile_numbers,
    psi,
)
from tidemill.features import TrainingSet
from tidemill.models import REFERENCE_FILE, ModelPackage, Predictor, predict_frame

#: A week counts when it has so many rows, and from its first to its last row such a share of the longest week.
LEAST_WEEK_ROWS = 100
WHOLE = 0.9
_WEEK_US = 7 * 86_400 * 1_000_000
_FORMAT = 1
_THREADS = 2


@dataclass(frozen=True)
class Reference:
    """What monitoring compares with.

    inputs: the profile of the model's inputs, of the rows with a label that it learnt from. label_mean: the mean of
    their label, for two classes the share of 1. answers: the profile of its own answers on the holdout.
    usual_psi, usual_answer_psi: the largest PSI among these rows' own weeks against all of them, by input and of the
    answers; None when fewer than two whole weeks have 100 rows each.
    """

    inputs: Profile
    answers: NumberProfile
    label_mean: float
    usual_psi: dict[str, float | None] = field(default_factory=dict)
    usual_answer_psi: float | None = None

    def to_json(self) -> bytes:
        """Write it as canonical JSON."""
        return canonical_json(
            {
                "format": _FORMAT,
                "inputs": self.inputs.to_json(),
                "answers": column_to_json(self.answers),
                "label_mean": self.label_mean,
                "usual_psi": self.usual_psi,
                "usual_answer_psi": self.usual_answer_psi,
            }
        )

    @classmethod
    def from_json(cls, data: bytes) -> Reference:
        """Read what `to_json` wrote. Raises DamagedError when it is something else."""
        try:
            record: dict[str, Any] = json.loads(data)
            answers = column_from_json(record["answers"])
            if record.pop("format") != _FORMAT or not isinstance(answers, NumberProfile):
                raise ValueError("another format")
            return cls(**{**record, "inputs": Profile.from_json(record["inputs"]), "answers": answers})
        except (ValueError, TypeError, KeyError, AttributeError, DamagedError) as error:
            raise DamagedError(
                f"reference.json is not a reference ({type(error).__name__}: {error}): restore the model package from "
                f"its source or package the model again."
            ) from error


def reference_of(package: ModelPackage) -> Reference | None:
    """Return the reference that a package holds, None for one made before there were any. Raises DamagedError."""
    data = package.files.get(REFERENCE_FILE)
    return None if data is None else Reference.from_json(data)


def build_reference(predictor: Predictor, fit: TrainingSet, holdout: TrainingSet) -> Reference:
    """Return the reference of a packaged model: of the rows it learnt from, and of its answers on the holdout."""
    known = fit.labelled()
    weeks = _weeks(known)

    def of_column(name: str) -> tuple[ColumnProfile | None, float | None]:
        found = profile_column(known.frame[name])
        return found, None if found is None else _usual_of(found, known.frame[name], weeks)

    names = [column.name for column in predictor.signature.inputs]
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="reference") as threads:  # sorting holds no lock
        columns = dict(zip(names, threads.map(of_column, names), strict=True))
    given = np.asarray(predict_frame(predictor, holdout.x), dtype=np.float64)
    answers = profile_numbers(given)
    return Reference(
        inputs=Profile(len(known), {name: found for name, (found, _) in columns.items() if found is not None}),
        answers=answers,
        label_mean=float(known.y.mean()),
        usual_psi={name: usual for name, (found, usual) in columns.items() if found is not None},
        usual_answer_psi=_usual(answers, number_codes(answers, given), _weeks(holdout)),
    )


def _usual_of(column: ColumnProfile, values: pl.Series, weeks: NDArray[np.intp]) -> float | None:
    return _usual(column, bin_codes(column, values), weeks)


def _usual(column: ColumnProfile, codes: NDArray[np.intp], weeks: NDArray[np.intp]) -> float | None:
    """Return the largest PSI of a week against all weeks."""
    k = n_bins(column)
    n_weeks = int(weeks.max()) + 1 if len(weeks) else 0
    of_week = weeks >= 0
    counts = np.bincount(weeks[of_week] * k + codes[of_week], minlength=n_weeks * k).reshape(n_weeks, k)
    every = np.bincount(codes, minlength=k)
    found = [psi(every, week) for week in counts if week.sum() >= LEAST_WEEK_ROWS]
    return max(found) if len(found) > 1 else None


def _weeks(rows: TrainingSet) -> NDArray[np.intp]:
    """Return the number of each row's week, counted back from the newest row, and -1 where a week is cut off.

    A week that lacks a day or more at either end is not one that a whole week could be held against.
    """
    at = rows.frame.select(at=pl.col(rows.event_time).cast(pl.Datetime("us"))).lazy()
    ago = pl.col("at").max() - pl.col("at")
    numbers = at.with_columns(week=(ago.dt.total_microseconds() // _WEEK_US))
    span = (pl.col("at").max() - pl.col("at").min()).over("week")
    whole = span >= WHOLE * span.max()
    return numbers.select(pl.when(whole).then("week").otherwise(-1)).collect().to_series().to_numpy().astype(np.intp)
