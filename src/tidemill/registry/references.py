"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tidemill.registry._tables import verdict_table, version_table
from tidemill.storage.records import Transaction


def referenced_blobs(tx: Transaction, project: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that model versions and verdicts name. project: of that one only."""
    version, verdict = version_table.c, verdict_table.c
    versions = sa.select(version.project_id, version.model, version.files, version.report_digest)
    verdicts = sa.select(verdict.project_id, verdict.model, verdict.report_digest)
    if project is not None:
        versions = versions.where(version.project_id == project)
        verdicts = verdicts.where(verdict.project_id == project)
    for row in tx.rows(versions):
        owner = f"model {row['model']}"
        yield row["report_digest"], owner
        yield from ((digest, owner) for digest in row["files"].values())
    for row in tx.rows(verdicts):
        yield row["report_digest"], f"verdicts on {row['model']}"
