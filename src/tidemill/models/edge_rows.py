"""Edge rows: rows made to find where two forms of one model part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tidemill.models.signature import Column, Signature

EXTREMES = {
    "missing": np.nan,
    "infinite": np.inf,
    "minus infinite": -np.inf,
    "1e30": 1e30,
    "-1e30": -1e30,
    "zero": 0.0,
    "a half": 0.5,
    "minus one": -1.0,
    "nearly zero": 1e-36,
}
N_BASES = 4
N_SPLITS = 50

Row = tuple[str, NDArray[np.float64]]


def edge_rows(
    signature: Signature, rows: NDArray[np.float64], splits: Mapping[int, Sequence[float]]
) -> tuple[list[str], NDArray[np.float64]]:
    """Make edge rows from training rows: what each is, and a float64 matrix of shape (n, f).

    For each number column: missing, infinite, extreme, beyond the training range, and both neighbours of
    the model's own split points. For each category column: every level, missing and unseen (both are NaN). Last
    one row in which all is missing.

    rows: encoded training rows of shape (n, f), n >= 1; a few serve as bases.
    splits: split points by column index.
    """
    bases = rows[:: max(1, len(rows) // N_BASES)][:N_BASES]
    made: list[Row] = []
    for j, column in enumerate(signature.inputs):
        values = _levels(column) if column.kind == "category" else _numbers(rows[:, j], splits.get(j, ()))
        for k, (what, value) in enumerate(values):
            for base in bases if k < len(EXTREMES) else bases[:1]:
                row = base.copy()
                row[j] = value
                made.append((f"{column.name}: {what}", row))
    made.append(("every column missing", np.full(len(signature.inputs), np.nan)))
    return [what for what, _ in made], np.array([row for _, row in made])


def _levels(column: Column) -> list[tuple[str, float]]:
    levels = [(f"level {level!r}", code) for level, code in column.codes.items()]
    return [("missing or unseen", np.nan), *levels]


def _numbers(values: NDArray[np.float64], splits: Sequence[float]) -> list[tuple[str, float]]:
    probes = list(EXTREMES.items())
    finite = values[np.isfinite(values)]
    if len(finite):
        probes += [("below the range", float(finite.min()) - 1), ("above the range", float(finite.max()) + 1)]
    distinct = sorted(set(splits))
    for split in distinct[:: max(1, len(distinct) // N_SPLITS)][:N_SPLITS]:
        for value in (np.nextafter(split, -np.inf), split, np.nextafter(split, np.inf), float(np.float32(split))):
            probes.append((f"beside the split at {split:.9g}", float(value)))
    return probes
