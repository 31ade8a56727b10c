"""Choosing where the key of a new store comes from."""

from __future__ import annotations

import json
from pathlib import Path

from tidemill.core import KeySource, UnavailableError, parse_key_source
from tidemill.storage.encryption.ciphers import require_library
from tidemill.storage.encryption.master_key import make_key_file, read_master_key


def key_source(text: str, where: str, folder: Path) -> KeySource:
    """Return the source that a text names, a relative file below a folder. Raises UsageError."""
    return parse_key_source(text, where).below(folder)


def prepare_key(text: str, where: str, folder: Path) -> tuple[KeySource, Path | None]:
    """Return the source that a text names, checked, and the file to which a new key was written, if one was.

    Raises UsageError for what is no source, or one that gives no key.
    """
    require_library()
    source = key_source(text, where, folder)
    made = None
    if source.kind == "file" and not Path(source.words[0]).exists():
        made = Path(source.words[0])
        try:
            make_key_file(made)
        except OSError as error:
            raise UnavailableError(f"{made} cannot be written ({error.strerror}); name another file") from error
    if source:
        read_master_key(source)
    return source, made


def describe_source(source: KeySource) -> str:
    """Return the lines of ``tidemill.toml`` that name a source.

    >>> describe_source(KeySource("env", ("TIDEMILL_KEY",)))
    '[encryption] key = {env = "TIDEMILL_KEY"}'
    """
    value = list(source.words) if source.kind == "command" else source.words[0]
    return f"[encryption] key = {{{source.kind} = {json.dumps(value)}}}"
