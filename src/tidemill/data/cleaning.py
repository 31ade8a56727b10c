"""From one raw file to one clean table: the cleaning function applied, key and event time as they must be."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from tidemill.core import TidemillError, did_you_mean
from tidemill.data.errors import IngestError
from tidemill.data.reading import scan_file, stamp
from tidemill.data.source import Source

EVENT_TIME = pl.Datetime("us", "UTC")


def clean_file(source: Source, path: Path) -> pl.DataFrame:
    """Read a file, clean it, and give the event time as an aware UTC instant.

    Raises IngestError when the file is not a table, is empty, changes while it is read, when the cleaning function
    fails on it, or when key or event time are missing or null.
    """
    before = stamp(path)
    raw = scan_file(path)
    columns = _columns(raw, path)
    try:
        rows = _cleaned(source, raw, path)
        frame = _timed(source, rows, path).collect()
    except TidemillError:
        raise
    except pl.exceptions.ColumnNotFoundError as error:
        raise _column_missing(source, path, error, columns) from error
    except (pl.exceptions.PolarsError, OSError) as error:
        raise IngestError(f"the file {path} cannot be cleaned as {source.name!r}: {_first_line(error)}") from error
    if stamp(path) != before:
        raise IngestError(f"the file {path} changed while it was read; wait until it is written, then ingest again")
    _require_rows(source, frame, raw, path)
    return frame.rechunk()


def _columns(raw: pl.LazyFrame, path: Path) -> list[str]:
    try:
        return raw.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise IngestError(
            f"the file {path} is not a readable {path.suffix[1:]} table ({_first_line(error)}); "
            "write it again or remove it"
        ) from error


def _cleaned(source: Source, raw: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    if source.clean is None:
        return raw
    try:
        rows: object = source.clean(raw)
    except (TidemillError, pl.exceptions.PolarsError):
        raise
    except Exception as error:
        raise IngestError(
            f"the cleaning of source {source.name!r} failed on {path}: {type(error).__name__}: {_first_line(error)}"
        ) from error
    if isinstance(rows, pl.DataFrame):
        return rows.lazy()
    if not isinstance(rows, pl.LazyFrame):
        raise IngestError(
            f"the cleaning of source {source.name!r} returned {type(rows).__name__}; return the polars LazyFrame"
        )
    return rows


def _timed(source: Source, rows: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    schema = rows.collect_schema()
    for role, column in (("key", source.key), ("event time", source.event_time)):
        if column not in schema:
            raise IngestError(
                f"the file {path} has no column {column!r}, the {role} of source {source.name!r}."
                f"{did_you_mean(column, schema.names())} There is: {', '.join(schema.names())}"
            )
    dtype, at = schema[source.event_time], pl.col(source.event_time)
    if isinstance(dtype, pl.Datetime):
        instant = at.dt.replace_time_zone("UTC") if dtype.time_zone is None else at.dt.convert_time_zone("UTC")
    elif dtype == pl.Date:
        instant = at.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    elif dtype == pl.String:
        instant = at.str.to_datetime(time_unit="us", time_zone="UTC")
    else:
        raise IngestError(
            f"the event time {source.event_time!r} of source {source.name!r} is {dtype} in {path}; "
            "make it a datetime in the cleaning function"
        )
    return rows.with_columns(instant.cast(EVENT_TIME).alias(source.event_time))


def _require_rows(source: Source, frame: pl.DataFrame, raw: pl.LazyFrame, path: Path) -> None:
    if frame.height == 0:
        n_raw = raw.select(pl.len()).collect().item()
        why = f"the cleaning keeps none of its {n_raw:,} rows" if n_raw else "it has a header and no rows"
        raise IngestError(f"the file {path} gives no row for source {source.name!r}: {why}")
    for role, column in (("key", source.key), ("event time", source.event_time)):
        n_null = frame[column].null_count()
        if n_null:
            raise IngestError(
                f"the file {path} has {n_null:,} rows whose {role} {column!r} is null; "
                f"every row of source {source.name!r} needs one"
            )


def _column_missing(source: Source, path: Path, error: Exception, columns: list[str]) -> IngestError:
    named = re.search(r'["\']([^"\']+)["\']', str(error)) or re.search(r"^(\S+)", str(error))
    missing = named.group(1) if named else "?"
    return IngestError(
        f"the file {path} has no column {missing!r}, which the cleaning of source {source.name!r} needs."
        f"{did_you_mean(missing, columns)} There is: {', '.join(columns)}"
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
