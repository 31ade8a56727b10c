"""Where in its row each step stands: as near to its neighbours as the room between them allows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from tidemill.pipelines.drawing.layers import Rows

_SWEEPS = 12
_BEND_PULL = 4.0


def find_places(made: Rows, half: Sequence[float], gap: float) -> list[float]:
    """Return the middle of each vertex, the leftmost edge at 0. half: half the width of each; gap: room between two.

    >>> from tidemill.pipelines.drawing.layers import make_rows
    >>> find_places(make_rows(3, [(0, 1), (0, 2)]), [50, 50, 50], 20)
    [110.0, 50.0, 170.0]
    """
    at = [0.0] * len(half)
    for row in made.rows:
        reach = 0.0
        for vertex in row:
            at[vertex] = reach + half[vertex]
            reach += 2 * half[vertex] + gap
        middle = (reach - gap) / 2
        for vertex in row:
            at[vertex] -= middle
    for sweep in range(_SWEEPS):
        last = sweep >= _SWEEPS - 2
        for row in made.rows if sweep % 2 == 0 else reversed(made.rows):
            wanted = [_wanted(vertex, made, at, sweep % 2 == 0, both=last) for vertex in row]
            pull = [_BEND_PULL if vertex >= made.n else 1.0 for vertex in row]
            for vertex, place in zip(row, spread(wanted, _gaps(row, half, gap), pull), strict=True):
                at[vertex] = place
    left = min((at[vertex] - half[vertex] for vertex in range(len(half))), default=0.0)
    return [place - left for place in at]


def _wanted(vertex: int, made: Rows, at: list[float], down: bool, *, both: bool) -> float:
    near = made.above[vertex] + made.below[vertex] if both else (made.above if down else made.below)[vertex]
    if not near:
        return at[vertex]
    if vertex >= made.n:  # a long way is straight between its bends
        near = [each for each in near if each >= made.n] or near
    return sum(at[each] for each in near) / len(near)


def _gaps(row: list[int], half: Sequence[float], gap: float) -> list[float]:
    return [half[left] + gap + half[right] for left, right in itertools.pairwise(row)]


def spread(wanted: Sequence[float], gaps: Sequence[float], pull: Sequence[float] = ()) -> list[float]:
    """Return the places nearest to those wanted (least squares, weighted by the pull) that keep order and gaps.

    Without the gaps it is an isotonic regression; pooling adjacent violators solves it (Ayer et al. 1955).

    >>> spread([0.0, 0.0, 100.0], [10.0, 10.0])
    [-5.0, 5.0, 100.0]
    """
    offsets = [0.0]
    for each in gaps:
        offsets.append(offsets[-1] + each)
    pools: list[tuple[float, float, int]] = []
    for value, offset, weight in zip(wanted, offsets, pull or [1.0] * len(wanted), strict=False):
        mean, mass, n = value - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, m = pools.pop()
            mean, mass, n = (mean * mass + other * more) / (mass + more), mass + more, n + m
        pools.append((mean, mass, n))
    flat = [mean for mean, _, n in pools for _ in range(n)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=False)]
