"""Content digests: SHA-256 as 64 hex digits, and JSON with one spelling."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def digest_bytes(data: bytes) -> str:
    """Return the digest of bytes.

    >>> digest_bytes(b"tide")[:8]
    '8a28929a'
    """
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """Return the digest of a file's bytes, read in pieces. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Made once: to make it costs as much as to write a small value.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def canonical_json(value: Any) -> bytes:
    """Write JSON with sorted keys and no spaces, so that equal values have equal bytes.

    Raises ValueError for NaN and infinities, TypeError for what JSON cannot hold.

    >>> canonical_json({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    return _CANONICAL.encode(value).encode("utf-8", "surrogatepass")


def digest_json(value: Any) -> str:
    """Return the digest of a JSON value, whatever the order of its keys.

    >>> digest_json({"a": 1, "b": 2}) == digest_json({"b": 2, "a": 1})
    True
    """
    return digest_bytes(canonical_json(value))
