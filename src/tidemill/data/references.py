"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tidemill.data._tables import dataset_version, ingested_part
from tidemill.storage.records import Transaction


def referenced_blobs(tx: Transaction, project: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that dataset versions and the files known by heart name.

    project: of that one only.
    """
    for row in tx.rows(_of(dataset_version, project)):
        owner = f"dataset {row['name']}"
        yield row["digest"], owner
        yield from ((part["blob"], owner) for part in row["parts"])
    for row in tx.rows(_of(ingested_part, project)):
        yield row["blob"], f"files of {row['source']} as last cleaned"


def _of(table: sa.Table, project: str | None) -> sa.Select[tuple[object, ...]]:
    statement = sa.select(table)
    return statement if project is None else statement.where(table.c.project_id == project)
