"""The ciphers, all from one library: AES-256-GCM and HKDF-SHA256, AES-SIV where equal must stay equal, CBC for names.

Nothing is invented here. AES-GCM: NIST SP 800-38D. HKDF: RFC 5869. AES-SIV: RFC 5297.
"""

from __future__ import annotations

from typing import Any, Protocol

from tidemill.core import DamagedError, UsageError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_NO_IV = bytes(16)


class Aead(Protocol):
    """Authenticated encryption under one key. A nonce is used once, ever, under a key."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return ciphertext and tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the plaintext."""
        ...


def require_library() -> None:
    """Do nothing when the library is installed. Raises UsageError that says how to install it."""
    try:
        import cryptography  # noqa: F401 - looked for only
    except ImportError as error:
        raise UsageError("encryption needs cryptography; install it: pip install 'tidemill[encryption]'") from error


def aead(key: bytes) -> Aead:
    """Return AES-256-GCM under a key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def siv(key: bytes, data: bytes, about: bytes) -> bytes:
    """Return data sealed by AES-256-SIV (RFC 5297), alike for equal data. key: 64 bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(key).encrypt(data, [about])


def siv_opened(key: bytes, data: bytes, about: bytes, what: str) -> bytes:
    """Return what was sealed by `siv`. Raises DamagedError, naming `what`."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    try:
        return AESSIV(key).decrypt(data, [about])
    except (InvalidTag, ValueError) as error:
        raise _not_sealed_here(what) from error


def opened(cipher: Aead, nonce: bytes, data: bytes, about: bytes, what: str) -> bytes:
    """Return the plaintext. Raises DamagedError, naming `what`, when it is not what was sealed under this key."""
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(nonce, data, about)
    except (InvalidTag, ValueError) as error:
        raise _not_sealed_here(what) from error


def _not_sealed_here(what: str) -> DamagedError:
    return DamagedError(f"{what} is damaged: it is not what was sealed with this store's keys; restore it from a copy")


def derived(key: bytes, salt: bytes, purpose: str) -> bytes:
    """Return the key that belongs to a purpose and a salt."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt, f"tidemill/1/{purpose}".encode()).derive(key)


def name_of(key: bytes, digest: str) -> str:
    """Return the name under which a blob is stored: its digest, enciphered, which only the key takes back.

    Two blocks of CBC without an initial vector: alike for equal digests, which is wanted, and else only for digests
    whose first halves are alike, of which SHA-256 has none.
    """
    encryptor = _names(key).encryptor()
    name: bytes = encryptor.update(bytes.fromhex(digest)) + encryptor.finalize()
    return name.hex()


def digest_of(key: bytes, name: str) -> str:
    """Return the digest of the blob that is stored under a name."""
    decryptor = _names(key).decryptor()
    digest: bytes = decryptor.update(bytes.fromhex(name)) + decryptor.finalize()
    return digest.hex()


def _names(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    return Cipher(AES(key), CBC(_NO_IV))
