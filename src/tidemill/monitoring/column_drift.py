"""Drift: the inputs and answers of a window beside what the model learnt from and answered when it was made.

A column counts as drifted when its PSI reaches what the monitor declares, exceeds what the training rows' own weeks
reached, and exceeds what chance alone gives with so few rows: the weather of a week is never that of the whole year.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import polars as pl

from tidemill.data import (
    ColumnProfile,
    NumberProfile,
    bin_counts,
    chance_psi,
    numbers,
    psi,
    reference_counts,
    sorted_counts,
    sorted_numbers,
)
from tidemill.monitoring.ks import ks_distance
from tidemill.monitoring.monitor import Drift
from tidemill.monitoring.records import ColumnDrift, DriftResult, DriftVerdict, Role
from tidemill.registry import Reference

ANSWER = "answer"


class ServedColumns(NamedTuple):
    """What a window holds: the model's inputs by name, all rows; and the answers of the version that is judged."""

    inputs: pl.DataFrame
    answers: pl.Series


class _Before(NamedTuple):
    """One column of the reference."""

    name: str
    role: Role
    profile: ColumnProfile
    usual: float | None


def measure_drift(
    served: ServedColumns, reference: Reference | None, monitor: Drift
) -> tuple[DriftVerdict, DriftResult]:
    """Compare a window with the reference of the version that answered it.

    Without a reference, or with too few rows, there is a verdict and no column.
    """
    n_rows = served.inputs.height
    nothing = DriftResult(psi=monitor.psi, min_columns=monitor.min_columns)
    if not n_rows:
        return "no rows", nothing
    if reference is None:
        reason = "its package was made before references were kept; the next one will hold one"
        return "no reference", replace(nothing, reason=reason)
    if n_rows < monitor.min_rows:
        return "too few rows", replace(nothing, reason=f"{n_rows:,} rows, and {monitor.min_rows:,} are needed")
    result = compare(served, reference, monitor)
    return ("drifted" if result.n_drifted >= monitor.min_columns else "steady"), result


def compare(served: ServedColumns, reference: Reference, monitor: Drift) -> DriftResult:
    """Return how far each column lies from the reference, the furthest beyond its limit first."""
    columns = [
        _input(_Before(name, "input", column, reference.usual_psi.get(name)), served.inputs, monitor.psi)
        for name, column in reference.inputs.columns.items()
    ]
    answers = _Before(ANSWER, "answer", reference.answers, reference.usual_answer_psi)
    columns.append(_column(answers, served.answers, monitor.psi))
    columns.sort(key=lambda column: (not column.drifted, -(column.psi or 0.0) / column.limit))
    return DriftResult(tuple(columns), monitor.psi, monitor.min_columns)


def _input(before: _Before, inputs: pl.DataFrame, limit: float) -> ColumnDrift:
    if before.name in inputs.columns:
        return _column(before, inputs[before.name], limit)
    then = before.profile
    return ColumnDrift(
        before.name, "input", None, limit, before.usual, None, 1.0, _ratio(then.n_null, then.n), drifted=False
    )


def _column(before: _Before, values: pl.Series, limit: float) -> ColumnDrift:
    then = reference_counts(before.profile)
    if isinstance(before.profile, NumberProfile):
        known = sorted_numbers(numbers(values))
        now, ks = sorted_counts(before.profile, known, len(values)), ks_distance(before.profile, known)
    else:
        now, ks = bin_counts(before.profile, values), None
    found, chance = psi(then, now), chance_psi(then, now)
    return ColumnDrift(
        column=before.name,
        role=before.role,
        psi=found,
        limit=max(limit, before.usual or 0.0, chance),
        usual=before.usual,
        ks=ks,
        null_ratio=_ratio(int(now[-1]), len(values)),
        null_ratio_before=_ratio(before.profile.n_null, before.profile.n),
        drifted=found >= limit and found > (before.usual or 0.0) and found > chance,
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
