"""In which row each step stands, and in which order: the layered drawing of Sugiyama, Tagawa and Toda (1981).

Rows by the longest way from the beginning, none wider than `MOST_WIDE`; what hands something to a row further down
gets a bend in each row between; the order in a row by the mean place of the neighbours, swept down and up, of which the
order with the fewest crossings is kept.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections import Counter
from dataclasses import dataclass, field

MOST_WIDE = 16
_SWEEPS = 6
_MOST_BENDS = 4_000


@dataclass
class Rows:
    """Rows of vertices. Those below `n` are the steps by their place in the figure, those above are bends.

    above, below: neighbours by vertex. chains: for each way the vertices that it goes through.
    """

    n: int
    rows: list[list[int]]
    above: list[list[int]] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)


def make_rows(n: int, ways: list[tuple[int, int]]) -> Rows:
    """Put n steps into rows; ways lead from a lower to a higher number.

    >>> make_rows(4, [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]).rows
    [[0], [1, 2, 4], [3]]
    """
    row_of = _rows_of(n, ways)
    rows: list[list[int]] = [[] for _ in range(max(row_of, default=-1) + 1)]
    for vertex, row in enumerate(row_of):
        rows[row].append(vertex)
    made = Rows(n, rows)
    _bend(made, row_of, ways)
    made.above, made.below = [[] for _ in row_of], [[] for _ in row_of]
    for chain in made.chains:
        for upper, lower in itertools.pairwise(chain):
            made.below[upper].append(lower)
            made.above[lower].append(upper)
    _order(made)
    return made


def _rows_of(n: int, ways: list[tuple[int, int]]) -> list[int]:
    before: list[list[int]] = [[] for _ in range(n)]
    after: list[list[int]] = [[] for _ in range(n)]
    for source, target in ways:
        before[target].append(source)
        after[source].append(target)
    row_of, width = [0] * n, Counter[int]()
    for vertex in range(n):
        row = max((row_of[each] + 1 for each in before[vertex]), default=0)
        while width[row] >= MOST_WIDE:
            row += 1
        row_of[vertex] = row
        width[row] += 1
    for vertex in range(n):  # what waits for nothing stands right above what waits for it
        row = min((row_of[each] for each in after[vertex]), default=0) - 1
        if not before[vertex] and row > row_of[vertex] and width[row] < MOST_WIDE:
            width[row_of[vertex]] -= 1
            width[row] += 1
            row_of[vertex] = row
    return row_of


def _bend(made: Rows, row_of: list[int], ways: list[tuple[int, int]]) -> None:
    """Give long ways a bend in each row between; all of them go straight where that would be too many."""
    n_bends = sum(row_of[target] - row_of[source] - 1 for source, target in ways)
    for source, target in ways:
        chain = [source]
        for row in range(row_of[source] + 1, row_of[target]) if n_bends <= _MOST_BENDS else ():
            made.rows[row].append(len(row_of))
            chain.append(len(row_of))
            row_of.append(row)
        made.chains.append([*chain, target])


def _order(made: Rows) -> None:
    best, fewest = [list(row) for row in made.rows], _crossings(made)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        neighbours = made.above if down else made.below
        for i in range(1, len(made.rows)) if down else range(len(made.rows) - 2, -1, -1):
            place = {vertex: at for at, vertex in enumerate(made.rows[i - 1 if down else i + 1])}
            _sort_row(made.rows[i], neighbours, place)
        crossings = _crossings(made)
        if crossings < fewest:
            best, fewest = [list(row) for row in made.rows], crossings
    made.rows = best


def _sort_row(row: list[int], neighbours: list[list[int]], place: dict[int, int]) -> None:
    wanted = {}
    for at, vertex in enumerate(row):
        near = [place[each] for each in neighbours[vertex] if each in place]
        wanted[vertex] = sum(near) / len(near) if near else float(at)
    row.sort(key=wanted.__getitem__)


def _crossings(made: Rows) -> int:
    """Count how often ways between neighbouring rows cross."""
    total = 0
    for upper, lower in zip(made.rows, made.rows[1:], strict=False):
        place = {vertex: at for at, vertex in enumerate(lower)}
        seen: list[int] = []
        for vertex in upper:
            ends = [place[each] for each in made.below[vertex] if each in place]
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
