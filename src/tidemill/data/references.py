"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from tidemill.data._tables import dataset_version, file_set_version, ingested_part
from tidemill.data.file_manifest import entries_of, load_manifest
from tidemill.storage import BlobStore
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


def file_set_roots(tx: Transaction, project: str | None = None) -> list[tuple[str, str]]:
    """Return digest and owner of the manifest of every file set version: it says which blobs the version holds.

    project: of that one only.
    """
    return [(row["digest"], f"files of {row['name']}") for row in tx.rows(_of(file_set_version, project))]


def file_set_blobs(blobs: BlobStore, roots: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that manifests name, their own and their leaves' too.

    A leaf that several versions share is read once. Raises NotFoundError or DamagedError when one cannot be read: then
    nobody knows what is referenced.
    """
    seen: set[str] = set()
    for root, owner in roots:
        if root in seen:
            continue
        seen.add(root)
        yield root, owner
        new = [leaf for leaf in load_manifest(blobs, root).leaves if leaf.digest not in seen]
        for leaf in new:
            seen.add(leaf.digest)
            yield leaf.digest, owner
        for entry in entries_of(blobs, new):
            yield entry.digest, owner


def _of(table: sa.Table, project: str | None) -> sa.Select[tuple[object, ...]]:
    statement = sa.select(table)
    return statement if project is None else statement.where(table.c.project_id == project)
