"""Backups of the whole store: of all its projects, so only an admin makes them."""

from __future__ import annotations

from pathlib import Path

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, UsageError
from tidemill.storage.backup import Backup, back_up
from tidemill.storage.home_files import Told, untold


class Backups:
    """Makes backups of a store's folder. Thread-safe; backups into one folder are made one after the other.

    in_folder: whether records, blobs and tables are in that folder; what is elsewhere is backed up or copied there.
    clock: the machine's, by which backups are named, also where the store's own is that of a replay.
    """

    def __init__(self, home: Path, clock: Clock, *, in_folder: bool = True) -> None:
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
        return back_up(self._home, folder, self._clock.now(), link=link, told=told)
