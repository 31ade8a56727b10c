"""Bytes of any length, sealed piece by piece: the file format of everything encrypted that is a file.

    magic "TMSEAL01" (8) | key id (8) | salt (32) | piece | piece | ... | last piece

Each file has a key of its own, derived by HKDF from the data key, the salt and the purpose. A piece is up to 1 MiB,
sealed by AES-256-GCM with the nonce ``number of the piece (11 bytes, big endian) | 1 if it is the last, else 0``: the
STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" (CRYPTO 2015), with age's layout (C2SP, age v1). So a piece that was changed, left out, repeated,
moved, or taken from another file is found, and so is an end that was cut off. The header is authenticated by the key
that it leads to.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

from tidemill.core import DamagedError
from tidemill.storage.encryption.ciphers import TAG_BYTES, opened
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.keyring import KEY_ID_BYTES

MAGIC = b"TMSEAL01"
PLAIN_BYTES = 1 << 20
_SALT_BYTES = 32
HEADER_BYTES = len(MAGIC) + KEY_ID_BYTES + _SALT_BYTES
_SEALED_BYTES = PLAIN_BYTES + TAG_BYTES


def sealed_size(n_plain: int) -> int:
    """Return how many bytes become of so many.

    >>> sealed_size(0), sealed_size(1 << 20) - (1 << 20), sealed_size((1 << 20) + 1) - (1 << 20)
    (64, 64, 81)
    """
    return HEADER_BYTES + n_plain + TAG_BYTES * max(1, -(-n_plain // PLAIN_BYTES))


def plain_size(n_sealed: int) -> int:
    """Return how many bytes were sealed into so many; 0 for fewer than any could be."""
    body = n_sealed - HEADER_BYTES
    return max(0, body - TAG_BYTES * max(1, -(-body // _SEALED_BYTES)))


def sealed(keys: DataKeys, pieces: Iterable[bytes], purpose: str) -> Iterator[bytes]:
    """Yield the sealed form of what the pieces make up, in bounded memory."""
    id_, salt = keys.current, secrets.token_bytes(_SALT_BYTES)
    cipher = keys.fresh(id_, salt, purpose)
    yield MAGIC + bytes.fromhex(id_) + salt
    number, held = 0, b""
    for piece in exactly(pieces, PLAIN_BYTES):
        if number:
            yield cipher.encrypt(_nonce(number - 1, last=False), held, None)
        number, held = number + 1, piece
    yield cipher.encrypt(_nonce(max(number - 1, 0), last=True), held, None)


def unsealed(keys: DataKeys, pieces: Iterable[bytes], purpose: str, what: str) -> Iterator[bytes]:
    """Yield the plaintext of a sealed form, each piece once it was found right, in bounded memory.

    Raises DamagedError, naming `what`, at the first piece that is not as it was sealed, or when the last is missing.
    """
    source = iter(pieces)
    head = b""
    while len(head) < HEADER_BYTES:
        piece = next(source, None)
        if piece is None:
            raise _cut(what)
        head += piece
    id_, salt = head[len(MAGIC) : len(MAGIC) + KEY_ID_BYTES], head[HEADER_BYTES - _SALT_BYTES : HEADER_BYTES]
    if not head.startswith(MAGIC):
        raise DamagedError(f"{what} is damaged, or was never sealed: it has no such beginning; restore it from a copy")
    try:
        cipher = keys.fresh(id_.hex(), salt, purpose)
    except DamagedError as error:
        raise DamagedError(f"{what} is damaged: {error}") from error
    number, held = 0, None
    for piece in exactly(_after(head[HEADER_BYTES:], source), _SEALED_BYTES):
        if held is not None:
            yield opened(cipher, _nonce(number, last=False), held, b"", what)
            number += 1
        held = piece
    if held is None:
        raise _cut(what)
    yield opened(cipher, _nonce(number, last=True), held, b"", what)


def seal_bytes(keys: DataKeys, data: bytes, purpose: str) -> bytes:
    """Return the sealed form of some bytes."""
    return b"".join(sealed(keys, (data,), purpose))


def unseal_bytes(keys: DataKeys, data: bytes, purpose: str, what: str) -> bytes:
    """Return the bytes of a sealed form. Raises DamagedError."""
    return b"".join(unsealed(keys, (data,), purpose, what))


def is_sealed(data: bytes) -> bool:
    """Tell whether bytes begin as a sealed form does."""
    return data.startswith(MAGIC)


def exactly(pieces: Iterable[bytes], n_bytes: int) -> Iterator[bytes]:
    """Yield what the pieces make up, cut anew: `n_bytes` each, fewer in the last.

    >>> list(exactly([b"ab", b"", b"cde"], 2))
    [b'ab', b'cd', b'e']
    """
    waiting: list[bytes] = []
    n_waiting = 0
    for piece in pieces:
        if not waiting and len(piece) == n_bytes:
            yield piece
            continue
        waiting.append(piece)
        n_waiting += len(piece)
        if n_waiting >= n_bytes:
            data = memoryview(b"".join(waiting))
            whole = n_waiting - n_waiting % n_bytes
            yield from (bytes(data[at : at + n_bytes]) for at in range(0, whole, n_bytes))
            waiting, n_waiting = ([bytes(data[whole:])] if whole < n_waiting else []), n_waiting - whole
    if n_waiting:
        yield b"".join(waiting)


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def _cut(what: str) -> DamagedError:
    return DamagedError(f"{what} is damaged: its end is missing; restore it from a copy")
