"""The keys of an encrypted store: data keys, wrapped by one or two master keys.

A document of JSON, which says nothing without a master key::

    {"format": 1, "store": id, "generation": 3, "masters": [id, ...], "current": key id,
     "keys": {key id: {"made_at": instant, "wrapped": {master id: base64}}}, "names": {master id: base64}}

Each data key is wrapped by AES-256-GCM under every master key; the key id and the store's id are authenticated with it.
Two master keys are there between `rotated` and `finished`: processes that were started with either one go on.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tidemill.core import ConflictError, DamagedError, UsageError, new_id
from tidemill.storage.encryption.ciphers import KEY_BYTES, NONCE_BYTES, aead, derived, opened
from tidemill.storage.encryption.master_key import key_id

FORMAT = 1
KEY_ID_BYTES = 8
_NAMES = "names"

Wrapped = Mapping[str, str]


@dataclass(frozen=True)
class DataKey:
    """A wrapped data key. wrapped: base64 by the id of a master key."""

    made_at: str
    wrapped: Wrapped


@dataclass(frozen=True)
class Keyring:
    """What a store remembers of its encryption, without any key. The newest of two has the larger generation."""

    store: str
    generation: int
    masters: tuple[str, ...]
    current: str
    keys: Mapping[str, DataKey]
    names: Wrapped

    def to_text(self) -> str:
        """Return the document."""
        keys = {id_: {"made_at": key.made_at, "wrapped": dict(key.wrapped)} for id_, key in self.keys.items()}
        told = {"format": FORMAT, "store": self.store, "generation": self.generation, "masters": list(self.masters)}
        return json.dumps(told | {"current": self.current, "keys": keys, "names": dict(self.names)}, indent=1)

    def master_of(self, master: bytes) -> str:
        """Return the id of a master key that opens this ring. Raises UsageError for any other."""
        found = key_id(master)
        if found not in self.masters:
            raise UsageError(
                f"this is not the key of the store: it has id {found}, and the store opens with "
                f"{' or '.join(self.masters)}; correct [encryption] or what it names"
            )
        return found

    def unwrapped(self, master: bytes) -> tuple[dict[str, bytes], bytes]:
        """Return the data keys by their ids, and the key of the names. Raises UsageError, DamagedError."""
        id_ = self.master_of(master)
        keys = {name: self._open(master, id_, name, key.wrapped) for name, key in self.keys.items()}
        if self.current not in keys:
            raise DamagedError("the store's keyring is damaged: it lacks its current key; restore it from a backup")
        return keys, self._open(master, id_, _NAMES, self.names)

    def rotated(self, old: bytes, new: bytes, made_at: str) -> Keyring:
        """Return the ring with a new data key, all keys wrapped by both master keys; they may be the same one.

        Raises UsageError when the old one is none of this ring's, ConflictError when two are in use already.
        """
        old_id, new_id_ = self.master_of(old), key_id(new)
        if len(self.masters) > 1:
            raise ConflictError(
                "a rotation is not finished: two master keys open the store; 'tidemill encryption finish' lets the "
                "older one go, then rotate again"
            )
        keys, names = self.unwrapped(old)
        made = _new_key_id()
        masters = {old_id: old, new_id_: new}
        all_keys = {**{id_: (self.keys[id_].made_at, key) for id_, key in keys.items()}, made: (made_at, _new_key())}
        return replace(
            self,
            generation=self.generation + 1,
            masters=tuple(masters),
            current=made,
            keys={id_: DataKey(at, self._wrap(masters, id_, key)) for id_, (at, key) in all_keys.items()},
            names=self._wrap(masters, _NAMES, names),
        )

    def under(self, old: bytes, new: bytes) -> Keyring:
        """Return the ring as only another master key opens it. Raises UsageError when the old one is not its own."""
        keys, names = self.unwrapped(old)
        masters = {key_id(new): new}
        wrapped = {id_: DataKey(self.keys[id_].made_at, self._wrap(masters, id_, key)) for id_, key in keys.items()}
        return replace(self, masters=tuple(masters), keys=wrapped, names=self._wrap(masters, _NAMES, names))

    def finished(self, master: bytes) -> Keyring:
        """Return the ring that only this master key opens: the newest. Raises UsageError for an older one."""
        kept = self.master_of(master)
        if kept != self.masters[-1]:
            raise UsageError(
                f"[encryption] names the older key still ({kept}); name the newer one ({self.masters[-1]}), start what "
                "runs again, then finish"
            )
        keys = {id_: replace(key, wrapped={kept: key.wrapped[kept]}) for id_, key in self.keys.items()}
        return replace(self, generation=self.generation + 1, masters=(kept,), keys=keys, names={kept: self.names[kept]})

    def _wrap(self, masters: Mapping[str, bytes], name: str, key: bytes) -> dict[str, str]:
        wrapped = {}
        for id_, master in masters.items():
            nonce = secrets.token_bytes(NONCE_BYTES)
            sealed = aead(_wrapping_key(master)).encrypt(nonce, key, self._about(name))
            wrapped[id_] = base64.b64encode(nonce + sealed).decode()
        return wrapped

    def _open(self, master: bytes, id_: str, name: str, wrapped: Wrapped) -> bytes:
        sealed = base64.b64decode(wrapped.get(id_, ""))
        cipher = aead(_wrapping_key(master))
        return opened(cipher, sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._about(name), "the store's keyring")

    def _about(self, name: str) -> bytes:
        return f"tidemill/1/keyring/{self.store}/{name}".encode()


def new_keyring(master: bytes, made_at: str) -> Keyring:
    """Return a ring with one new data key under a master key."""
    current, id_ = _new_key_id(), key_id(master)
    empty = Keyring(new_id(), 1, (id_,), current, {}, {})
    masters = {id_: master}
    return replace(
        empty,
        keys={current: DataKey(made_at, empty._wrap(masters, current, _new_key()))},
        names=empty._wrap(masters, _NAMES, _new_key()),
    )


def parse_keyring(text: str) -> Keyring:
    """Read a document. Raises DamagedError; ConflictError for one of a newer Tidemill."""
    try:
        told: dict[str, Any] = json.loads(text)
        if told["format"] != FORMAT:
            raise ConflictError(
                f"the store's keyring has format {told['format']}, this Tidemill reads {FORMAT}: upgrade with "
                "'pip install -U tidemill'"
            )
        keys = {id_: DataKey(key["made_at"], key["wrapped"]) for id_, key in told["keys"].items()}
        masters = tuple(told["masters"])
        return Keyring(told["store"], int(told["generation"]), masters, told["current"], keys, told["names"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError("the store's keyring is damaged; restore it from a backup") from error


def _wrapping_key(master: bytes) -> bytes:
    return derived(master, b"", "wrapping")


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _new_key_id() -> str:
    return secrets.token_hex(KEY_ID_BYTES)
