"""Write a new migration from the rooms' tables, and `schema.sql` from the migrations.

python -m tools.schema new 0002_labels    the difference between the rooms' tables and the last version
python -m tools.schema dump               schema.sql, as the migrations leave an empty store
"""

from __future__ import annotations

import runpy
import sqlite3
import sys
import tempfile
import warnings
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext

from tidemill.storage.schema import VERSION_TABLE, known_versions, migrate

SOURCE = Path(__file__).parents[1] / "src" / "tidemill"
STORAGE = SOURCE / "storage"
_HEAD = '''"""Schema {version}: {title}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{version}"
down_revision = {previous}


def upgrade() -> None:
    """Bring a store from the version before to this one."""
'''


def room_metadata() -> sa.MetaData:
    """Return the tables of all rooms as one."""
    union = sa.MetaData()
    for file in sorted(SOURCE.glob("*/_tables.py")):
        for table in runpy.run_path(str(file))["metadata"].tables.values():
            table.to_metadata(union)
    return union


def differences(path: Path) -> list[object]:
    """Return what alembic finds different between a store's tables and the rooms' tables.

    It does not compare indexes over expressions: of those it is told which are missing.
    """
    rooms = room_metadata()
    with _engine(path).connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(Skipped unsupported|autogenerate skipping).*expression-based index")
        found: list[object] = list(compare_metadata(_context(connection), rooms))
    stored = schema_of(path)
    indexes = [index for table in rooms.tables.values() for index in table.indexes]
    over_expressions = [index for index in indexes if len(index.columns) != len(index.expressions)]
    return found + [index for index in over_expressions if f"CREATE INDEX {index.name} ON " not in stored]


def schema_of(path: Path) -> str:
    """Return the SQL of a store's tables and indexes, in one order."""
    connection = sqlite3.connect(path)
    query = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND tbl_name != ? "
        "ORDER BY tbl_name, type DESC, name"
    )
    statements = [row[0] for row in connection.execute(query, (VERSION_TABLE,))]
    connection.close()
    return "".join(f"{statement};\n" for statement in statements)


def _engine(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite+pysqlite:///{path}")


def _context(connection: sa.Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})


def _new(name: str, path: Path) -> None:
    version, _, title = name.partition("_")
    with _engine(path).connect() as connection:
        script = produce_migrations(_context(connection), room_metadata())
    known = known_versions()
    assert script.upgrade_ops is not None
    body = render_python_code(script.upgrade_ops)
    head = _HEAD.format(version=version, title=title.replace("_", " "), previous=repr(known[-1]) if known else "None")
    (STORAGE / "migrations" / "versions" / f"{name}.py").write_text(head + body.replace("\n", "\n") + "\n")


def main() -> None:
    """Do what the arguments say."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        if known_versions():
            migrate(path)
        if sys.argv[1:2] == ["new"]:
            _new(sys.argv[2], path)
        elif sys.argv[1:] == ["dump"]:
            (STORAGE / "schema.sql").write_text(schema_of(path))
        else:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
