"""Checking a backup, and bringing it back as a store."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from tidemill.core import ConflictError, DamagedError, UnavailableError, make_private_folder, sync_folder
from tidemill.storage.backup_folders import ERASURES, remember_folder
from tidemill.storage.copies.backup_manifest import LISTING, Manifest, find_backup, read_listing, read_manifest
from tidemill.storage.home_files import (
    BLOBS,
    RECORDS,
    Stored,
    Told,
    blob_file,
    copy_file,
    digests_of,
    measure,
    sync_folders,
    untold,
)
from tidemill.storage.records import Transaction
from tidemill.storage.sealing import Head
from tidemill.storage.verification import ChainReport, verify_chain

_MOST_FINDINGS = 100
_FIRST_SEALED_SCHEMA = "0002"


@dataclass(frozen=True)
class BackupReport:
    """What a check of a backup found. chain: None for a backup of a time when events were not chained."""

    manifest: Manifest
    chain: ChainReport | None
    findings: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings and (self.chain is None or self.chain.sound)


def check_backup(folder: Path, against: Head | None = None, told: Told = untold) -> BackupReport:
    """Read every byte of a backup, compare it with the manifest, and check the chain of its events. Writes nothing.

    against: a head that was copied earlier, which must still be part of the chain. Raises UsageError, DamagedError for
    a manifest that cannot be read.
    """
    manifest = read_manifest(folder)
    findings = []
    for finding in _compare(folder, manifest, told):
        findings.append(finding)
        if len(findings) == _MOST_FINDINGS:
            break
    chain = None
    if manifest.schema >= _FIRST_SEALED_SCHEMA and not any(RECORDS in each for each in findings):
        chain = _check_chain(folder / RECORDS, against)
        if chain.head != Head(manifest.position, manifest.hash):
            findings.append(f"{RECORDS} ends with another event than its manifest says")
    return BackupReport(manifest, chain, tuple(findings))


def _compare(folder: Path, manifest: Manifest, told: Told) -> Iterator[str]:
    for number, (name, stored) in enumerate(manifest.files.items()):
        told("files", number, len(manifest.files))
        yield from _compared(folder / name, name, stored)
    try:
        listing = read_listing(folder)
    except (OSError, DamagedError):
        return  # told above: its digest is another
    for number, (name, stored) in enumerate(listing.items()):
        told("blobs", number, len(listing))
        yield from _compared(blob_file(folder / BLOBS, name), f"the blob {name[:12]}", stored)
    told("blobs", len(listing), len(listing))


def _compared(file: Path, name: str, stored: Stored) -> Iterator[str]:
    try:
        if measure(file) != stored:
            yield f"{name} is damaged: its bytes have another digest"
    except FileNotFoundError:
        yield f"{name} is missing"
    except OSError as error:
        yield f"{name} cannot be read: {error.strerror}"


def _check_chain(records: Path, against: Head | None) -> ChainReport:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{records.absolute().as_uri()}?mode=ro&immutable=1", uri=True)

    engine = sa.create_engine("sqlite+pysqlite://", creator=connect, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return verify_chain(Transaction(connection, datetime.now(UTC)), against)


def restore(place: Path, home: Path, told: Told = untold) -> Manifest:
    """Bring a backup back as a store in a folder that is missing or empty; `place`: it, or a folder with several.

    Every byte is compared with the manifest's digests on its way. The store appears at the end, whole; broken off, the
    same call goes on with the blobs that are there. What was erased since is noted in it, to be erased again.

    Raises ConflictError when the folder holds something, UsageError when there is no backup, DamagedError when it is
    damaged, UnavailableError when the disk refuses.
    """
    folder, home = find_backup(place), home.absolute()
    manifest = read_manifest(folder)
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise ConflictError(f"{home} is not empty; a backup is restored into a new folder, which --home names")
    part = home.with_name(f".{home.name}.restoring")
    try:
        _copy(folder, manifest, part, told)
        if (erasures := folder.parent / ERASURES).is_file():
            copy_file(erasures, part / ERASURES)
        remember_folder(part, folder.parent)
        sync_folders(part)
        part.replace(home)
        sync_folder(home.parent)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and Path(str(error.filename)).is_relative_to(folder):
            said = f"the backup {folder} is damaged: {error.filename} is missing; take another"
            raise DamagedError(said) from error
        raise UnavailableError(
            f"{home} was not restored: {error.strerror or error}; see to its disk and its rights, then run the same "
            "command again: it goes on where it was"
        ) from error
    return manifest


def _copy(folder: Path, manifest: Manifest, part: Path, told: Told) -> None:
    make_private_folder(part)
    for entry in part.iterdir():
        if entry.is_dir() and entry.name != BLOBS:
            shutil.rmtree(entry)
        elif not entry.is_dir():
            entry.unlink()
    names = [name for name in manifest.files if name != LISTING]
    for number, name in enumerate(names):
        told("files", number, len(names))
        copy_file(folder / name, part / name, manifest.files[name].digest)
    if measure(folder / LISTING) != manifest.files[LISTING]:
        raise DamagedError(f"{folder / LISTING} is damaged: its bytes have another digest; take another backup")
    _copy_blobs(folder, part, read_listing(folder), told)


def _copy_blobs(folder: Path, part: Path, listing: dict[str, Stored], told: Told) -> None:
    make_private_folder(part / BLOBS)
    there = set(digests_of(part / BLOBS))
    for digest in there - set(listing):  # of another backup, whose restoring was broken off
        blob_file(part / BLOBS, digest).unlink()
    for number, (name, stored) in enumerate(listing.items()):
        told("blobs", number, len(listing))
        if name not in there:
            copy_file(blob_file(folder / BLOBS, name), blob_file(part / BLOBS, name), stored.digest)
    told("blobs", len(listing), len(listing))
