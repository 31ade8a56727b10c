"""Projects never collide: `project_id` is in every unique key of the records."""

from __future__ import annotations

import sqlite3

from tests.architecture.house import PACKAGE

#: Tables of the store itself, which no project owns.
OF_THE_STORE = {"tidemill_migration", "sqlite_sequence"}
#: Keys that are numbers of the store, whatever the project; the row that gives a series its number names the project.
NUMBERED = {"metric_point (series, step, at, value)", "run_last_metric (series)"}


def test_every_unique_key_holds_the_project() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript((PACKAGE / "storage" / "schema.sql").read_text(encoding="utf-8"))
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    wrong = [
        key
        for table in sorted(tables - OF_THE_STORE)
        for columns in _unique_keys(connection, table)
        if "project_id" not in columns and (key := f"{table} ({', '.join(columns)})") not in NUMBERED
    ]
    connection.close()
    assert not wrong, f"unique without project_id: {wrong}"


def _unique_keys(connection: sqlite3.Connection, table: str) -> list[list[str]]:
    # A lone integer primary key is SQLite's row number (the position of an event): it names nothing.
    indexes = connection.execute(f"SELECT name FROM pragma_index_list('{table}') WHERE \"unique\" = 1").fetchall()
    keys = []
    for (index,) in indexes:
        keys.append([name for (name,) in connection.execute(f"SELECT name FROM pragma_index_info('{index}')")])
    return keys
