"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tidemill.registry._tables import evidence_table, verdict_table, version_table
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import Without


def referenced_blobs(
    tx: Transaction, project: str | None = None, without: Without = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that model versions, verdicts and documents name.

    project: of that one only. without: as if these model versions were gone, and the verdicts on these runs with them.
    """
    version, verdict = version_table.c, verdict_table.c
    versions = sa.select(version.project_id, version.model, version.version, version.verdict_id)
    verdicts = sa.select(verdict.project_id, verdict.model, verdict.report_digest, verdict.id, verdict.run_id)
    if project is not None:
        versions = versions.where(version.project_id == project)
        verdicts = verdicts.where(verdict.project_id == project)
    versions = versions.add_columns(version.files, version.report_digest)
    judged: set[str] = set()
    for row in tx.rows(versions):
        if (row["project_id"], f"{row['model']}/{row['version']}") in without:
            continue
        judged.add(row["verdict_id"])
        owner = f"model {row['model']}"
        if row["report_digest"]:
            yield row["report_digest"], owner
        yield from ((digest, owner) for digest in row["files"].values())
    for row in tx.rows(verdicts):
        if not row["report_digest"]:  # of a version that came without a report, which a person let in
            continue
        if row["id"] in judged or (row["project_id"], row["run_id"]) not in without:
            yield row["report_digest"], f"verdicts on {row['model']}"
    document = evidence_table.c
    documents = sa.select(document.name, document.blob).where(document.blob.is_not(None))
    if project is not None:
        documents = documents.where(document.project_id == project)
    yield from ((row["blob"], f"document {row['name']}") for row in tx.rows(documents))
