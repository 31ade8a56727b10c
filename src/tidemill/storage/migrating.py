"""Running the migrations of a store's tables on an open connection, whatever the database."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import sqlalchemy as sa

VERSION_TABLE = "tidemill_migration"


def known_versions() -> list[str]:
    """Return the schema versions that this Tidemill knows, oldest first.

    >>> known_versions()[0]
    '0001'
    """
    folder = resources.files("tidemill.storage") / "migrations" / "versions"
    return sorted(file.name[:4] for file in folder.iterdir() if file.name[:4].isdigit())


def upgrade(connection: sa.Connection, version: str = "head", told: Callable[[str], None] = lambda _: None) -> None:
    """Bring the tables up to a version, in the transaction that the connection has begun.

    told: called with each version that was come to.
    """
    # Alembic is imported here, in its adapter, since only an older store needs it.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(resources.files("tidemill.storage") / "migrations"))

    def steps(revision: object, _context: MigrationContext) -> object:
        return scripts._upgrade_revs(version, revision)  # type: ignore[arg-type]  # what alembic's env.py calls

    def applied(step: Any, **_: Any) -> None:
        told(str(step.up_revision_id))

    options = {"fn": steps, "version_table": VERSION_TABLE, "transactional_ddl": False}
    context = MigrationContext.configure(connection, opts=options | {"on_version_apply": [applied]})
    with Operations.context(context):
        context.run_migrations()
