"""Whether a store is encrypted, decided when it is made and remembered by it: opening, rotating, telling.

The keyring is a row of the records, so that whoever opens them from another machine finds it, and a copy of that in the
folder, `encryption.json`, for the data plane, which opens no records. It is useless without the master key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from tidemill.core import ConflictError, KeySource, UsageError, iso, write_atomically
from tidemill.storage._tables import event_table, keyring_table
from tidemill.storage.encryption.ciphers import require_library
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.key_file import KEYRING_FILE, read_keyring_file
from tidemill.storage.encryption.keyring import DataKey, Keyring, new_keyring, parse_keyring
from tidemill.storage.encryption.master_key import read_master_key
from tidemill.storage.encryption.sealed_columns import ColumnSeal, use_seal
from tidemill.storage.records import Database, Transaction

#: How a user makes an encrypted store of one that is not.
_ADVICE = (
    "encryption is chosen when a store is made: let [encryption] away to open this one, or copy it into an encrypted "
    "one with 'tidemill copy SRC DST --to-key SOURCE'"
)


@dataclass(frozen=True)
class EncryptionStatus:
    """What an encrypted store tells of its keys, none of which it shows.

    masters: ids of the master keys that open it, the newest last; two while a rotation is not finished.
    """

    store: str
    masters: tuple[str, ...]
    current: str
    keys: tuple[tuple[str, str], ...]


#: Is told of a change of keys, in the transaction of that change.
Told = Callable[[Transaction, EncryptionStatus], object]


def open_keys(
    database: Database, home: Path, source: KeySource, holds_blobs: Callable[[], bool] = lambda: False
) -> DataKeys | None:
    """Return the data keys of a store, and let its records be sealed with them; None for one that is not encrypted.

    An empty store becomes an encrypted one when a source of a key is given. holds_blobs: whether there are any.

    Raises UsageError when the store is encrypted and no key or another one is given, or when cryptography is not
    installed; ConflictError when it is not encrypted, holds something, and a key is given.
    """
    text = database.read(_document)
    if not source:
        _check_plain(text, home)
        return None
    require_library()
    master = read_master_key(source)
    if text is None:
        if (home / KEYRING_FILE).exists():
            raise ConflictError(f"{home} belongs to an encrypted store, and these are not its records; {_WHICH}")
        if holds_blobs() or _holds_files(home):
            raise ConflictError(f"the store {home} holds what is not encrypted; {_ADVICE}")
        text = database.write(partial(_begin, home=home, master=master))
    ring = parse_keyring(text)
    ring.master_of(master)
    _keep_file(home, ring)
    keys = DataKeys(ring, master, (partial(read_keyring_file, home), partial(_fetched, database, home)))
    database.read(lambda tx: use_seal(tx, ColumnSeal(keys)))
    return keys


def adopt_keyring(database: Database, home: Path, keys: DataKeys, source: KeySource) -> None:
    """Let an empty store have the data keys of another, under a master key of its own: for copies.

    What is sealed in the one can then be moved to the other as it stands. Does nothing when the store has these keys.
    Raises ConflictError when it has others, or holds something.
    """
    master = read_master_key(source)

    def adopt(tx: Transaction) -> str:
        text = _document(tx)
        if text is None:
            _check_empty(tx, home)
            ring = keys.rewrapped(master)
            tx.execute(sa.insert(keyring_table), {"id": 1, "document": ring.to_text()})
            return ring.to_text()
        ring = parse_keyring(text)
        ring.master_of(master)
        lacking = keys.ring.keys.keys() - ring.keys.keys()
        if ring.store != keys.ring.store or (lacking and ring.keys.keys() - keys.ring.keys.keys()):
            raise ConflictError(f"{home} has other keys than the store it should be a copy of; copy to an empty folder")
        if not lacking:
            return text
        renewed = keys.rewrapped(master).to_text()  # the source's keys were rotated since the copy was made
        tx.execute(sa.update(keyring_table).values(document=renewed))
        return renewed

    _keep_file(home, parse_keyring(database.write(adopt)))


def rotate(database: Database, home: Path, sources: tuple[KeySource, KeySource], told: Told) -> EncryptionStatus:
    """Wrap the data keys by a new master key as well, and add a data key for what is written from now on.

    sources: of the old and the new one; twice the same makes a new data key only.
    told: is called in the transaction of the change.

    Both master keys open the store until `finish`, so that what runs with the old one goes on. Raises UsageError,
    ConflictError when a rotation is not finished.
    """
    old, new = (read_master_key(source) for source in sources)
    return _changed(database, home, lambda ring, at: ring.rotated(old, new, at), told)


def finish(database: Database, home: Path, source: KeySource, told: Told) -> EncryptionStatus:
    """Let only the newest master key open the store. Raises UsageError when `source` is not that one."""
    master = read_master_key(source)
    return _changed(database, home, lambda ring, _: ring.finished(master), told)


def status(database: Database) -> EncryptionStatus | None:
    """Return what a store tells of its keys, None when it is not encrypted; needs no key."""
    text = database.read(_document)
    return None if text is None else _status_of(parse_keyring(text))


def _changed(database: Database, home: Path, change: Callable[[Keyring, str], Keyring], told: Told) -> EncryptionStatus:
    """Replace the keyring in one transaction, so that of two at once the second sees the first."""

    def write(tx: Transaction) -> Keyring:
        text = _document(tx)
        if text is None:
            raise UsageError(f"the store {home} is not encrypted; {_ADVICE}")
        before = parse_keyring(text)
        ring = change(before, iso(tx.now))
        table = keyring_table
        same = sa.and_(table.c.id == 1, table.c.document == text)
        if tx.execute(sa.update(table).where(same).values(document=ring.to_text())).rowcount != 1:
            raise ConflictError("somebody else has changed the keys at the same time; look at 'tidemill encryption'")
        told(tx, _status_of(ring))
        return ring

    ring = database.write(write)
    _keep_file(home, ring)
    return _status_of(ring)


def _begin(tx: Transaction, home: Path, master: bytes) -> str:
    text = _document(tx)
    if text is None:
        _check_empty(tx, home)
        text = new_keyring(master, iso(tx.now)).to_text()
        tx.execute(sa.insert(keyring_table), {"id": 1, "document": text})
    return text


def _check_empty(tx: Transaction, home: Path) -> None:
    if tx.scalar(sa.select(event_table.c.sequence).limit(1)) is not None:
        raise ConflictError(f"the store {home} holds what is not encrypted; {_ADVICE}")


def _check_plain(text: str | None, home: Path) -> None:
    if text is not None:
        raise UsageError(
            f"the store {home} is encrypted and no key is given; put [encryption] key = {{file = ...}}, env or command "
            "into tidemill.toml, or set TIDEMILL_ENCRYPTION=env:NAME"
        )
    if (home / KEYRING_FILE).exists():
        raise ConflictError(f"{home} belongs to an encrypted store, and these are not its records; {_WHICH}")


_WHICH = "correct the setting records, or name another folder with --home"


def _document(tx: Transaction) -> str | None:
    text: str | None = tx.scalar(sa.select(keyring_table.c.document).where(keyring_table.c.id == 1))
    return text


def _fetched(database: Database, home: Path) -> Keyring:
    ring = parse_keyring(database.read(_document) or "")
    _keep_file(home, ring)
    return ring


def _keep_file(home: Path, ring: Keyring) -> None:
    """Write the copy for the data plane, when what is there is older or no keyring."""
    file = home / KEYRING_FILE
    if not file.exists() or read_keyring_file(home).generation < ring.generation:
        write_atomically(file, ring.to_text().encode())


def _holds_files(home: Path) -> bool:
    return any(any((home / name).glob("*/*/*")) for name in ("predictions", "serving"))


def _status_of(ring: Keyring) -> EncryptionStatus:
    keys: list[tuple[str, DataKey]] = sorted(ring.keys.items(), key=lambda item: (item[1].made_at, item[0]))
    return EncryptionStatus(ring.store, ring.masters, ring.current, tuple((id_, key.made_at) for id_, key in keys))
