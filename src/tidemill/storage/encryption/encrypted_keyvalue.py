"""Online values whose keys and values say nothing without the store's keys, in SQLite, Redis or Valkey.

A key is stored as its HMAC-SHA256, since it is often what tells a person; key and value together are sealed by
AES-256-GCM with a random nonce, and space and stored key are authenticated with them. The names of spaces (a feature
view's) stay readable.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from tidemill.core import UsageError
from tidemill.storage.encryption.ciphers import NONCE_BYTES, opened
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.keyring import KEY_ID_BYTES
from tidemill.storage.keyvalue import KeyValueStore

_PURPOSE = "online value"
_LENGTH_BYTES = 4
_READ_AT_ONCE = 1000


class EncryptedKeyValue:
    """A key-value store over another that is given sealed bytes only. See `KeyValueStore`."""

    def __init__(self, store: KeyValueStore, keys: DataKeys) -> None:
        self._store = store
        self._keys = keys

    def put_many(self, space: str, items: Iterable[tuple[str, bytes]]) -> int:
        """Store values, replacing older ones."""
        return self._store.put_many(space, self._sealed(space, items))

    def replace(self, space: str, items: Iterable[tuple[str, bytes]]) -> int:
        """Make the space hold these values and no others."""
        return self._store.replace(space, self._sealed(space, items))

    def get_many(self, space: str, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values in the order of the keys. Raises DamagedError for what was not sealed for its key."""
        names = [self._name(space, key) for key in keys]
        found = self._store.get_many(space, names)
        return [
            None if sealed is None else self._opened(space, name, sealed)[1]
            for name, sealed in zip(names, found, strict=True)
        ]

    def keys(self, space: str) -> Iterator[str]:
        """Yield the keys of a space. Raises DamagedError for what was not sealed for its key."""
        stored = self._store.keys(space)
        while names := list(islice(stored, _READ_AT_ONCE)):
            found = self._store.get_many(space, names)
            yield from (
                self._opened(space, name, sealed)[0]
                for name, sealed in zip(names, found, strict=True)
                if sealed is not None
            )

    def count(self, space: str) -> int:
        """Return how many keys the space holds."""
        return self._store.count(space)

    def remove_many(self, space: str, keys: Iterable[str]) -> int:
        """Remove these keys."""
        return self._store.remove_many(space, [self._name(space, key) for key in keys])

    def clear(self, space: str) -> None:
        """Remove every key of the space."""
        self._store.clear(space)

    def spaces(self, prefix: str = "") -> list[str]:
        """Return the names of the spaces that begin so."""
        return self._store.spaces(prefix)

    def close(self) -> None:
        """Close the connections."""
        self._store.close()

    def _sealed(self, space: str, items: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        for key, value in items:
            name, id_, nonce = self._name(space, key), self._keys.current, secrets.token_bytes(NONCE_BYTES)
            cipher = self._keys.cipher(id_, b"", _PURPOSE)
            text = key.encode()
            plain = len(text).to_bytes(_LENGTH_BYTES) + text + value
            yield name, bytes.fromhex(id_) + nonce + cipher.encrypt(nonce, plain, _about(space, name))

    def _opened(self, space: str, name: str, sealed: bytes) -> tuple[str, bytes]:
        cipher = self._keys.cipher(sealed[:KEY_ID_BYTES].hex(), b"", _PURPOSE)
        nonce, body = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES], sealed[KEY_ID_BYTES + NONCE_BYTES :]
        plain = opened(cipher, nonce, body, _about(space, name), f"an online value of {space}")
        end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES])
        return plain[_LENGTH_BYTES:end].decode(), plain[end:]

    def _name(self, space: str, key: str) -> str:
        try:
            text = f"{space}\0{key}".encode()
        except UnicodeEncodeError as error:
            raise UsageError(f"the key {key!r} is no Unicode text: {error.reason}") from None
        return hmac.digest(self._keys.lookup, text, hashlib.sha256).hex()


def _about(space: str, name: str) -> bytes:
    return f"{space}\0{name}".encode()
