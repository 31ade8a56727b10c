"""A signature: which columns a model takes, how they become numbers, and what comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tidemill.core import DamagedError, UsageError, canonical_json, did_you_mean

Kind = Literal["number", "category"]
Task = Literal["binary", "regression"]
MISSING = float("nan")


class Values(Protocol):
    """The values of one column: a list, an array, or a polars Series."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, index: Any, /) -> Any: ...


@dataclass(frozen=True)
class Column:
    """One input column.

    kind: ``number`` (also booleans) or ``category`` (text, or another value with a short spelling).
    levels: the categories known from training; the position of a level is its code.
    nullable: whether a null may be given; it becomes NaN, as does a level unknown from training.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()
    nullable: bool = True

    @cached_property
    def codes(self) -> dict[str, float]:
        """Level to code, for encoding by look-up: ``codes.get(value, nan)``.

        >>> Column("carrier", "category", ("AA", "UA")).codes
        {'AA': 0.0, 'UA': 1.0}
        """
        return {level: float(code) for code, level in enumerate(self.levels)}

    def encode(self, values: Values) -> NDArray[np.float64]:
        """Return the values as float64 of shape (n,). Raises UsageError for what is not of this kind."""
        return self._encode_categories(values) if self.kind == "category" else self._encode_numbers(values)

    def _encode_categories(self, values: Values) -> NDArray[np.float64]:
        codes = self.codes
        return np.array(
            [codes.get(v if type(v) is str else str(v), MISSING) if v is not None else MISSING for v in values],
            dtype=np.float64,
        )

    def _encode_numbers(self, values: Values) -> NDArray[np.float64]:
        try:
            array = np.asarray(values)
            if array.ndim != 1 or array.dtype.kind not in "biufO":
                raise self._not_a_number(values[0])
            if array.dtype.kind == "O":  # nulls among the numbers
                for value in values:
                    if isinstance(value, str | bytes):
                        raise self._not_a_number(value)
            return np.asarray(array, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            raise self._not_a_number(next(v for v in values if not _is_number(v))) from None

    def _not_a_number(self, value: object) -> UsageError:
        return UsageError(
            f"Column {self.name!r} holds {value!r} ({type(value).__name__}): numbers, booleans and nulls "
            f"are allowed. Convert the column before predicting."
        )


def _is_number(value: object) -> bool:
    try:
        return np.asarray(value, dtype=np.float64).ndim == 0
    except (TypeError, ValueError, OverflowError):
        return False


@dataclass(frozen=True)
class Signature:
    """What a model takes and gives.

    inputs: the columns in the order of the matrix's columns.
    task: ``binary`` (the output is the probability of the second class) or ``regression``.
    output: the name of the predicted value.
    flavour: the name of the model format that wrote the native file.
    """

    inputs: tuple[Column, ...]
    task: Task
    output: str
    flavour: str = ""

    def matrix(self, columns: Mapping[str, Values], dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Encode columns into a matrix of shape (n, number of inputs).

        Categories become their code, numbers themselves; null and unknown levels become NaN. Columns that are
        not inputs are ignored. Numbers too large for `dtype` become infinite.

        Raises UsageError for a missing column, columns of different lengths, or text in a number column.

        >>> signature = Signature((Column("carrier", "category", ("AA", "UA")), Column("hour", "number")),
        ...                       "binary", "late")
        >>> signature.matrix({"carrier": ["UA", "ZZ"], "hour": [7, None]}).tolist()
        [[1.0, 7.0], [nan, nan]]
        """
        encoded = [column.encode(self._values(columns, column.name)) for column in self.inputs]
        n = len(encoded[0]) if encoded else 0
        matrix = np.empty((n, len(encoded)), dtype=dtype)
        with np.errstate(over="ignore"):
            for j, values in enumerate(encoded):
                if len(values) != n:
                    raise UsageError(
                        f"Column {self.inputs[j].name!r} has {len(values)} values and {self.inputs[0].name!r} "
                        f"has {n}: give columns of one length."
                    )
                matrix[:, j] = values
        return matrix

    def _values(self, columns: Mapping[str, Values], name: str) -> Values:
        try:
            return columns[name]
        except KeyError:
            raise UsageError(
                f"Column {name!r} is missing.{did_you_mean(name, columns)} The model takes: "
                f"{', '.join(column.name for column in self.inputs)}."
            ) from None

    def to_json(self) -> bytes:
        """Write the signature as canonical JSON."""
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, data: bytes) -> Signature:
        """Read what `to_json` wrote. Raises DamagedError when it is something else."""
        try:
            record = json.loads(data)
            inputs = tuple(Column(**{**c, "levels": tuple(c["levels"])}) for c in record.pop("inputs"))
            return cls(inputs=inputs, **record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedError(
                f"signature.json is not a signature ({type(error).__name__}: {error}): "
                f"restore the model package from its source or package the model again."
            ) from error
