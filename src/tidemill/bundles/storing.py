"""Bringing a bundle's bytes into a store: from a folder, or from another store. Bytes first, the record last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tidemill.access import Caller, Role, require
from tidemill.bundles import _repository as rows
from tidemill.bundles.draft import BundleDraft
from tidemill.bundles.manifest import BundleFile, parse_manifest
from tidemill.bundles.records import Bundle, BundleCheck
from tidemill.core import ConflictError, Event
from tidemill.storage import BlobStore, BulkPut
from tidemill.storage.records import Database, Transaction


@dataclass(frozen=True)
class Side:
    """The records and blobs of a store, to or from which a bundle is copied."""

    database: Database
    blobs: BlobStore


def put_draft(blobs: BlobStore, draft: BundleDraft, stored: set[str]) -> None:
    """Store the bytes of a draft, but for those that are stored already.

    Raises ConflictError when a file has changed since the draft was made.
    """
    files = [file for file in draft.manifest.files if file.digest not in stored and file.digest not in draft.given]
    _put_files(blobs, draft.folder, files)
    for digest, data in draft.given.items():
        if digest not in stored:
            blobs.put(data)
    blobs.put(draft.manifest.content)


def copy_bundle(caller: Caller, bundle: Bundle, source: Side, target: Side) -> int:
    """Bring a bundle with its checks to another store, bytes first, and return how many bytes were moved.

    Broken off, it goes on. Needs deployer. Raises NotFoundError, DamagedError for bytes that the first store does not
    have as they should be.
    """
    require(caller, Role.DEPLOYER)
    parse_manifest(bundle.manifest.content)
    checks = source.database.read(lambda tx: rows.list_checks(tx, caller.project, bundle.digest))
    moved = 0
    wanted = [*bundle.manifest.blobs(), bundle.diff_digest, *(check.report_digest for check in checks)]
    for digest in dict.fromkeys(each for each in wanted if each):
        if not target.blobs.has(digest):
            with source.blobs.open(digest) as given:
                moved += target.blobs.put_stream(given, digest).size
    target.database.write(lambda tx: keep_record(tx, caller, bundle, checks))
    return moved


def is_stored(caller: Caller, digest: str, side: Side) -> bool:
    """Tell whether a store has a bundle, without reading what is in it."""
    require(caller, Role.VIEWER)
    return side.database.read(lambda tx: rows.has_bundle(tx, caller.project, digest))


def keep_record(tx: Transaction, caller: Caller, bundle: Bundle, checks: list[BundleCheck]) -> None:
    """Store the record of a bundle, unless it is there, and checks that are not there yet."""
    if not rows.has_bundle(tx, caller.project, bundle.digest):
        rows.insert_bundle(tx, caller.project, bundle)
        told = {"files": len(bundle.files), "commit": bundle.commit, "uncommitted": bool(bundle.diff_digest)}
        tx.emit(caller.name, caller.project, Event("bundle.stored", bundle.digest, told))
    for check in checks:
        rows.insert_check(tx, caller.project, check)


def known_blobs(bundles: list[Bundle]) -> set[str]:
    """Return what stored bundles name: their bytes are there, since nothing collects what a record names."""
    return {digest for bundle in bundles for digest in bundle.manifest.blobs()}


def _put_files(blobs: BlobStore, folder: Path, files: list[BundleFile]) -> None:
    unique = list({file.digest: file for file in files}.values())
    try:
        if isinstance(blobs, BulkPut) and unique:
            digests = blobs.put_files([folder / file.path for file in unique])
        else:
            digests = [blobs.put_file(folder / file.path) for file in unique]
    except FileNotFoundError as error:
        raise _changed(folder, str(error.filename)) from error
    for file, digest in zip(unique, digests, strict=True):
        if digest != file.digest:
            raise _changed(folder, file.path)


def _changed(folder: Path, path: str) -> ConflictError:
    return ConflictError(f"{path} of {folder} was changed while it was packaged; do it again")
