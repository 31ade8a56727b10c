"""Blobs that held rows and that nothing names any more: deleted at once, not after a grace period.

A blob that others still name stays, and so does one that was put again meanwhile. Blobs that no record ever named, as
a killed run leaves them, are looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import polars as pl

from tidemill.core import TidemillError
from tidemill.data import ErasedKeys
from tidemill.erasure.records import ERASED, FOUND, KEPT, ErasureItem
from tidemill.features import TrainingSet
from tidemill.retention import referenced_blobs
from tidemill.storage import BlobStore, LocalBlobs
from tidemill.storage.blobs.port import all_blobs
from tidemill.storage.encryption.encrypted_blobs import EncryptedBlobs
from tidemill.storage.records import Database

_PARQUET = b"PAR1"


def delete_blobs(
    database: Database, blobs: BlobStore, project: str, items: tuple[ErasureItem, ...]
) -> list[ErasureItem]:
    """Delete the blobs of these items that no record names; return the items as they are then."""
    wanted = [item for item in items if item.state != ERASED]
    if not wanted:
        return []
    owners: dict[str, str] = {}
    for digest, owner in database.read(lambda tx: list(referenced_blobs(tx, project))):
        owners.setdefault(digest, owner)
    done = []
    for item in wanted:
        if item.name in owners:
            done.append(ErasureItem("blob", item.name, KEPT, {"of": owners[item.name]}))
            continue
        blobs.delete(item.name)
        # Put again since the records were read: it is looked at by the next pass, with its owner.
        done.append(ErasureItem("blob", item.name, FOUND if blobs.has(item.name) else ERASED))
    return done


def find_unnamed(database: Database, blobs: BlobStore, keys: ErasedKeys) -> Iterator[str]:
    """Yield the blobs that no record names and that hold rows of the keys, those set aside too."""
    named = {digest for digest, _ in database.read(lambda tx: list(referenced_blobs(tx)))}
    stored = [blob.digest for blob in all_blobs(blobs)]
    for digest in sorted({*stored, *_set_aside(blobs)} - named):
        try:
            if _holds(blobs.get(digest), keys):
                yield digest
        except (TidemillError, pl.exceptions.PolarsError):  # gone meanwhile, damaged, or of another kind
            continue


def _holds(data: bytes, keys: ErasedKeys) -> bool:
    is_table = data.startswith(_PARQUET)
    frame = pl.read_parquet(BytesIO(data)) if is_table else TrainingSet.from_bytes(data).frame
    return bool(keys.mask(frame).any())


def _set_aside(blobs: BlobStore) -> list[str]:
    if isinstance(blobs, EncryptedBlobs):
        place = blobs.place
        return [blobs.digest(blob.digest) for blob in place.aside.list()] if isinstance(place, LocalBlobs) else []
    return [blob.digest for blob in blobs.aside.list()] if isinstance(blobs, LocalBlobs) else []
