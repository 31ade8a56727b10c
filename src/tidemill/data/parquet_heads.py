"""The head of a Parquet file from anywhere: its columns and first rows."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

import polars as pl

from tidemill.core import UsageError


@dataclass(frozen=True)
class ParquetHead:
    """Columns with their types, the first rows, and how many there are in all."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    n_rows: int


def parquet_head(stream: BinaryIO, n_rows: int = 50, n_columns: int = 40) -> ParquetHead:
    """Return the head of a Parquet file. Raises UsageError for what is none.

    >>> file = io.BytesIO()
    >>> pl.DataFrame({"a": [1, 2, 3]}).write_parquet(file)
    >>> _ = file.seek(0)
    >>> parquet_head(file, n_rows=1)
    ParquetHead(columns=('a (Int64)',), rows=((1,),), n_rows=3)
    """
    data = io.BytesIO(stream.read())
    try:
        schema = pl.read_parquet_schema(data)
        data.seek(0)
        count = int(pl.scan_parquet(data).select(pl.len()).collect().item())
        data.seek(0)
        frame = pl.read_parquet(data, columns=list(schema)[:n_columns], n_rows=n_rows)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise UsageError(f"it cannot be read as Parquet: {str(error).splitlines()[0][:200]}") from error
    return ParquetHead(tuple(f"{name} ({schema[name]})" for name in frame.columns), tuple(frame.iter_rows()), count)
