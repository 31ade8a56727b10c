"""Journals of an encrypted store of this machine: what is in them is sealed with the store's keys, but for the header.

Each journal has a key of its own, derived by HKDF from the data key and the salt in its header. An entry's body is

    SEALED (1)  number of the entry (8)  ciphertext and tag, by AES-256-GCM

whose nonce is that number: no number comes twice under one key. Files beside the journal are sealed as all files are.
"""

from __future__ import annotations

import itertools
import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tidemill.core import DamagedError, Settings, UnavailableError, clock_of
from tidemill.storage.encryption.ciphers import opened
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.key_file import is_encrypted, open_home_keys
from tidemill.storage.encryption.sealed_stream import sealed, unsealed
from tidemill.storage.stores import Place, open_store

#: The kind of an entry that is sealed.
SEALED = 255
_NUMBER = struct.Struct("<BQ")
_PURPOSE, _FILES = "journal", "journal file"
_SALT_BYTES, _PIECE_BYTES = 32, 1 << 20


class JournalSeal:
    """Seals and opens one journal's entries, and the files beside it. Thread-safe.

    told: what its header says of it, so that it can be opened again.
    """

    def __init__(self, keys: DataKeys, told: Mapping[str, str] | None = None) -> None:
        self.told = dict(told) if told else {"key": keys.current, "salt": secrets.token_hex(_SALT_BYTES)}
        self._keys = keys
        self._cipher = keys.fresh(self.told["key"], bytes.fromhex(self.told["salt"]), _PURPOSE)
        self._numbers = itertools.count()

    def seal(self, body: bytes) -> bytes:
        """Return the sealed form of an entry's body."""
        head = _NUMBER.pack(SEALED, next(self._numbers))
        return head + self._cipher.encrypt(head[1:].ljust(12, b"\0"), body, None)

    def open(self, body: bytes) -> bytes:
        """Return the body of a sealed one. Raises DamagedError for any other."""
        head, what = body[: _NUMBER.size], "an entry of a journal"
        if len(head) < _NUMBER.size:
            raise DamagedError(f"{what} is damaged: it is too short")
        return opened(self._cipher, head[1:].ljust(12, b"\0"), body[_NUMBER.size :], b"", what)

    def write(self, file: Path, pieces: Iterable[bytes]) -> None:
        """Write a file that is sealed. Raises OSError."""
        with file.open("xb") as target:
            target.writelines(sealed(self._keys, pieces, _FILES))

    def pieces(self, file: Path) -> Iterator[bytes]:
        """Yield what a sealed file holds. Raises DamagedError, OSError."""
        return unsealed(self._keys, pieces_of(file), _FILES, str(file))


def seal_for(settings: Settings) -> JournalSeal | None:
    """Return what seals a new journal for the store of the settings; None when that is not encrypted.

    The keys are those of the store's folder; a store that is not there yet is made. Raises UsageError without the key,
    UnavailableError when the store cannot be made now.
    """
    home = settings.home.absolute()
    if not settings.encryption and not is_encrypted(home):
        return None
    if not is_encrypted(home):
        place = Place(home, settings.records, settings.blobs, settings.tables, settings.encryption)
        open_store(place, clock_of(settings)).database.close()
    keys = open_home_keys(home, settings.encryption)
    return None if keys is None else JournalSeal(keys)


def seal_of(header: Mapping[str, Any], keys: DataKeys | None) -> JournalSeal | None:
    """Return what opens a journal by its header; None for one in clear. Raises UnavailableError without the keys."""
    told = header.get("seal")
    if told is None:
        return None
    if keys is None:
        raise UnavailableError(
            f"the journal of run {header.get('run')} is sealed with the key of an encrypted store, which is not given "
            "here; set TIDEMILL_ENCRYPTION, and 'tidemill sync' brings it"
        )
    return JournalSeal(keys, told)


def pieces_of(file: Path) -> Iterator[bytes]:
    """Yield what a file holds, in pieces. Raises OSError."""
    with file.open("rb") as source:
        yield from iter(partial(source.read, _PIECE_BYTES), b"")
