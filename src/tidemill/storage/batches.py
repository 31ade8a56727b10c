"""Many rows written at once, replacing those of the same key: the fastest way that each database has.

SQLite takes them one by one in a prepared statement, numbers as numbers (its reading of a number in text may be off in
the last digit). PostgreSQL takes them as one JSON text in one round trip, and reads numbers exactly.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import ColumnSeal, Sealed, seal_of
from tidemill.storage.records import Transaction
from tidemill.storage.statements import Real, spelled


class BatchUpsert:
    """An insert of many rows with a value for each column; a row of the same primary key is replaced.

    at_least: columns that together must not become smaller: a row that has more there already stays as it is.
    keep: columns that stay as they are in a row that is there.
    counts: a column that is given no value: it counts how often its row was written, whatever stayed as it was.

    >>> table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.String, primary_key=True), sa.Column("n", sa.Integer))
    >>> print(BatchUpsert(table).sqlite)
    INSERT INTO "t" ("a", "n") VALUES (?, ?) ON CONFLICT ("a") DO UPDATE SET "n" = excluded."n"
    """

    def __init__(
        self, table: sa.Table, *, at_least: Sequence[str] = (), keep: Sequence[str] = (), counts: str = ""
    ) -> None:
        columns = [column for column in table.columns if column.name != counts]
        self._sealed = {at: kind.column for at, kind in enumerate(c.type for c in columns) if isinstance(kind, Sealed)}
        names = [column.name for column in columns]
        keys = [column.name for column in table.primary_key]
        mine = f'"{table.name}"'
        newer = ""
        if at_least:
            given, there = (", ".join(f'{of}."{name}"' for name in at_least) for of in ("excluded", mine))
            newer = f"({given}) >= ({there})"
        changes = [_change(mine, name, newer if counts else "") for name in names if name not in {*keys, *keep}]
        changes += [f'"{counts}" = {mine}."{counts}" + 1'] if counts else []
        into = f'INSERT INTO "{table.name}" ({_names(names)})'
        end = (
            f"ON CONFLICT ({_names(keys)}) DO UPDATE SET {', '.join(changes)}" if changes else "ON CONFLICT DO NOTHING"
        )
        end += f" WHERE {newer}" if newer and not counts else ""
        self._numbers = [at for at, column in enumerate(columns) if isinstance(column.type, Real)]
        fields = ", ".join(_field(at, column) for at, column in enumerate(columns))
        self.sqlite = f"{into} VALUES ({', '.join('?' * len(names))}) {end}"
        self.postgresql = f"{into} SELECT {fields} FROM json_array_elements(CAST(%(rows)s AS JSON)) {end}"  # noqa: S608

    def write(self, tx: Transaction, rows: Sequence[Sequence[Any]]) -> None:
        """Write the rows, each in the order of the table's columns; no two of one key."""
        if not rows:
            return
        if self._sealed and (seal := seal_of(tx)) is not None:
            rows = [self._sealing(seal, row) for row in rows]
        if not all(math.isfinite(row[at]) for at in self._numbers for row in rows):
            rows = [self._spelled(row, tx.dialect) for row in rows]
        if tx.dialect == "sqlite":
            tx.execute_plain(self.sqlite, rows)
        else:
            tx.execute_plain(self.postgresql, {"rows": json.dumps(rows)})

    def _spelled(self, row: Sequence[Any], dialect: str) -> list[Any]:
        return [spelled(value, dialect) if at in self._numbers else value for at, value in enumerate(row)]

    def _sealing(self, seal: ColumnSeal, row: Sequence[Any]) -> list[Any]:
        return [seal.seal(self._sealed[at], value) if at in self._sealed else value for at, value in enumerate(row)]


def _field(at: int, column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.Integer):
        return f"CAST(value ->> {at} AS BIGINT)"
    if isinstance(column.type, sa.Float | Real):
        return f"CAST(value ->> {at} AS DOUBLE PRECISION)"
    return f"value ->> {at}"


def _change(table: str, name: str, when: str) -> str:
    given = f'excluded."{name}"'
    return f'"{name}" = CASE WHEN {when} THEN {given} ELSE {table}."{name}" END' if when else f'"{name}" = {given}'


def _names(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
