"""Which blobs this room's records name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tidemill.pipelines._tables import step_result_table, step_run_table
from tidemill.storage.records import Transaction

_DIGEST = re.compile(r"[0-9a-f]{64}")


def referenced_blobs(tx: Transaction, project: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that outputs of steps, and results to be reused, name.

    A codec may keep digests anywhere in its manifest: whatever there has the form of one counts. project: of that one
    only.
    """
    for table, owner in ((step_run_table, "outputs of runs"), (step_result_table, "results to reuse")):
        statement = sa.select(table.c.outputs)
        if project is not None:
            statement = statement.where(table.c.project_id == project)
        for row in tx.rows(statement):
            yield from ((digest, owner) for output in row["outputs"] for digest in digests_in(output["manifest"]))


def digests_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value that has the form of a digest.

    >>> list(digests_in({"files": {"a": "0" * 64}, "n": 3})) == ["0" * 64]
    True
    """
    if isinstance(value, str):
        if _DIGEST.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from digests_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from digests_in(item)
