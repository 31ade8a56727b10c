"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tidemill.bundles._tables import bundle_table, check_table
from tidemill.bundles.manifest import parse_manifest
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import Without


def referenced_blobs(
    tx: Transaction,
    project: str | None = None,
    without: Without = frozenset(),
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that bundles and their checks name.

    project: of that one only. without: as if these bundles were gone.
    """
    own = bundle_table.c
    bundles = sa.select(own.project_id, own.digest, own.manifest, own.diff_digest)
    checks = sa.select(check_table.c.project_id, check_table.c.digest, check_table.c.report_digest)
    if project is not None:
        bundles = bundles.where(bundle_table.c.project_id == project)
        checks = checks.where(check_table.c.project_id == project)
    for row in tx.rows(bundles):
        if (row["project_id"], row["digest"]) in without:
            continue
        for digest in parse_manifest(row["manifest"]).blobs():
            yield digest, "bundles"
        if row["diff_digest"]:
            yield row["diff_digest"], "bundles"
    for row in tx.rows(checks):
        if row["report_digest"] and (row["project_id"], row["digest"]) not in without:
            yield row["report_digest"], "checks of bundles"
