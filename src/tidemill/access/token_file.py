"""The list of valid tokens that the data plane reads: digests only, so that it needs no database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from tidemill.core import DamagedError, write_atomically

TOKEN_PREFIX = "tm_"  # noqa: S105 - what every token starts with, not a token


def token_digest(secret: str) -> str:
    """Return the digest under which a token is stored. A token is 256 random bits, so plain SHA-256 is enough.

    >>> len(token_digest("tm_x"))
    64
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def write_token_file(path: Path, tokens: Sequence[dict[str, str]]) -> None:
    """Replace the list; each entry holds digest, project, role and expires_at."""
    write_atomically(path, json.dumps({"format": 1, "tokens": list(tokens)}).encode())


def read_token_file(path: Path) -> list[dict[str, str]]:
    """Return the entries, none when there is no file. Raises DamagedError."""
    try:
        tokens = json.loads(path.read_bytes())["tokens"]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"the token list {path} cannot be read; make a token to write it anew") from error
    return list(tokens)
