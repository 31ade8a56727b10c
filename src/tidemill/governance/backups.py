"""Backups of the whole store: of all its projects, so only an admin makes them."""

from __future__ import annotations

from pathlib import Path

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, UsageError
from tidemill.storage import BlobStore, LocalBlobs
from tidemill.storage.backup import Backup, back_up
from tidemill.storage.home_files import Told, untold


class Backups:
    """Makes backups of a store's folder. Thread-safe; backups into one folder are made one after the other.

    clock: the machine's, by which backups are named, also where the store's own is that of a replay.
    """

    def __init__(self, home: Path, blobs: BlobStore, clock: Clock) -> None:
        self._home = home
        self._blobs = blobs
        self._clock = clock

    def back_up(self, caller: Caller, folder: Path, *, link: bool = True, told: Told = untold) -> Backup:
        """Make a backup in a folder of backups, while the store is in use. Needs admin.

        link: share blobs with the store where one disk holds both; False makes bytes of their own.

        Raises UsageError when records or blobs are not in the store's folder, ConflictError when the backups in the
        folder are of another store, UnavailableError when the disk refuses, DamagedError for a damaged blob.
        """
        require(caller, Role.ADMIN)
        if not isinstance(self._blobs, LocalBlobs):
            raise UsageError("the blobs are not in the store's folder; 'tidemill copy' copies them into one")
        return back_up(self._home, folder, self._clock.now(), link=link, told=told)
