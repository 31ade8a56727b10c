"""Backups of the whole store: of all its projects, so only an admin makes them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, Event, UnavailableError, UsageError
from tidemill.data import open_erased_keys, projects_with_data
from tidemill.storage.backup_folders import known_folders, remember_folder
from tidemill.storage.copies.backup import Backup, back_up
from tidemill.storage.copies.backup_manifest import backups_in, read_manifest
from tidemill.storage.home_files import Told, untold
from tidemill.storage.records import Database, Transaction


@dataclass(frozen=True)
class MadeBackup:
    """A backup that is there: its id and folder, the instant that it is of, and the last event that it holds."""

    id: str
    folder: Path
    made_at: str
    schema: str
    position: int
    n_blobs: int
    blob_bytes: int


class Backups:
    """Makes backups of a store's folder. Thread-safe; backups into one folder are made one after the other.

    in_folder: whether records, blobs and tables are in that folder; what is elsewhere is backed up or copied there.
    database: is told that one was made, and by whom. clock: the machine's, by which backups are named, also in a
    replay.
    """

    def __init__(self, database: Database, home: Path, clock: Clock, *, in_folder: bool = True) -> None:
        self._database = database
        self._home = home
        self._clock = clock
        self._in_folder = in_folder

    def back_up(self, caller: Caller, folder: Path, *, link: bool = True, told: Told = untold) -> Backup:
        """Make a backup in a folder of backups, while the store is in use. Needs admin.

        link: share blobs with the store where one disk holds both; False makes bytes of their own.

        Raises UsageError when records, blobs or tables are not in the store's folder, ConflictError when the backups in
        the folder are of another store, UnavailableError when the disk refuses, DamagedError for a damaged blob.
        """
        require(caller, Role.ADMIN)
        if not self._in_folder:
            raise UsageError(
                "records, blobs or tables of this store are elsewhere, so a backup of its folder would lack them; "
                "back them up where they are, or copy the store into a folder by 'tidemill copy'"
            )
        self._database.write(self._open_secrets)
        made = back_up(self._home, folder, self._clock.now(), link=link, told=told)
        with suppress(OSError, UnavailableError):  # a full disk that the store is on takes nothing from the backup
            remember_folder(self._home, folder)
            data = {"position": made.manifest.position, "made_at": made.manifest.made_at}
            event = Event("backup.made", made.manifest.id, data)
            self._database.write(lambda tx: tx.emit(caller.name, caller.project, event))
        return made

    def list(self, caller: Caller) -> tuple[MadeBackup, ...]:
        """Return the backups in the folders that were backed up to, newest first. Needs admin.

        Raises DamagedError for one whose manifest cannot be read.
        """
        require(caller, Role.ADMIN)
        folders = [folder for folder in known_folders(self._home) if folder.is_dir()]
        made = [
            MadeBackup(told.id, each, told.made_at, told.schema, told.position, told.n_blobs, told.blob_bytes)
            for folder in folders
            for each in backups_in(folder)
            for told in (read_manifest(each),)
        ]
        return tuple(sorted(made, key=lambda each: each.made_at, reverse=True))

    def _open_secrets(self, tx: Transaction) -> None:
        """See to it that the backup holds the secret by which what is erased later is known, of each project."""
        for project in projects_with_data(tx):
            open_erased_keys(tx, project)
