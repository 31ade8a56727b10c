"""When each step waited and ran, and which of them decided how long the run took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Bar:
    """One step on the time line. Seconds since the run began; `ends_s` None while it goes on.

    ready_s: when all that it waits for had ended. critical: the run could not have ended before it.
    """

    position: int
    name: str
    state: str
    ready_s: float
    starts_s: float
    ends_s: float | None
    words: str = ""
    critical: bool = False
    url: str = ""

    @property
    def waited_s(self) -> float:
        """How long it stood ready before it began."""
        return max(0.0, self.starts_s - self.ready_s)


@dataclass(frozen=True)
class Timeline:
    """The bars of a run in their order, and how long it is so far."""

    bars: tuple[Bar, ...]
    seconds: float

    @property
    def critical(self) -> tuple[str, ...]:
        """The names of the steps that decided, in their order."""
        return tuple(bar.name for bar in self.bars if bar.critical)


def timeline(bars: Sequence[Bar], before: Mapping[int, Sequence[int]], so_far: float) -> Timeline:
    """Work out when each step was ready and which decided. before: what each waits for; so_far: the run's length.

    >>> bars = [Bar(0, "load", "executed", 0.0, 0.0, 2.0), Bar(1, "side", "executed", 0.0, 2.0, 3.0),
    ...         Bar(2, "train", "executed", 0.0, 3.0, 9.0)]
    >>> found = timeline(bars, {1: [0], 2: [0]}, 9.5)
    >>> found.critical, [bar.ready_s for bar in found.bars], found.seconds
    (('load', 'train'), [0.0, 2.0, 2.0], 9.5)
    """
    ends = {bar.position: so_far if bar.ends_s is None else bar.ends_s for bar in bars}
    ready = {
        bar.position: max((ends[each] for each in before.get(bar.position, ()) if each in ends), default=0.0)
        for bar in bars
    }
    critical = _critical(ends, before)
    seconds = max([so_far, *ends.values()], default=0.0)
    told = [
        replace(bar, ready_s=min(ready[bar.position], bar.starts_s), critical=bar.position in critical) for bar in bars
    ]
    return Timeline(tuple(told), seconds)


def _critical(ends: Mapping[int, float], before: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the steps on the way back from the one that ended last, each time by what ended last before it."""
    found: set[int] = set()
    here = max(ends, key=lambda each: ends[each], default=None)
    while here is not None and here not in found:
        found.add(here)
        here = max((each for each in before.get(here, ()) if each in ends), key=lambda each: ends[each], default=None)
    return found
