"""The keys of an encrypted store: looking at them, rotating them without a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import Event, KeySource
from tidemill.storage import store_keys as encryption
from tidemill.storage.records import Database, Transaction
from tidemill.storage.store_keys import EncryptionStatus


class Encryption:
    """The keys of a store. Thread-safe.

    source: where the master key comes from that this store was opened with.
    """

    def __init__(self, database: Database, home: Path, source: KeySource) -> None:
        self._database = database
        self._home = home
        self._source = source

    def status(self, caller: Caller) -> EncryptionStatus | None:
        """Return what is known of the keys, none of which it holds; None for a store that is not encrypted."""
        require(caller, Role.ADMIN)
        return encryption.status(self._database)

    def rotate(self, caller: Caller, new: KeySource | None = None) -> EncryptionStatus:
        """Add a data key for what is written from now on, and wrap all keys by a new master key too. Needs admin.

        new: where that comes from; without it only the data key is new. Both master keys open the store until `finish`,
        so that nothing has to be stopped. Raises UsageError when the store is not encrypted or a key is none,
        ConflictError when a rotation is not finished.
        """
        require(caller, Role.ADMIN)

        def told(tx: Transaction, status: EncryptionStatus) -> None:
            tx.emit(caller.name, caller.project, Event("encryption.rotated", "store", _data(status)))

        return encryption.rotate(self._database, self._home, (self._source, new or self._source), told)

    def finish(self, caller: Caller) -> EncryptionStatus:
        """Let only the newest master key open the store, with which it is open. Needs admin.

        Raises UsageError when it was opened with an older one.
        """
        require(caller, Role.ADMIN)

        def told(tx: Transaction, status: EncryptionStatus) -> None:
            tx.emit(caller.name, caller.project, Event("encryption.finished", "store", _data(status)))

        return encryption.finish(self._database, self._home, self._source, told)


def _data(status: EncryptionStatus) -> dict[str, Any]:
    return {"data_key": status.current, "master_keys": list(status.masters)}
