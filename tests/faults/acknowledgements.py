"""What the store has promised, kept outside of the store: the record that a checker holds the survivor against.

One JSON line before each operation (`begin`) and after it (`done`, with what was answered, or `failed`). Lines are
written by `writev` on a descriptor with O_APPEND and O_DSYNC, so that no injected `write` or `fsync` ever meets them.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    """One line: which operation of which round, and `begin`, `kept` (a part of it is promised), `done` or `failed`."""

    round: int
    operation: str
    word: str
    said: dict[str, Any]


@dataclass
class Acknowledgements:
    """The record of one child. `say` returns once the line is on the disk."""

    path: Path
    _descriptor: int = field(init=False)

    def __post_init__(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC | os.O_CLOEXEC
        self._descriptor = os.open(self.path, flags, 0o600)

    def say(self, round_: int, operation: str, word: str, **said: Any) -> None:
        """Append a line."""
        os.writev(self._descriptor, [json.dumps([round_, operation, word, said]).encode() + b"\n"])


def read_lines(path: Path) -> list[Line]:
    """Return the whole lines of a record; one that was cut off promises nothing."""
    data = path.read_bytes() if path.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    return [Line(*json.loads(line)) for line in whole.splitlines()]


def write_quietly(path: Path, data: bytes) -> None:
    """Write a file that is no part of the store, by calls that no injector counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.writev(descriptor, [data])
    finally:
        os.close(descriptor)


def rounds_of(path: Path) -> int:
    """Return how many rounds were begun, at least one."""
    return max((line.round for line in read_lines(path)), default=0) + 1
