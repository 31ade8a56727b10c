"""Which types a table's columns can have, and how given rows are made to fit them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tidemill.core import UsageError, not_found

#: As what the values of a type are stored that a table does not have.
_OTHER: Mapping[type[pl.DataType], pl.DataType] = {
    pl.UInt8: pl.Int16(),
    pl.UInt16: pl.Int32(),
    pl.UInt32: pl.Int64(),
    pl.Categorical: pl.String(),
    pl.Enum: pl.String(),
}
_ADVICE: Mapping[type[pl.DataType], str] = {
    pl.Datetime: "cast it to microseconds",
    pl.UInt64: "cast it to Int64 or to Decimal(20, 0)",
    pl.Null: "give it a type, since all its values are null",
    pl.Duration: "cast it to Int64",
    pl.Time: "cast it to Int64 or to text",
}
_MOST_DIGITS = 38
_PLAIN = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Float32, pl.Float64, pl.String, pl.Boolean, pl.Date, pl.Binary)
#: What can take the values of another type without losing any.
_WIDER: Mapping[type[pl.DataType], tuple[type[pl.DataType], ...]] = {
    pl.Int8: (pl.Int16, pl.Int32, pl.Int64),
    pl.Int16: (pl.Int32, pl.Int64),
    pl.Int32: (pl.Int64,),
    pl.Float32: (pl.Float64,),
}


@dataclass(frozen=True)
class Fitted:
    """Rows made to fit a table. columns: the table's afterwards; grown: whether some of these are new."""

    rows: pl.LazyFrame
    columns: Mapping[str, pl.DataType]
    grown: bool


def stored_columns(schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> dict[str, pl.DataType]:
    """Return the columns of a table for such rows. Raises UsageError for a type or a name that a table cannot have.

    >>> stored_columns({"n": pl.UInt8, "at": pl.Datetime("ms", "Europe/Berlin")})
    {'n': Int16, 'at': Datetime(time_unit='us', time_zone='UTC')}
    """
    folded: dict[str, str] = {}
    for name in schema:
        if not name or any(letter in name for letter in "\0\n\r"):
            raise UsageError(f"a column cannot be named {name!r}; give it a name of one line")
        if other := folded.get(name.lower()):
            raise UsageError(f"the columns {other!r} and {name!r} differ in case only, which tables do not; rename one")
        folded[name.lower()] = name
    return {name: _stored(name, instance(dtype)) for name, dtype in schema.items()}


def fit(rows: pl.LazyFrame, given: Mapping[str, pl.DataType], table: Mapping[str, pl.DataType]) -> Fitted:
    """Return rows with the table's columns and new ones after them, each of the type it is stored as.

    given: the columns of the rows. Raises UsageError for a column whose type is another than the table's.
    """
    given = {name: dtype for name, dtype in given.items() if not (dtype == pl.Null and name in table)}
    mine = stored_columns(given)
    for name, dtype in mine.items():
        if name in table and not _fits(dtype, table[name]):
            raise UsageError(
                f"the column {name!r} is {words(dtype)} in these rows and {words(table[name])} in the table; cast it"
            )
        alike = next((each for each in table if each.lower() == name.lower()), name)
        if name not in table and alike != name:
            raise UsageError(f"the column {name!r} is {alike!r} in the table; rename it")
    columns = {**table, **{name: dtype for name, dtype in mine.items() if name not in table}}
    cast = [
        pl.col(name).cast(dtype) if name in mine else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in columns.items()
    ]
    # Not by a select alone: of nothing but literals it makes one row, however many there are.
    return Fitted(rows.with_columns(cast).select(list(columns)), columns, len(columns) > len(table))


def checked_columns(wanted: tuple[str, ...], table: Mapping[str, pl.DataType]) -> tuple[str, ...]:
    """Return the wanted columns. Raises NotFoundError with the nearest name for one that a table lacks."""
    for name in wanted:
        if name not in table:
            raise not_found("column", name, table)
    return wanted


def several(what: str, given: Any) -> tuple[Any, ...]:
    """Return what was given in a row. Raises UsageError for a text, which would be taken letter by letter, and for one.

    >>> several("columns", ["a", "b"])
    ('a', 'b')
    """
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise UsageError(f"{what} are a list, and not {given!r:.80}; write [{given!r:.80}]")
    return tuple(given)


def values_of(name: str, dtype: pl.DataType, values: tuple[object, ...]) -> pl.Series:
    """Return values to be looked for in a column. Raises UsageError for values of another type."""
    if dtype.is_nested():
        raise UsageError(f"the column {name!r} is {words(dtype)}, by which rows cannot be chosen; choose another")
    try:
        found = pl.Series(name, values, strict=True) if values else pl.Series(name, [], dtype)
        if isinstance(found.dtype, pl.Datetime) and isinstance(dtype, pl.Datetime):
            if (found.dtype.time_zone is None) != (dtype.time_zone is None):
                raise TypeError
        elif type(found.dtype) is not type(dtype) and found.dtype != pl.Null and not _alike(found.dtype, dtype):
            raise TypeError
        return found.cast(dtype, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"the column {name!r} is {words(dtype)}, and some of the values given are not") from error


def rows_with(column: str | Sequence[str], table: Mapping[str, pl.DataType], values: Sequence[object]) -> pl.Expr:
    """Return what is true of the rows that have one of these values in a column, or these tuples in several.

    Raises NotFoundError for a column that a table lacks, UsageError for values of another type.
    """
    asked = several("values", values)
    if isinstance(column, str):
        (name,) = checked_columns((column,), table)
        return pl.col(name).is_in(values_of(name, table[name], asked).implode(), nulls_equal=True)
    names = checked_columns(tuple(column), table)
    rows = [tuple(value) if isinstance(value, list | tuple) else () for value in asked]
    if not names or any(len(row) != len(names) for row in rows):
        raise UsageError(f"a value for the columns {', '.join(names) or '(none)'} is a tuple of {len(names)} values")
    found = pl.DataFrame(
        [values_of(name, table[name], tuple(row[at] for row in rows)) for at, name in enumerate(names)]
    )
    return pl.struct(names).is_in(found.to_struct("rows").implode(), nulls_equal=True)


def words(dtype: pl.DataType) -> str:
    """Return a type in words.

    >>> words(pl.List(pl.Datetime("us", "UTC")))
    "List(Datetime(time_unit='us', time_zone='UTC'))"
    """
    return str(dtype)


def _stored(name: str, dtype: pl.DataType) -> pl.DataType:
    if isinstance(dtype, _PLAIN) or (isinstance(dtype, pl.Decimal) and dtype.precision <= _MOST_DIGITS):
        return dtype
    if isinstance(dtype, pl.Datetime) and dtype.time_unit != "ns":
        return pl.Datetime("us", "UTC" if dtype.time_zone else None)
    if isinstance(dtype, pl.List | pl.Array):
        return pl.List(_stored(name, instance(dtype.inner)))
    if isinstance(dtype, pl.Struct) and dtype.fields:
        return pl.Struct({each.name: _stored(name, instance(each.dtype)) for each in dtype.fields})
    if other := _OTHER.get(type(dtype)):
        return other
    advice = _ADVICE.get(type(dtype), "cast it")
    raise UsageError(f"the column {name!r} is {words(dtype)}, which a table cannot hold; {advice}")


def instance(dtype: Any) -> pl.DataType:
    """Return a type that was given as its class, or as itself."""
    made = dtype() if isinstance(dtype, type) and issubclass(dtype, pl.DataType) else dtype
    if not isinstance(made, pl.DataType):
        raise UsageError(
            f"a column's type is one of polars, and not {dtype!r:.80}; write pl.Int64, pl.String or another"
        )
    return made


def _fits(dtype: pl.DataType, table: pl.DataType) -> bool:
    return dtype == table or type(table) in _WIDER.get(type(dtype), ())


def _alike(found: pl.DataType, dtype: pl.DataType) -> bool:
    """Tell whether values as Python has them can be those of a column."""
    numbers = found.is_integer() and dtype.is_numeric()
    return numbers or (found.is_float() and dtype.is_float())
