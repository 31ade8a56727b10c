"""What models have to do with erased rows: which were made of them, and the rows that candidates carry along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any, NamedTuple

import polars as pl
import sqlalchemy as sa

from tidemill.data import ErasedKeys
from tidemill.features import TrainingSet
from tidemill.registry._tables import version_table
from tidemill.storage import BlobStore
from tidemill.storage.records import Transaction


class MadeOf(NamedTuple):
    """A model version, the run that made it, and the files of its package and its report, by name."""

    reference: str
    run_id: str
    files: dict[str, str]


def versions_of_runs(tx: Transaction, project: str, run_ids: Sequence[str]) -> list[MadeOf]:
    """Return the model versions that these runs have made, by name and number."""
    table, wanted = version_table.c, set(run_ids)
    columns = (table.model, table.version, table.run_id, table.files, table.report_digest)
    rows = tx.rows(sa.select(*columns).where(table.project_id == project).order_by(table.model, table.version))
    return [
        MadeOf(f"{row['model']}/{row['version']}", row["run_id"], _files_of(row))
        for row in rows
        if row["run_id"] in wanted
    ]


def _files_of(row: dict[str, Any]) -> dict[str, str]:
    return {**row["files"], "report": row["report_digest"]} if row["report_digest"] else dict(row["files"])


def view_keys_of_versions(tx: Transaction, project: str) -> dict[str, tuple[str, ...]]:
    """Return the key columns of the feature views that models look up, by view."""
    table = version_table.c
    found: dict[str, tuple[str, ...]] = {}
    for row in tx.rows(sa.select(table.serving).where(table.project_id == project)):
        for view in row["serving"].get("views", ()):
            found[str(view["name"])] = tuple(view["keys"])
    return found


def candidate_without(manifest: dict[str, Any], blobs: BlobStore, erased: ErasedKeys) -> dict[str, Any]:
    """Return what the candidate codec keeps, its holdout without the rows of the keys.

    The rows are known by the columns that were erased and by what names a row, the training set's key.
    """
    holdout = TrainingSet.from_bytes(blobs.get(manifest["holdout"]["blob"]))
    frame, n_gone = erased.drop(holdout.frame)
    if not n_gone:
        return manifest
    # Rows that are left out leave their texts in the buffers that the others share; Parquet writes only what is there.
    packed = BytesIO()
    frame.write_parquet(packed)
    packed.seek(0)
    kept = replace(holdout, frame=pl.read_parquet(packed))
    return {**manifest, "holdout": {"blob": blobs.put(kept.to_bytes())}}
