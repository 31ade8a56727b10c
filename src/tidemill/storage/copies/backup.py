"""Backing up a store that is in use.

    DEST/2026-11-21T181502Z/     one backup: a store's folder with a manifest, `backup.json`
    DEST/.unfinished/            what the next backup goes on from; never taken for a backup

A backup is the state of the records at one moment, with at least what they name. Nobody waits for it, so the order is
what makes it whole:

1. What the data plane serves, the pointers before what they point at. It is written after the records that ask for
   it, so it can only be older than them, as after a crash between the two, and is mended in the same way when the
   restored store starts. Taken after them it could name a revision that the records do not know.
2. The blobs and the sealed segments. A record that names a blob was committed after the blob was there. What the
   records of step 3 name was there at their moment, in its place or set aside; whatever of it a collector removes
   afterwards is taken here already, unless it came after this step began: a backup is work in flight, and a collector
   leaves alone what came, and what was set aside, since that began.
3. The records, as one view (`copy_sqlite`). This moment is the backup's.
4. The other SQLite files, the prediction log, everything else, and the blobs that came since step 2. All of it may be
   newer than the records by what came meanwhile, and never lacks what they name: the log is only appended to, and
   the records say how far of it they have read. A segment may end in half a record, as after a crash, and heals so.
5. The tables, each with its log as of one moment: a record that names a version was written after it.

Blobs are linked from the backup before, else from the store, where one disk holds both; else copied, and checked.
Other files are copied, or linked from the backup before when neither size nor time of change differ. So a further
backup takes the space and the time of what is new, and each can be deleted without harm to the others.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tidemill.core import (
    ConflictError,
    UnavailableError,
    UsageError,
    iso,
    make_private_folder,
    new_id,
    sync_folder,
)
from tidemill.storage.copies.backup_manifest import (
    LISTING,
    Manifest,
    backups_in,
    read_listing,
    read_manifest,
    write_listing,
    write_manifest,
)
from tidemill.storage.encryption.key_file import is_encrypted
from tidemill.storage.filelock import FileLock
from tidemill.storage.home_files import (
    BLOBS,
    IN_FLIGHT,
    POINTER,
    RECORDS,
    Stored,
    Told,
    aside_blobs_of,
    blob_file,
    copy_file,
    databases_of,
    digests_of,
    files_of,
    is_served,
    measure,
    sync_folders,
    untold,
)
from tidemill.storage.in_flight import InFlight
from tidemill.storage.schema import VERSION_TABLE
from tidemill.storage.sealing import GENESIS
from tidemill.storage.sqlite_copy import copy_sqlite
from tidemill.storage.tables.table_copies import table_files_of

_UNFINISHED = ".unfinished"
_TELL_EVERY = 100
_TRIES = 5


@dataclass(frozen=True)
class Backup:
    """A finished backup. n_new_blobs: those that neither the backup before nor an unfinished one held."""

    folder: Path
    manifest: Manifest
    n_new_blobs: int
    new_blob_bytes: int


def back_up(home: Path, folder: Path, now: datetime, *, link: bool = True, told: Told = untold) -> Backup:
    """Make a backup of the store in `home`, in a folder of backups, while others use the store.

    now: for its name. link: share the store's blobs where one disk holds both; False makes bytes of their own.

    Broken off, it is gone on with by the next one, and nothing of it counts as a backup.

    Raises UsageError when there is no store, or the folder lies in it; ConflictError when the folder holds backups of
    another store; UnavailableError when the disk refuses; DamagedError for a blob that is not what its name says.
    """
    home, folder = home.absolute(), folder.absolute()
    if not (home / RECORDS).is_file():
        raise UsageError(
            f"there are no records in {home}; a store whose records are elsewhere is backed up there, or copied into a "
            "folder by 'tidemill copy'"
        )
    if folder.resolve().is_relative_to(home.resolve()):
        raise UsageError(f"{folder} lies in the store itself; back up to a folder outside of {home}")
    try:
        make_private_folder(folder)
        # Marked as work in flight: what is put or set aside from now on stays until the backup is whole.
        with FileLock(folder / ".lock"), InFlight(home / IN_FLIGHT).mark():
            return _Making(home, folder, link=link, told=told).make(now)
    except OSError as error:
        raise UnavailableError(
            f"the backup in {folder} was not finished: {error.strerror or error}; see to its disk and its rights, then "
            "run the same command again: it goes on where it was"
        ) from error


@dataclass
class _Making:
    home: Path
    folder: Path
    link: bool
    told: Told
    before: Path | None = None
    known: Mapping[str, Stored] = field(default_factory=dict)
    files: dict[str, Stored] = field(default_factory=dict)
    #: Size and digest of each blob's file, by its name: of one digest, where the store is not encrypted.
    blobs: dict[str, Stored] = field(default_factory=dict)
    known_blobs: Mapping[str, Stored] = field(default_factory=dict)
    n_new: int = 0
    new_bytes: int = 0

    def make(self, now: datetime) -> Backup:
        earlier = backups_in(self.folder)
        part = self._begin()
        self.before = earlier[-1] if earlier else None
        self.known = read_manifest(self.before).files if self.before else {}
        self.known_blobs = read_listing(self.before) if self.before else {}
        self._take_files(part, (name for name in files_of(self.home) if name.endswith(POINTER)))
        self._take_files(part, (name for name in files_of(self.home) if is_served(name)))
        self._take_blobs(part)
        self._take_files(part, (name for name in files_of(self.home) if name.endswith(".sealed")))
        for name in databases_of(self.home):
            copy_sqlite(self.home / name, part / name, self.told)
            self.files[name] = measure(part / name)
        self._take_files(part, (name for name in files_of(self.home) if not is_served(name)))
        self._take_blobs(part)
        self._take_tables(part)
        manifest = self._describe(part, now)
        _check_origin(self.folder, earlier, manifest)
        write_manifest(part, manifest)
        return Backup(self._finish(part, now), manifest, self.n_new, self.new_bytes)

    def _begin(self) -> Path:
        """Return the folder to write to, with the blobs of a backup that was broken off and nothing else."""
        part = self.folder / _UNFINISHED
        make_private_folder(part)
        for entry in part.iterdir():
            if entry.name == BLOBS:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        for left in (part / BLOBS).glob("*/.*.part"):
            left.unlink()
        return part

    def _take_files(self, part: Path, names: Iterable[str]) -> None:
        names = [name for name in names if name not in self.files]
        for number, name in enumerate(names):
            self.told("files", number, len(names))
            self._take_file(part, name)
        self.told("files", len(names), len(names))

    def _take_tables(self, part: Path) -> None:
        """Take what the tables are now; again when a vacuum took some of it before it was copied."""
        for _ in range(_TRIES):
            names = table_files_of(self.home)
            self._take_files(part, names)
            if all(name in self.files for name in names):
                return
        raise UnavailableError("the tables were vacuumed all the time while they were backed up; try again")

    def _take_file(self, part: Path, name: str) -> None:
        try:
            self.files[name] = self._kept(part, name) or copy_file(self.home / name, part / name)
        except FileNotFoundError:
            sealed = f"{name.removesuffix('.open')}.sealed"
            if name.endswith(".open") and (self.home / sealed).exists():
                self._take_file(part, sealed)
            return
        if name.endswith(".sealed") and (begun := f"{name.removesuffix('.sealed')}.open") in self.files:
            (part / begun).unlink()
            del self.files[begun]

    def _kept(self, part: Path, name: str) -> Stored | None:
        """Link a file from the backup before when it has not changed since, and return what it is."""
        stored = self.known.get(name)
        if self.before is None or stored is None or name.endswith(".open"):
            return None
        now, then = (self.home / name).stat(), (self.before / name).stat()
        if (now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns):
            return None
        make_private_folder((part / name).parent)
        return stored if _linked(self.before / name, part / name) else None

    def _take_blobs(self, part: Path) -> None:
        source, target = self.home / BLOBS, part / BLOBS
        # In their place, aside, and in their place again: one that is moved meanwhile is in one of the three.
        found = [*digests_of(source), *aside_blobs_of(source), *digests_of(source)]
        digests = sorted(set(found) - self.blobs.keys())
        for number, digest in enumerate(digests):
            if number % _TELL_EVERY == 0:
                self.told("blobs", number, len(digests))
            try:
                self.blobs[digest] = self._take_blob(digest, target)
            except FileNotFoundError:
                if self._source_of(digest).exists():
                    raise
        self.told("blobs", len(digests), len(digests))

    def _take_blob(self, digest: str, target: Path) -> Stored:
        file = blob_file(target, digest)
        if file.exists():
            return self._measured(file, digest)
        make_private_folder(file.parent)
        if self.before is not None and _linked(blob_file(self.before / BLOBS, digest), file):
            return self._measured(file, digest)
        try:
            self._copy_blob(self._source_of(digest), file, digest)
        except FileNotFoundError:  # set aside, or taken back, since it was looked for
            self._copy_blob(self._source_of(digest), file, digest)
        self.n_new += 1
        self.new_bytes += file.stat().st_size
        return self._measured(file, digest)

    def _measured(self, file: Path, name: str) -> Stored:
        """Return size and digest of a blob's file; sealed ones are named by something else, and read for it once."""
        size, known = file.stat().st_size, self.known_blobs.get(name)
        if not is_encrypted(self.home):
            return Stored(size, name)
        return known if known is not None and known.size == size else measure(file)

    def _source_of(self, digest: str) -> Path:
        """Return where a blob is: in its place, or set aside."""
        place = blob_file(self.home / BLOBS, digest)
        return place if place.exists() else aside_blobs_of(self.home / BLOBS).get(digest, place)

    def _copy_blob(self, source: Path, file: Path, digest: str) -> None:
        if not (self.link and _linked(source, file)):
            copy_file(source, file, None if is_encrypted(self.home) else digest)

    def _describe(self, part: Path, now: datetime) -> Manifest:
        # Blobs of one that was broken off, which the store has deleted since.
        for digest in digests_of(part / BLOBS):
            if digest not in self.blobs:
                blob_file(part / BLOBS, digest).unlink()
        write_listing(part, self.blobs)
        self.files[LISTING] = measure(part / LISTING)
        facts = _facts_of(part / RECORDS)
        return Manifest(
            id=new_id(),
            made_at=iso(now),
            schema=facts.schema,
            origin=facts.origin,
            position=facts.position,
            hash=facts.hash,
            tables=facts.tables,
            files=dict(sorted(self.files.items())),
            n_blobs=len(self.blobs),
            blob_bytes=sum(each.size for each in self.blobs.values()),
        )

    def _finish(self, part: Path, now: datetime) -> Path:
        sync_folders(part)
        name, number = f"{now:%Y-%m-%dT%H%M%SZ}", 1
        target = self.folder / name
        while target.exists():
            number += 1
            target = self.folder / f"{name}-{number}"
        part.rename(target)
        sync_folder(self.folder)
        return target


@dataclass(frozen=True)
class _Facts:
    schema: str
    origin: str
    position: int
    hash: str
    tables: dict[str, int]


def _facts_of(records: Path) -> _Facts:
    """Read what the manifest says of the records, from the copy, leaving no file beside it."""
    with closing(sqlite3.connect(f"{records.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        names = [row[0] for row in connection.execute(query)]
        tables = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608
        schema = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()[0]  # noqa: S608
        first = connection.execute("SELECT hash FROM event WHERE position = 1").fetchone()
        last = connection.execute(
            "SELECT position, hash FROM event WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1"
        ).fetchone()
    position, hash_ = last or (0, GENESIS)
    return _Facts(schema, first[0] if first else "", position, hash_, tables)


def _check_origin(folder: Path, earlier: Sequence[Path], manifest: Manifest) -> None:
    known = {read_manifest(each).origin for each in earlier} - {""}
    if manifest.origin and known - {manifest.origin}:
        raise ConflictError(f"{folder} holds backups of another store; name a folder of its own for this one")


def _linked(source: Path, target: Path) -> bool:
    """Link a file; tell whether that could be done. Raises FileNotFoundError when it is not there, ENOSPC."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        return False  # another disk, one that has no links, or too many of them
    return True
