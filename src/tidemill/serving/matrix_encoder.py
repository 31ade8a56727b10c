"""From decoded rows to the model's matrix, by the codes of its signature.

The same numbers as `Signature.matrix`, without an array for each column: for one row of 20 columns about 3
microseconds. That they are the same is checked with sample rows whenever a model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.models import Column

_MISSING = float("nan")


class MatrixEncoder:
    """Encodes rows that hold the model's inputs in the signature's order. Thread-safe.

    types: the request's type of each input, empty for one that comes from elsewhere. dtype: what the model wants.
    """

    def __init__(self, inputs: Sequence[Column], types: Sequence[str], dtype: type[np.floating[Any]]) -> None:
        self._dtype = dtype
        self._n_inputs = len(inputs)
        self._codes: list[tuple[int, Callable[[Any, float], float]]] = [
            (position, column.codes.get if type_ == "string" else _Spelled(column.codes))
            for position, (column, type_) in enumerate(zip(inputs, types, strict=True))
            if column.kind == "category"
        ]

    def encode(self, rows: Sequence[Sequence[Any]]) -> NDArray[Any]:
        """Return a matrix of shape (n, inputs); null and levels unknown from training become NaN."""
        coded = []
        for row in rows:
            line = list(row)
            for position, code in self._codes:
                line[position] = code(line[position], _MISSING)
            coded.append(line)
        return np.array(coded, dtype=self._dtype).reshape(len(rows), self._n_inputs)


class _Spelled:
    """Codes of levels that are no text in the request: looked up by their spelling."""

    def __init__(self, codes: dict[str, float]) -> None:
        self._codes = codes

    def __call__(self, value: Any, otherwise: float) -> float:
        return otherwise if value is None else self._codes.get(value if type(value) is str else str(value), otherwise)
