"""Which folders hold backups of a store: a list beside the records, which is neither backed up nor copied itself."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from tidemill.core import write_atomically
from tidemill.storage.filelock import FileLock
from tidemill.storage.records import Transaction
from tidemill.storage.sealing import event_rows

_FILE = ".backups.json"
#: Beside the backups in a folder: what was erased from the store, so that restoring one does not bring it back.
ERASURES = "erasures.json"


def known_folders(home: Path) -> list[Path]:
    """Return the folders that backups of a store were made in, or that it was restored from, whether or not they are
    there now; none when the list cannot be read."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        return [Path(str(each)) for each in json.loads((home / _FILE).read_bytes())["folders"]]
    return []


def remember_folder(home: Path, folder: Path) -> None:
    """Add a folder of backups to the list. Raises OSError."""
    with FileLock(home / ".backups.lock"):
        known = known_folders(home)
        if folder.resolve() not in known:
            told = {"folders": [str(each) for each in (*known, folder.resolve())]}
            write_atomically(home / _FILE, json.dumps(told, indent=1).encode())


def origin_of(tx: Transaction) -> str:
    """Return the hash of a store's first event, by which its backups know each other; empty before there is one."""
    return str(tx.scalar(sa.select(event_rows.c.hash).where(event_rows.c.position == 1)) or "")
