"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tidemill.feedback._tables import prediction_part_table
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import Without


def referenced_blobs(
    tx: Transaction, project: str | None = None, without: Without = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that parts of the prediction log name.

    project: of that one only. without: as if these segments, each endpoint and name, were gone.
    """
    table = prediction_part_table.c
    statement = sa.select(table.project_id, table.endpoint, table.segment, table.blob).where(table.blob != "")
    if project is not None:
        statement = statement.where(table.project_id == project)
    for row in tx.rows(statement):
        if (row["project_id"], f"{row['endpoint']}/{row['segment']}") not in without:
            yield row["blob"], f"predictions of {row['endpoint']}"
