"""The keyring as a file of the store's folder, from which the data plane opens it without the records."""

from __future__ import annotations

from pathlib import Path

from tidemill.core import DamagedError, KeySource, UsageError
from tidemill.storage.encryption.ciphers import require_library
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.keyring import Keyring, parse_keyring
from tidemill.storage.encryption.master_key import read_master_key

KEYRING_FILE = "encryption.json"


def read_keyring_file(home: Path) -> Keyring:
    """Read the keyring of a store's folder. Raises DamagedError, OSError."""
    try:
        return parse_keyring((home / KEYRING_FILE).read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise DamagedError(f"{home / KEYRING_FILE} is damaged; opening the store writes it anew") from error


def is_encrypted(home: Path) -> bool:
    """Tell whether a folder is one of an encrypted store."""
    return (home / KEYRING_FILE).exists()


def open_home_keys(home: Path, source: KeySource) -> DataKeys | None:
    """Return the data keys by the folder alone, None when the store is not encrypted.

    Raises UsageError when it is and no key or another one is given, or when a key is given and it is not.
    """
    if not is_encrypted(home):
        if source:
            raise UsageError(
                f"a key is given, and {home} holds no encrypted store yet; 'tidemill run' or 'tidemill up' makes one"
            )
        return None
    if not source:
        raise UsageError(f"the store {home} is encrypted and no key is given; set TIDEMILL_ENCRYPTION=env:NAME or such")
    require_library()
    master, ring = read_master_key(source), read_keyring_file(home)
    return DataKeys(ring, master, (lambda: read_keyring_file(home),))


def refuse_plain_tables(home: Path, name: str, *, seals_itself: bool = False) -> None:
    """Do nothing when tables that Tidemill cannot seal may be kept; they are Parquet files that Delta writes by itself.

    name: of the table that is asked for. seals_itself: whether the storage below them was said to encrypt. Raises
    UsageError in an encrypted store otherwise.

    >>> import tempfile
    >>> refuse_plain_tables(Path(tempfile.mkdtemp()), "trips")
    """
    if is_encrypted(home) and not seals_itself:
        raise UsageError(
            f"the table {name!r} would lie in clear: tables are files that other programs read, and this store is "
            "encrypted; keep tables on storage that encrypts by itself and say so by the setting tables_encrypted_by, "
            "or use a dataset"
        )
