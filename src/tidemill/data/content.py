"""The digest of a table's content: equal rows in equal order have equal digests, however they are stored.

Parquet bytes would not do: they change with compression, with how the rows lie in memory, and with the library's
version, while the rows stay the same.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

import polars as pl


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def content_digest(frame: pl.DataFrame) -> str:
    """Return the digest of the column names, types, nulls and values, in order.

    >>> a = pl.DataFrame({"x": [1, None], "s": ["é", ""]})
    >>> content_digest(a) == content_digest(pl.concat([a[:1], a[1:]], rechunk=False))
    True
    >>> content_digest(a) == content_digest(a.reverse())
    False
    """
    hashed = hashlib.sha256(f"{frame.height}".encode())
    for column in frame.iter_columns():
        hashed.update(f"\n{column.name!r} {column.dtype!r}\n".encode())
        _add(column, hashed)
    return hashed.hexdigest()


def _add(column: pl.Series, hashed: _Hash) -> None:
    whole = column.null_count() == 0  # known without looking; most columns are, and each operation costs
    hashed.update(bytes(len(column)) if whole else column.is_null().to_numpy().tobytes())
    dtype = column.dtype
    if dtype == pl.Null:
        return
    if dtype.is_nested():
        _add_nested(column, hashed)
    elif isinstance(dtype, pl.Categorical | pl.Enum):
        _add_text(column.cast(pl.String), hashed)
    elif dtype == pl.Binary:
        _add_text(column.bin.encode("base64"), hashed)
    elif dtype == pl.String:
        _add_text(column, hashed)
    elif dtype.is_decimal() or dtype in {pl.Int128, pl.UInt128}:  # NumPy has no such numbers
        _add_text(column.cast(pl.String), hashed)
    else:
        _add_numbers(column, hashed)


def _add_numbers(column: pl.Series, hashed: _Hash) -> None:
    plain = column.to_physical() if column.dtype.is_temporal() else column
    if plain.null_count():
        plain = plain.fill_null(value=False) if plain.dtype == pl.Boolean else plain.fill_null(0)
    hashed.update(plain.to_numpy().tobytes())


def _add_text(column: pl.Series, hashed: _Hash) -> None:
    filled = column.fill_null("") if column.null_count() else column
    hashed.update(filled.str.len_bytes().to_numpy().tobytes())
    hashed.update((filled.str.join("").item() or "").encode())


def _add_nested(column: pl.Series, hashed: _Hash) -> None:
    if isinstance(column.dtype, pl.Struct):
        for name in column.struct.fields:
            _add(column.struct.field(name), hashed)
        return
    lists = column.arr.to_list() if isinstance(column.dtype, pl.Array) else column
    lengths = lists.list.len().fill_null(0)
    hashed.update(lengths.to_numpy().tobytes())
    _add(lists.filter(lengths > 0).explode(), hashed)
