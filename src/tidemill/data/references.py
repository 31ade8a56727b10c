"""Which blobs this room's records name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from tidemill.data._tables import dataset_version, file_set_version, ingested_part
from tidemill.data.file_manifest import entries_of, load_manifest
from tidemill.storage import BlobStore
from tidemill.storage.records import Transaction
from tidemill.storage.uploaded import Without


def referenced_blobs(
    tx: Transaction, project: str | None = None, without: Without = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield digest and owner of every blob that dataset versions and the files known by heart name.

    project: of that one only. without: as if these versions were gone, and files known by heart that no other one has.
    """
    going = {(of, reference.rpartition("@")[0]) for of, reference in without}
    held: set[tuple[str, str, str]] = set()
    for row in tx.rows(_of(dataset_version, project)):
        if _is_gone(row, without):
            continue
        held |= {(row["project_id"], row["name"], part["blob"]) for part in row["parts"]}
        owner = f"dataset {row['name']}"
        yield row["digest"], owner
        yield from ((part["blob"], owner) for part in row["parts"])
    for row in tx.rows(_of(ingested_part, project)):
        place = row["project_id"], row["source"]
        if place not in going or (*place, row["blob"]) in held:
            yield row["blob"], f"files of {row['source']} as last cleaned"


def file_set_roots(
    tx: Transaction, project: str | None = None, without: Without = frozenset()
) -> list[tuple[str, str]]:
    """Return digest and owner of the manifest of every file set version: it says which blobs the version holds.

    project: of that one only. without: as if these versions were gone.
    """
    rows = tx.rows(_of(file_set_version, project))
    return [(row["digest"], f"files of {row['name']}") for row in rows if not _is_gone(row, without)]


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


def _is_gone(row: Mapping[str, Any], without: Without) -> bool:
    return (row["project_id"], f"{row['name']}@{row['version']}") in without


def _of(table: sa.Table, project: str | None) -> sa.Select[tuple[object, ...]]:
    statement = sa.select(table)
    return statement if project is None else statement.where(table.c.project_id == project)
