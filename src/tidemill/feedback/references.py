"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tidemill.feedback._tables import prediction_part_table
from tidemill.storage.records import Transaction


def referenced_blobs(tx: Transaction, project: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that parts of the prediction log name. project: of that one only."""
    table = prediction_part_table.c
    statement = sa.select(table.endpoint, table.blob).where(table.blob != "")
    if project is not None:
        statement = statement.where(table.project_id == project)
    for row in tx.rows(statement):
        yield row["blob"], f"predictions of {row['endpoint']}"
