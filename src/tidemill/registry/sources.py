"""Where a version came from, as text: nothing that leads out of what it names."""

from __future__ import annotations

from urllib.parse import unquote

from tidemill.core import UsageError

LONGEST_SOURCE_BYTES = 2000
_DEEPEST = 5


def check_stored_source(source: str) -> str:
    """Return a source that may be kept. Raises UsageError for '..', also percent-encoded, and for what is too long.

    >>> check_stored_source("s3://models/delay/3")
    's3://models/delay/3'
    """
    plain = fully_unquoted(source)
    if ".." in plain.replace("\\", "/").split("/") or ".." in plain.split("?")[-1].split("/"):
        raise UsageError(f"Invalid model version source: {source[:200]!r} leads out by '..'; name the place itself")
    if any(ord(char) < 32 or ord(char) == 127 for char in plain):
        raise UsageError(f"Invalid model version source: {source[:200]!r} holds control characters")
    if len(source.encode("utf-8", "surrogatepass")) > LONGEST_SOURCE_BYTES:
        raise UsageError(f"Invalid model version source: {source[:80]!r}... has over {LONGEST_SOURCE_BYTES} bytes")
    return source


def fully_unquoted(text: str) -> str:
    """Return a text without percent-encoding, however often it was encoded.

    >>> fully_unquoted("%252e%252e/etc")
    '../etc'
    """
    for _ in range(_DEEPEST):
        plain = unquote(text)
        if plain == text:
            break
        text = plain
    return text
