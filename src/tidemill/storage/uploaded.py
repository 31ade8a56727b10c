"""Which blobs were uploaded: the event that tells it is the record that names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from tidemill.storage._tables import event_table
from tidemill.storage.records import Transaction

UPLOADED = "blob.uploaded"
#: Project and id, or reference, of what is about to go, when blobs are asked for that are named by other records too.
Without = AbstractSet[tuple[str, str]]
_AT_ONCE = 500


def referenced_blobs(
    tx: Transaction, project: str | None = None, _without: Without = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that was uploaded. project: to that one only."""
    table = event_table.c
    statement = sa.select(table.subject).where(table.kind == UPLOADED)
    if project is not None:
        statement = statement.where(table.project_id == project)
    for digest in tx.execute(statement.distinct()).scalars():
        yield digest, "uploads"


def uploaded_sizes(tx: Transaction, project: str, digests: Sequence[str]) -> dict[str, int]:
    """Return the sizes of those of the blobs that were uploaded to a project, by digest."""
    table, found = event_table.c, {}
    for start in range(0, len(digests), _AT_ONCE):
        statement = sa.select(table.subject, table.data).where(
            table.kind == UPLOADED, table.project_id == project, table.subject.in_(digests[start : start + _AT_ONCE])
        )
        found.update({row["subject"]: int(row["data"]["size"]) for row in tx.rows(statement)})
    return found
