"""Where a master key comes from: the environment, a file or a command. Never the key itself."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidemill.core.errors import UsageError

_KINDS = ("env", "file", "command")
_ALLOWED = "env:NAME, file:PATH or command:PROGRAM ARGUMENTS"


@dataclass(frozen=True)
class KeySource:
    """Where a master key comes from. words: a name, a path, or a program with its arguments; none: there is no key.

    >>> str(KeySource("env", ("TIDEMILL_KEY",)))
    'env:TIDEMILL_KEY'
    """

    kind: str = ""
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kind)

    def __str__(self) -> str:
        return f"{self.kind}:{shlex.join(self.words) if self.kind == 'command' else self.words[0]}" if self else "off"

    def below(self, folder: Path) -> KeySource:
        """Return the source with a relative file taken from a folder."""
        if self.kind != "file":
            return self
        return KeySource("file", (os.path.normpath(folder.absolute() / Path(self.words[0]).expanduser()),))


def parse_key_source(given: Any, where: str) -> KeySource:
    """Read ``env:NAME``, ``file:PATH``, ``command:PROGRAM ARGUMENTS``, or a table such as ``{env = "NAME"}``.

    where: who set it, for the message. Raises UsageError, which never shows what was given: it might be a key.

    >>> parse_key_source("command:vault read -field=key tide", "--encrypt").words
    ('vault', 'read', '-field=key', 'tide')
    >>> parse_key_source({"key": {"file": "/run/secrets/key"}}, "tidemill.toml").kind
    'file'
    """
    if isinstance(given, KeySource):
        return given
    if isinstance(given, Mapping) and set(given) == {"key"}:
        given = given["key"]
    if given in ("", "off"):
        return KeySource()
    kind, words = _taken_apart(given)
    if kind not in _KINDS or not words or not all(isinstance(word, str) and word for word in words):
        raise UsageError(
            f"{where} sets encryption to something that is no source of a key; allowed are {_ALLOWED}, and the key "
            "itself stands in none of them"
        )
    return KeySource(kind, tuple(words))


def _taken_apart(given: Any) -> tuple[str, list[Any]]:
    value: Any
    if isinstance(given, str):
        kind, _, value = given.partition(":")
    elif isinstance(given, Mapping) and len(given) == 1:
        kind, value = next(iter(given.items()))
    else:
        return "", []
    if kind != "command":
        return kind, [value]
    if isinstance(value, str):
        try:
            return kind, shlex.split(value)
        except ValueError:
            return "", []
    return kind, value if isinstance(value, list) else []
