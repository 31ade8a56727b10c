"""The master key: read from where the settings say, checked, and never stored or shown."""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import subprocess
from pathlib import Path

from tidemill.core import KeySource, UnavailableError, UsageError, make_private_folder, sync_folder
from tidemill.storage.encryption.ciphers import KEY_BYTES, derived

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_COMMAND_S = 60


def read_master_key(source: KeySource) -> bytes:
    """Return the 32 bytes of the key.

    Raises UsageError when it is not there or is no key, UnavailableError when its command fails. No message shows it.
    """
    return parse_master_key(_TEXT_OF[source.kind](source), str(source))


def parse_master_key(text: str, where: str) -> bytes:
    """Return the key that a text holds: 32 bytes as 64 hex digits or as base64. Raises UsageError for all else.

    >>> parse_master_key(bytes(range(32)).hex(), "env:KEY") == bytes(range(32))
    True
    """
    text = text.strip()
    key = b""
    if _HEX.fullmatch(text):
        key = bytes.fromhex(text)
    else:
        try:
            key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(
            f"{where} holds no key: a key is {KEY_BYTES} random bytes as base64 or hex, not a passphrase; make one "
            "with 'openssl rand -base64 32'"
        )
    if len(set(key)) == 1:
        raise UsageError(f"{where} holds one byte {KEY_BYTES} times; make a key with 'openssl rand -base64 32'")
    return key


def make_key_file(path: Path) -> None:
    """Write a new random key to a file that is not there yet, for its owner only. Raises OSError."""
    make_private_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def key_id(key: bytes) -> str:
    """Return what a master key is known by: it tells nothing of the key, and is another for any other key."""
    return derived(key, b"", "key id")[:8].hex()


def _of_environment(source: KeySource) -> str:
    text = os.environ.get(source.words[0], "")
    if not text:
        raise UsageError(f"the key should be in the environment as {source.words[0]}, which is not set; set it")
    return text


def _of_file(source: KeySource) -> str:
    try:
        return Path(source.words[0]).read_text("ascii")
    except FileNotFoundError as error:
        raise UsageError(f"the key file {source.words[0]} is not there; bring it, or correct [encryption]") from error
    except OSError as error:
        raise UsageError(f"the key file {source.words[0]} cannot be read ({error.strerror}); see to its rights") from (
            error
        )
    except UnicodeDecodeError:
        return ""


def _of_command(source: KeySource) -> str:
    program = source.words[0]
    try:
        done = subprocess.run(
            source.words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{program!r} gave no key within {_COMMAND_S} s; see why, and try again") from error
    except OSError as error:
        raise UsageError(f"{program!r}, which should give the key, cannot be run: {error.strerror}") from error
    if done.returncode:
        raise UnavailableError(f"{program!r} gave no key and ended with {done.returncode}; run it by hand to see why")
    return done.stdout.decode("ascii", "replace")


_TEXT_OF = {"env": _of_environment, "file": _of_file, "command": _of_command}
