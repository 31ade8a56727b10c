"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from tidemill.storage import is_digest
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import Without
from tidemill.tracking._tables import artifact_table, tag_table

#: Tags of a run whose values are digests of blobs: the installed set, the lock, the uncommitted changes.
ENVIRONMENT_TAG, LOCK_TAG, CHANGES_TAG = "tidemill.environment", "tidemill.lock", "tidemill.changes"


def referenced_blobs(
    tx: Transaction, project: str | None = None, without: Without = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that a tag or a file of a run names. project, without: as in other rooms."""
    yield from _files(tx, project, without)
    tag = tag_table.c
    statement = sa.select(tag.project_id, tag.run_id, tag.value).where(
        tag.key.in_((ENVIRONMENT_TAG, LOCK_TAG, CHANGES_TAG))
    )
    if project is not None:
        statement = statement.where(tag.project_id == project)
    rows: list[Any] = list(tx.execute(statement))
    for of, run_id, value in rows:
        if (of, run_id) not in without and is_digest(value):
            yield value, "environments and changes of runs"


def _files(tx: Transaction, project: str | None, without: Without) -> Iterator[tuple[str, str]]:
    table = artifact_table.c
    statement = sa.select(table.project_id, table.owner, table.blob)
    if project is not None:
        statement = statement.where(table.project_id == project)
    rows: Iterable[Any] = tx.execute(statement)
    for of, owner, digest in rows:
        if (of, owner) not in without:
            yield digest, "files of runs and logged models"
