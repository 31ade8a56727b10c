"""Which model versions were ever served."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.deployment._tables import revision_table
from tidemill.storage.records import Transaction


def deployed_versions(tx: Transaction, project: str) -> set[str]:
    """Return the model versions (``delay/3``) that any endpoint of a project serves or has served."""
    table = revision_table.c
    statement = sa.select(table.model, table.version).where(table.project_id == project).distinct()
    return {f"{row['model']}/{row['version']}" for row in tx.rows(statement)}
