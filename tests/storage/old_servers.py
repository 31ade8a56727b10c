"""Stores of schema 0002 in PostgreSQL, with the rows that a store of that time had, and what can be seen of a store."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres import Server
from tidemill.core import SystemClock
from tidemill.storage.postgres_records import PostgresDatabase
from tidemill.storage.postgres_schema import migrate_tables

DUMP = Path(__file__).with_name("store_0002.sql")
_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = current_schema() ORDER BY 1, 2"
)


def old_store(postgres: Server, dump: Path = DUMP) -> str:
    """Return the URL of a new store of schema 0002."""
    url = postgres.empty()
    with tempfile.TemporaryDirectory() as folder:
        database = PostgresDatabase(url, Path(folder), SystemClock())
        migrate_tables(database, "0002")
        database.close()
    with psycopg.connect(url) as connection, closing(sqlite3.connect(":memory:")) as file:
        file.executescript(dump.read_text("utf-8"))
        file.row_factory = sqlite3.Row
        kinds = {(table, column): kind for table, column, kind in connection.execute(_COLUMNS)}
        for table in sorted({table for table, _ in kinds} - {"tidemill_migration"}):
            rows = [_row(table, dict(row), kinds) for row in file.execute(f"SELECT * FROM {table}")]
            into = f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %s)"
            connection.execute(into.encode(), (f"[{','.join(rows)}]",))
        connection.execute("SELECT setval(pg_get_serial_sequence('event', 'sequence'), max(sequence)) FROM event")
    return url


def _row(table: str, row: dict[str, Any], kinds: dict[tuple[str, str], str]) -> str:
    def value(name: str, given: Any) -> str:
        return str(given) if kinds[table, name] == "json" and given is not None else json.dumps(given)

    return f"{{{','.join(f'{json.dumps(name)}:{value(name, given)}' for name, given in row.items())}}}"


def seen(url: str) -> dict[str, str]:
    """Return the columns and indexes of a store, and a digest of each table's rows."""
    with psycopg.connect(url) as connection:
        columns = connection.execute(_COLUMNS).fetchall()
        indexes = connection.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        found = {"columns": str(columns), "indexes": str(indexes.fetchall())}
        for table in sorted({row[0] for row in columns}):
            digest = f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
            found[table] = str(connection.execute(digest.encode()).fetchone())
        return found


def version_of(url: str) -> str:
    with psycopg.connect(url) as connection:
        (version,) = connection.execute("SELECT version_num FROM tidemill_migration").fetchone() or ("",)
        return str(version)
