"""What could not be moved, or not as it was: one line each."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

MOST_LINES = 1000


class Line(NamedTuple):
    """What it is about, such as ``run 3f..``, and why it was left out or what was changed."""

    what: str
    why: str


class LeftOut:
    """Lines in the order they came; beyond a thousand of a kind they are only counted."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.counts: Counter[str] = Counter()
        self._known: set[Line] = set()

    def add(self, kind: str, name: str, why: str) -> None:
        """Say that something of a kind, such as ``run``, was left out or changed, and why; said once."""
        line = Line(f"{kind} {name}", " ".join(why.split()))
        if line in self._known:
            return
        self.counts[kind] += 1
        if self.counts[kind] <= MOST_LINES:
            self._known.add(line)
            self.lines.append(line)

    @property
    def n(self) -> int:
        """Return how many there are."""
        return self.counts.total()
