"""Which blobs this room's records name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tidemill.pipelines._tables import step_result_table, step_run_table
from tidemill.storage.records import Transaction

_DIGEST = re.compile(r'"([0-9a-f]{64})"')


def referenced_blobs(tx: Transaction, project: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that outputs of steps, and results to be reused, name.

    A codec may keep digests anywhere in its manifest: every text in an output that has the form of one counts, found
    in the JSON as it is stored, since reading it takes five times as long. project: of that one only.
    """
    for table, owner in ((step_run_table, "outputs of runs"), (step_result_table, "results to reuse")):
        statement = sa.select(sa.cast(table.c.outputs, sa.Text))
        if project is not None:
            statement = statement.where(table.c.project_id == project)
        rows: list[Any] = list(tx.execute(statement).scalars())
        for text in rows:
            for digest in _DIGEST.findall(text):
                yield digest, owner


def digests_in(outputs: object) -> set[str]:
    """Return every text in the form of a digest under `manifest` and elsewhere in outputs as they are stored."""
    return set(_DIGEST.findall(json.dumps(outputs)))
