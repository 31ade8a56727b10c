"""Which blobs this room's records name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tidemill.pipelines._tables import step_element_table, step_result_table, step_run_table
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import Without

_NAMING = (
    (step_run_table, "outputs of runs"),
    (step_element_table, "outputs of runs"),
    (step_result_table, "results to reuse"),
)
_DIGEST = re.compile(r'"([0-9a-f]{64})"')


def referenced_blobs(
    tx: Transaction, project: str | None = None, without: Without = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that outputs of steps, and results to be reused, name.

    A codec may keep digests anywhere in its manifest: every text in an output that has the form of one counts, found
    in the JSON as it is stored, since reading it takes five times as long.

    project: of that one only. without: as if these runs were gone, and those of their results that no other run used.
    """
    used: set[tuple[str, str]] = set()
    for table, owner in _NAMING:
        columns = table.c
        statement = sa.select(columns.project_id, columns.run_id, columns.cache_key, sa.cast(columns.outputs, sa.Text))
        if project is not None:
            statement = statement.where(columns.project_id == project)
        rows: list[Any] = list(tx.execute(statement))
        for of, run_id, cache_key, text in rows:
            if (of, run_id) not in without:
                used.add((of, cache_key))
            elif table is not step_result_table or (of, cache_key) not in used:
                continue
            for digest in _DIGEST.findall(text):
                yield digest, owner


def digests_in(outputs: object) -> set[str]:
    """Return every text in the form of a digest under `manifest` and elsewhere in outputs as they are stored."""
    return set(_DIGEST.findall(json.dumps(outputs)))
