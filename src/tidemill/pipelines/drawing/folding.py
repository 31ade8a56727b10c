"""Nested pipelines as one step each, so that a large graph can be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from tidemill.pipelines.drawing.figure import Figure, Spot, Way
from tidemill.pipelines.drawing.states import state_together

Path = tuple[str, ...]


def groups_of(figure: Figure) -> dict[Path, int]:
    """Return every nested pipeline of a figure by its path, with how many steps are in it.

    >>> groups_of(Figure("", (Spot(0, "a"), Spot(1, "b", path=("x",)), Spot(2, "c", path=("x", "y")))))
    {('x',): 2, ('x', 'y'): 1}
    """
    counts: Counter[Path] = Counter()
    for spot in figure.spots:
        for depth in range(1, len(spot.path) + 1):
            counts[spot.path[:depth]] += spot.n_steps
    return dict(counts)


def fold(figure: Figure, folded: Collection[Path]) -> Figure:
    """Return the figure with these nested pipelines as one step each; a way inside one of them is gone.

    >>> inner = (Spot(0, "a"), Spot(1, "b", path=("x",)), Spot(2, "c", path=("x",)))
    >>> drawn = fold(Figure("", inner, (Way(0, 1), Way(1, 2))), [("x",)])
    >>> [(spot.name, spot.kind, spot.n_steps) for spot in drawn.spots], drawn.ways
    ([('a', 'step', 1), ('x', 'pipeline', 2)], (Way(source=0, target=1, branch=''),))
    """
    closed = set(folded)
    members: dict[Path, list[Spot]] = {}
    shown: list[Spot] = []
    place: dict[int, int] = {}
    for spot in figure.spots:
        path = _closed(spot.path, closed)
        if path is None:
            shown.append(spot)
            place[spot.id] = spot.id
        elif path in members:
            members[path].append(spot)
            place[spot.id] = members[path][0].id
        else:
            members[path] = [spot]
            shown.append(replace(spot, name=path[-1], path=path[:-1], kind="pipeline"))
            place[spot.id] = spot.id
    spots = tuple(_together(each, members.get((*each.path, each.name))) for each in shown)
    ways = dict.fromkeys(Way(place[way.source], place[way.target], way.branch) for way in figure.ways)
    return _without_rings(Figure(figure.title, spots, tuple(way for way in ways if way.source != way.target)))


def _closed(path: Path, closed: set[Path]) -> Path | None:
    return next((path[:depth] for depth in range(1, len(path) + 1) if path[:depth] in closed), None)


def _together(spot: Spot, members: list[Spot] | None) -> Spot:
    if spot.kind != "pipeline" or not members:
        return spot
    n_steps = sum(each.n_steps for each in members)
    return replace(
        spot,
        state=state_together([each.state for each in members]),
        words=f"{n_steps} step{'' if n_steps == 1 else 's'}",
        n_steps=n_steps,
    )


def _without_rings(figure: Figure) -> Figure:
    """Leave out ways that lead back: a step between two steps of a folded pipeline would make a ring."""
    order = {spot.id: place for place, spot in enumerate(figure.spots)}
    kept = tuple(way for way in figure.ways if order[way.source] < order[way.target])
    return replace(figure, ways=kept)
