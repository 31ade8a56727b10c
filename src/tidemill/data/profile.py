"""A profile: what the values of each column look like, small enough to travel with a model.

Numbers are kept as 257 quantiles and as counts between the deciles, text as counts of its levels. A profile holds no
row, and as much space for a hundred rows as for a billion.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.core import DamagedError, canonical_json

N_STEPS = 256
N_BINS = 10
MOST_LEVELS = 200
LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class NumberProfile:
    """The values of a column of numbers; booleans are 0 and 1, instants seconds since 1970, NaN is missing.

    n: rows, n_null of them missing. quantiles: the smallest value that i / 256 of the known ones do not exceed, for i
    from 0 to 256; empty when all are missing. edges: minimum, deciles and maximum, without repetition, after a value
    just below the minimum. counts: known values up to each edge and beyond the one before; the last is beyond the
    maximum, and 0 like the first. mean, std: None when they are none or too large for a number.
    """

    n: int
    n_null: int
    quantiles: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = (0,)
    mean: float | None = None
    std: float | None = None


@dataclass(frozen=True)
class CategoryProfile:
    """The values of a column of text: how often each level comes, at most 200 of them, most frequent first.

    n: rows, n_null of them missing. n_others: rows of further levels; n_levels: how many levels there are in all.
    """

    n: int
    n_null: int
    levels: dict[str, int] = field(default_factory=dict)
    n_others: int = 0
    n_levels: int = 0


ColumnProfile = NumberProfile | CategoryProfile


@dataclass(frozen=True)
class Profile:
    """The profile of a table: that of each column of numbers, text or time, by name. n: rows."""

    n: int
    columns: dict[str, ColumnProfile]

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {"n": self.n, "columns": {name: column_to_json(column) for name, column in self.columns.items()}}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Profile:
        """Read what `to_json` gave. Raises DamagedError."""
        try:
            columns = value["columns"].items()
            return cls(value["n"], {name: column_from_json(column) for name, column in columns})
        except (KeyError, AttributeError, TypeError) as error:
            raise _damaged(error) from error

    def to_bytes(self) -> bytes:
        """Write it as canonical JSON."""
        return canonical_json(self.to_json())

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Read what `to_bytes` wrote. Raises DamagedError."""
        try:
            return cls.from_json(json.loads(data))
        except ValueError as error:
            raise _damaged(error) from error


def profile(frame: pl.DataFrame, columns: Iterable[str] | None = None) -> Profile:
    """Profile the columns of a table, all of them by default. Lists, structs and other nested values are left out.

    >>> rows = pl.DataFrame({"hour": [7, 8, None], "carrier": ["AA", "UA", "AA"]})
    >>> found = profile(rows)
    >>> found.columns["hour"].mean, found.columns["carrier"].levels
    (7.5, {'AA': 2, 'UA': 1})
    """
    chosen = frame.columns if columns is None else columns
    profiled = {name: profile_column(frame[name]) for name in chosen}
    return Profile(frame.height, {name: column for name, column in profiled.items() if column is not None})


def profile_column(values: pl.Series) -> ColumnProfile | None:
    """Profile one column; None for a type that has no profile."""
    if is_text(values.dtype):
        return _categories(values)
    return profile_numbers(numbers(values)) if is_number(values.dtype) else None


def profile_numbers(values: NDArray[np.float64]) -> NumberProfile:
    """Profile an array of shape (n,); NaN is missing.

    >>> profile_numbers(np.array([3.0, 1.0, 2.0, np.nan])).quantiles[128]
    2.0
    """
    known = sorted_numbers(values)
    n, m = len(values), len(known)
    if not m:
        return NumberProfile(n, n)
    edges = _edges(known)
    counts = counts_between(edges, known)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = float(known.mean()), float(known.std())
    return NumberProfile(
        n=n,
        n_null=n - m,
        quantiles=tuple(known[_places(m, N_STEPS)].tolist()),
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        mean=mean if np.isfinite(mean) else None,
        std=std if np.isfinite(std) else None,
    )


def numbers(values: pl.Series) -> NDArray[np.float64]:
    """Return a column of numbers, booleans or instants as float64, what is missing or no number as NaN."""
    if isinstance(values.dtype, pl.Datetime | pl.Date):
        return values.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64).fill_null(np.nan).to_numpy() / 1e6
    if isinstance(values.dtype, pl.Duration):
        return values.dt.total_microseconds().cast(pl.Float64).fill_null(np.nan).to_numpy() / 1e6
    known = values if values.dtype == pl.Float64 else values.cast(pl.Float64, strict=False)
    return (known.fill_null(np.nan) if known.null_count() else known).to_numpy()


def sorted_numbers(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the known values in order; infinities become the largest numbers, which JSON can hold.

    >>> sorted_numbers(np.array([2.0, np.nan, 1.0])).tolist()
    [1.0, 2.0]
    """
    known = np.sort(values)  # NaN last
    known = known[: np.searchsorted(known, np.nan)]
    return np.clip(known, -LARGEST, LARGEST) if len(known) and not np.isfinite(known[[0, -1]]).all() else known


def counts_between(edges: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many sorted values lie up to each edge and beyond the one before, then those beyond the last.

    >>> counts_between(np.array([1.0, 2.0]), np.array([0.5, 1.0, 1.5, 3.0])).tolist()
    [2, 1, 1]
    """
    return np.diff(np.searchsorted(known, edges, side="right"), prepend=0, append=len(known))


def is_text(dtype: pl.DataType) -> bool:
    """Tell whether a column holds text."""
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def is_number(dtype: pl.DataType) -> bool:
    """Tell whether a column's values are numbers or can be placed on a line as numbers are."""
    return dtype.is_numeric() or isinstance(dtype, pl.Boolean | pl.Datetime | pl.Date | pl.Duration | pl.Null)


def column_to_json(column: ColumnProfile) -> dict[str, Any]:
    """Return JSON values of one column's profile."""
    kind = "number" if isinstance(column, NumberProfile) else "category"
    value = asdict(column)
    if isinstance(column, CategoryProfile):
        # Canonical JSON sorts keys, and the order of the levels is that of their counts.
        value["levels"] = [[level, count] for level, count in column.levels.items()]
    return {"kind": kind} | value


def column_from_json(value: Mapping[str, Any]) -> ColumnProfile:
    """Read what `column_to_json` gave. Raises DamagedError."""
    try:
        given = {name: each for name, each in value.items() if name != "kind"}
        if value["kind"] == "category":
            return CategoryProfile(**{**given, "levels": dict(given["levels"])})
        lists = {name: tuple(given[name]) for name in ("quantiles", "edges", "counts")}
        return NumberProfile(**{**given, **lists})
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise _damaged(error) from error


def _categories(values: pl.Series) -> CategoryProfile:
    counted = values.cast(pl.String).alias("level").drop_nulls().value_counts(name="count")
    counted = counted.sort(["count", "level"], descending=[True, False])
    kept = counted.head(MOST_LEVELS)
    levels = dict(zip(kept["level"].to_list(), kept["count"].to_list(), strict=True))
    n_known = len(values) - values.null_count()
    return CategoryProfile(len(values), values.null_count(), levels, n_known - sum(levels.values()), counted.height)


def _edges(known: NDArray[np.float64]) -> NDArray[np.float64]:
    deciles = known[_places(len(known), N_BINS)]
    with np.errstate(over="ignore"):
        below = max(-LARGEST, float(np.nextafter(deciles[0], -np.inf)))
    return np.unique(np.concatenate([[below], deciles]))


def _places(n: int, n_steps: int) -> NDArray[np.int64]:
    """Return where the quantiles 0, 1 / n_steps, ... 1 stand among n sorted values."""
    steps = np.arange(n_steps + 1, dtype=np.int64)
    return np.maximum(-(-steps * n // n_steps) - 1, 0)


def _damaged(error: Exception) -> DamagedError:
    return DamagedError(f"This is not a profile ({type(error).__name__}: {error}): profile the table again.")
