"""A graph and a time line on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tidemill.pipelines.drawing.figure import Figure, Spot
from tidemill.pipelines.drawing.states import state_of
from tidemill.pipelines.drawing.timeline import Bar, Timeline

_RAILS, _PLAIN_RAILS = ("├─ ", "└─ ", "│  "), ("|- ", "`- ", "|  ")


def drawn_lines(figure: Figure, *, ascii_only: bool = False) -> list[str]:
    """Return a figure as lines: each step once, below the nested pipeline it is in, with what it waits for.

    >>> from tidemill.pipelines.drawing.figure import Way
    >>> figure = Figure("delays", (Spot(0, "load", state="reused"), Spot(1, "train", state="executed", words="4.2 s"),
    ...     Spot(2, "score", path=("judge",))), (Way(0, 1), Way(1, 2, "then")))
    >>> print("\\n".join(drawn_lines(figure)))
    delays
    ├─ 1 ↺ load   reused
    ├─ 2 ✓ train  executed 4.2 s  after 1
    └─ judge
       └─ 3 · score  after 2 (then)
    """
    number = {spot.id: at + 1 for at, spot in enumerate(figure.spots)}
    before: dict[int, list[str]] = {spot.id: [] for spot in figure.spots}
    for way in figure.ways:
        said = f"{number[way.source]}" + (f" ({way.branch})" if way.branch else "")
        if said not in before[way.target]:
            before[way.target].append(said)
    drawer = _Drawer(number, before, ascii_only)
    return [figure.title, *drawer.lines(list(figure.spots), 0, "")]


class _Drawer:
    def __init__(self, number: dict[int, int], before: dict[int, list[str]], ascii_only: bool) -> None:
        self._number = number
        self._before = before
        self._rails = _PLAIN_RAILS if ascii_only else _RAILS
        self._ascii = ascii_only
        self._digits = len(str(len(number)))

    def lines(self, spots: list[Spot], depth: int, lead: str) -> Iterator[str]:
        """Yield the lines of steps that share the first `depth` names of their path."""
        parts = _parts(spots, depth)
        width = max((len(each.name) for each in parts if isinstance(each, Spot)), default=0)
        for at, part in enumerate(parts):
            last = at == len(parts) - 1
            rail, below = self._rails[1 if last else 0], "   " if last else self._rails[2]
            if isinstance(part, Spot):
                yield lead + rail + self._line(part, width)
            else:
                yield lead + rail + part[0].path[depth]
                yield from self.lines(part, depth + 1, lead + below)

    def _line(self, spot: Spot, width: int) -> str:
        state = state_of(spot.state)
        kind = "" if spot.kind == "step" else spot.kind
        after = ", ".join(self._before[spot.id])
        facts = "  ".join(
            each for each in (kind, f"{spot.state} {spot.words}".strip(), f"after {after}" if after else "") if each
        )
        number = f"{self._number[spot.id]:>{self._digits}}"
        return f"{number} {state.plain if self._ascii else state.sign} {spot.name:<{width}}  {facts}".rstrip()


def _parts(spots: list[Spot], depth: int) -> list[Spot | list[Spot]]:
    """Return the steps of this depth, and those of a nested pipeline together where its first one stands."""
    parts: list[Spot | list[Spot]] = []
    nested: dict[str, list[Spot]] = {}
    for spot in spots:
        if len(spot.path) <= depth:
            parts.append(spot)
        elif spot.path[depth] in nested:
            nested[spot.path[depth]].append(spot)
        else:
            nested[spot.path[depth]] = [spot]
            parts.append(nested[spot.path[depth]])
    return parts


def timeline_lines(line: Timeline, width: int = 48, *, ascii_only: bool = False) -> list[str]:
    """Return a bar for each step: where it stood ready, where it ran; ``*`` marks those that decided.

    >>> from tidemill.pipelines.drawing.timeline import timeline
    >>> bars = [Bar(0, "load", "executed", 0, 0, 2), Bar(1, "train", "executed", 0, 4, 8)]
    >>> print("\\n".join(timeline_lines(timeline(bars, {1: [0]}, 8), 16)))
    * load   ████             2.00 s
    * train      ····████████ 4.00 s, waited 2.00 s
    """
    longest = max((len(bar.name) for bar in line.bars), default=0)
    return [
        _bar(bar, line, width, longest, ("." if ascii_only else "·", "#" if ascii_only else "█")) for bar in line.bars
    ]


def _bar(bar: Bar, line: Timeline, width: int, longest: int, signs: tuple[str, str]) -> str:
    scale = width / line.seconds if line.seconds else 0.0
    ends = line.seconds if bar.ends_s is None else bar.ends_s
    ready, start, end = (min(width, round(each * scale)) for each in (bar.ready_s, bar.starts_s, ends))
    start = min(start, width - 1)
    end = max(end, start + 1)
    drawn = " " * min(ready, start) + signs[0] * (start - min(ready, start)) + signs[1] * (end - start)
    took = f"{ends - bar.starts_s:.2f} s" + ("" if bar.ends_s is not None else " so far")
    waited = f", waited {bar.waited_s:.2f} s" if bar.waited_s >= 0.01 * max(line.seconds, 1.0) else ""
    return f"{'*' if bar.critical else ' '} {bar.name:<{longest}}  {drawn:<{width}} {took}{waited}"
