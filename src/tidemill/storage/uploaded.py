"""Which blobs were uploaded: the event that tells it is the record that names them."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tidemill.storage._tables import event_table
from tidemill.storage.records import Transaction

UPLOADED = "blob.uploaded"


def referenced_blobs(tx: Transaction, project: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that was uploaded. project: to that one only."""
    table = event_table.c
    statement = sa.select(table.subject).where(table.kind == UPLOADED)
    if project is not None:
        statement = statement.where(table.project_id == project)
    for digest in tx.execute(statement.distinct()).scalars():
        yield digest, "uploads"
