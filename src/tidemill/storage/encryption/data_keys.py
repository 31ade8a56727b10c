"""The data keys of an opened store, in memory: the current one to seal with, all of them to open with.

Another process may rotate them. Whoever meets a key it does not know reads the keyring anew, and so does, once a second
at most, whoever is about to seal: what is written from now on is under the newest key within a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from tidemill.core import DamagedError, TidemillError
from tidemill.storage.encryption.ciphers import Aead, aead, derived
from tidemill.storage.encryption.keyring import Keyring

_LOOK_EVERY_S = 1.0
_MOST_CIPHERS = 4096


class DataKeys:
    """Data keys and what is derived from them. Thread-safe.

    ring: the keyring, which `master` opens; both stay in memory while the store is open.
    loads: ways to read it anew, the cheapest first; the others are for a key that it does not know.
    """

    def __init__(self, ring: Keyring, master: bytes, loads: Sequence[Callable[[], Keyring]]) -> None:
        self._loads = loads
        self._master = master
        self._lock = threading.Lock()
        self._ciphers: dict[tuple[str, bytes, str], Aead] = {}
        self.ring = ring
        self._keys, names = ring.unwrapped(master)
        self.names = derived(names, b"", "blob names")
        self.lookup = derived(names, b"", "online keys")
        self.findable = derived(names, b"", "findable") + derived(names, b"", "findable, second half")
        self._looked = time.monotonic()

    @property
    def current(self) -> str:
        """The id of the data key that seals what is written now."""
        if time.monotonic() - self._looked > _LOOK_EVERY_S:
            self._renew(self._loads[:1])
        return self.ring.current

    def cipher(self, id_: str, salt: bytes, purpose: str) -> Aead:
        """Return the cipher that belongs to a data key, a salt and a purpose.

        Raises DamagedError when the store has no such key.
        """
        kept = self._ciphers.get((id_, salt, purpose))
        if kept is not None:
            return kept
        made = aead(self.derived(id_, salt, purpose))
        with self._lock:
            if len(self._ciphers) >= _MOST_CIPHERS:
                self._ciphers.clear()
            self._ciphers[id_, salt, purpose] = made
        return made

    def derived(self, id_: str, salt: bytes, purpose: str) -> bytes:
        """Return the bytes of a key derived from a data key. Raises DamagedError when the store has no such key."""
        for load in self._loads:
            if id_ in self._keys:
                break
            self._renew([load])
        if id_ not in self._keys:
            raise DamagedError(
                f"something in the store is sealed with the key {id_[:16]!r}, which its keyring lacks: it is damaged "
                "or of another store; restore it from a copy"
            )
        return derived(self._keys[id_], salt, purpose)

    def fresh(self, id_: str, salt: bytes, purpose: str) -> Aead:
        """Return such a cipher without keeping it: for a salt that comes once."""
        return aead(self.derived(id_, salt, purpose))

    def rewrapped(self, master: bytes) -> Keyring:
        """Return the keyring under another master key alone."""
        return self.ring.under(self._master, master)

    def _renew(self, loads: Sequence[Callable[[], Keyring]]) -> None:
        """Read the keyring anew; what cannot be read, or opened with the key of this process, changes nothing."""
        with self._lock:
            self._looked = time.monotonic()
            for load in loads:
                with suppress(TidemillError, OSError):
                    ring = load()
                    if ring.generation > self.ring.generation and ring.store == self.ring.store:
                        keys, _ = ring.unwrapped(self._master)
                        self._keys, self.ring = keys, ring
