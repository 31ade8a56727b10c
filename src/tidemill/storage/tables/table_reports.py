"""Tables as people look at them: a line each, or one with its columns, versions and some rows."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from tidemill.core import NotFoundError, iso
from tidemill.storage.tables.port import Tables, TableVersion

_MOST_VERSIONS = 100


@dataclass(frozen=True)
class TableLine:
    """A table in a list. changed_at: when its newest version was made."""

    name: str
    version: int
    n_rows: int
    n_columns: int
    changed_at: datetime


@dataclass(frozen=True)
class TableReport:
    """One table, as of a version. rows: the first of them, in no promised order, as JSON has values."""

    name: str
    version: int
    n_rows: int
    columns: dict[str, str]
    versions: tuple[TableVersion, ...]
    rows: tuple[dict[str, Any], ...]


def list_tables(tables: Tables) -> tuple[TableLine, ...]:
    """Return a line for each table. Raises UnavailableError."""
    lines = []
    for name in tables.list():
        with suppress(NotFoundError):  # dropped meanwhile
            newest = tables.versions(name, last=1)[-1]
            columns = tables.columns(name)
            lines.append(TableLine(name, newest.version, _n_rows(tables.read(name)), len(columns), newest.at))
    return tuple(lines)


def describe_table(tables: Tables, name: str, version: int | None = None, n_rows: int = 10) -> TableReport:
    """Return a table's columns and its 100 newest versions, and the first rows of a version. Raises NotFoundError."""
    frame, versions = tables.read(name, version), tuple(tables.versions(name, last=_MOST_VERSIONS))
    columns = {column: str(dtype) for column, dtype in frame.collect_schema().items()}
    shown = tuple(
        {column: plain_value(value) for column, value in row.items()}
        for row in frame.head(n_rows).collect().iter_rows(named=True)
    )
    number = versions[-1].version if version is None else version
    return TableReport(name, number, _n_rows(frame), columns, versions, shown)


def plain_value(value: Any) -> Any:
    """Return a value of a row as JSON has it: instants as ISO 8601, bytes as hex digits, decimals as text.

    >>> from decimal import Decimal
    >>> plain_value([b"\\x00a", Decimal("1.20"), float("nan")])
    ['0061', '1.20', None]
    """
    if isinstance(value, dict):
        return {key: plain_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(each) for each in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime) and value.tzinfo is not None:
        return iso(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _n_rows(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect(engine="streaming").item())
