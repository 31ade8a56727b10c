"""Rows that are written to an MLflow database, as far as it has columns for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tidemill.compat.mlflow_stores.database_tables import Tables, first_line
from tidemill.core import UnavailableError

_Rows = Sequence[Mapping[str, Any]]


class DatabaseWriting:
    """Writes rows of an opened database: what one call is given is there whole or not at all."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._connection = tables.connection
        self._statements: dict[str, sa.Executable] = {}
        inspector = sa.inspect(self._connection)
        self._keys = {
            name: inspector.get_pk_constraint(name)["constrained_columns"] for name in inspector.get_table_names()
        }
        self._lengths = {
            name: {each["name"]: getattr(each["type"], "length", None) for each in inspector.get_columns(name)}
            for name in self._keys
        }
        self.end()

    def put(self, rows: Iterable[tuple[str, _Rows]]) -> None:
        """Write rows of tables, instead of those of their keys. Raises UnavailableError."""
        self.end()
        try:
            for table, some in rows:
                if some and self._tables.has(table):
                    self._connection.execute(self._statement(table), self._known(table, some))
            self._connection.commit()
        except sa.exc.SQLAlchemyError as error:
            self._connection.rollback()
            raise UnavailableError(f"{self._tables.where} cannot be written: {first_line(error)}") from error
        except BaseException:
            self._connection.rollback()
            raise

    def longest(self, table: str, column: str) -> int | None:
        """Return how many characters a column holds; None when it says nothing of it."""
        length = self._lengths.get(table, {}).get(column)
        return length if isinstance(length, int) else None

    def newest(self, table: str, column: str) -> int:
        """Return the largest number of a column."""
        found = self._connection.scalar(sa.select(sa.func.max(self._tables.table(table).c[column])))
        return int(found or 0)

    def end(self) -> None:
        """End what was read, so that others may write, and what they wrote is seen."""
        self._connection.rollback()

    def _known(self, table: str, rows: _Rows) -> list[dict[str, Any]]:
        columns = [name for name in self._tables.columns(table) if name in rows[0]]
        return [{name: row[name] for name in columns} for row in rows]

    def _statement(self, table: str) -> sa.Executable:
        if table not in self._statements:
            self._statements[table] = self._upsert(table)
        return self._statements[table]

    def _upsert(self, name: str) -> sa.Executable:
        """Return the statement that writes rows of a table; of points and links, whose row is its key, new ones."""
        table, keys = self._tables.table(name), self._keys[name]
        changing = _CHANGING.get(name, ())
        if self._connection.dialect.name == "postgresql":
            made = postgresql.insert(table)
            changes = {column: made.excluded[column] for column in changing if column in table.c}
            return made.on_conflict_do_update(index_elements=keys, set_=changes) if changes else _new(made)
        given = sqlite.insert(table)
        values = {column: given.excluded[column] for column in changing if column in table.c}
        return given.on_conflict_do_update(index_elements=keys, set_=values) if values else _new(given)


#: What of a row that is there is changed: of runs that were still at work.
_CHANGING = {
    "runs": ("name", "status", "end_time", "lifecycle_stage", "deleted_time"),
    "tags": ("value",),
    "latest_metrics": ("value", "timestamp", "step", "is_nan"),
}


def _new(made: postgresql.Insert | sqlite.Insert) -> sa.Executable:
    return made.on_conflict_do_nothing()
