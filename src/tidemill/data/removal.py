"""Taking versions of datasets and file sets away."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from tidemill.data._tables import dataset_check, dataset_version, file_set_version, ingested_part
from tidemill.storage.records import Transaction


class DatasetFacts(NamedTuple):
    """What decides whether a version of a dataset or file set is kept. Instants are ISO 8601 UTC."""

    id: str
    name: str
    version: int
    created_at: str

    @property
    def reference(self) -> str:
        """Return ``flights@3``."""
        return f"{self.name}@{self.version}"


def list_dataset_facts(tx: Transaction, project: str) -> list[DatasetFacts]:
    """Return all versions of a project's datasets and file sets, of each the newest first."""
    found: list[DatasetFacts] = []
    for table in (dataset_version.c, file_set_version.c):
        statement = sa.select(table.id, table.name, table.version, table.created_at).where(table.project_id == project)
        found += [DatasetFacts(**row) for row in tx.rows(statement)]
    return sorted(found, key=lambda each: (each.name, -each.version))


def remove_dataset_version(tx: Transaction, project: str, facts: DatasetFacts) -> None:
    """Remove a version and what its checks found; and what is known of files whose rows no version holds any more."""
    files = file_set_version.c
    tx.execute(sa.delete(file_set_version).where(files.project_id == project, files.id == facts.id))
    version, check, part = dataset_version.c, dataset_check.c, ingested_part.c
    tx.execute(sa.delete(dataset_version).where(version.project_id == project, version.id == facts.id))
    tx.execute(sa.delete(dataset_check).where(check.project_id == project, check.dataset_version_id == facts.id))
    rows = tx.rows(sa.select(version.parts).where(version.project_id == project, version.name == facts.name))
    held = {entry["blob"] for row in rows for entry in row["parts"]}
    known = tx.rows(sa.select(part.path, part.blob).where(part.project_id == project, part.source == facts.name))
    for row in known:
        if row["blob"] not in held:
            mine = (part.project_id == project, part.source == facts.name, part.path == row["path"])
            tx.execute(sa.delete(ingested_part).where(*mine))
