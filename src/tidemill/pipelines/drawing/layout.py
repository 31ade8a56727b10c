"""The picture of a figure: a box for each step, a curve for each way, the frames of nested pipelines."""

from __future__ import annotations

from dataclasses import dataclass

from tidemill.pipelines.drawing.figure import Figure, Spot, Way
from tidemill.pipelines.drawing.layers import make_rows
from tidemill.pipelines.drawing.places import find_places

WIDTH, HEIGHT = 204.0, 54.0
GAP, ROW_GAP = 26.0, 46.0
EDGE = 14.0
_BEND = 8.0


@dataclass(frozen=True)
class Box:
    """A step with its upper left corner."""

    spot: Spot
    x: float
    y: float


@dataclass(frozen=True)
class Curve:
    """A way with the points that it goes through, from the foot of one box to the head of another."""

    way: Way
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Hull:
    """The frame of a nested pipeline: its path, its corner, its size."""

    path: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Picture:
    """A figure with places."""

    title: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    hulls: tuple[Hull, ...]


def lay_out(figure: Figure) -> Picture:
    """Give every step of a figure a place, from the top to the bottom; the same figure gets the same places.

    >>> picture = lay_out(Figure("p", (Spot(0, "a"), Spot(1, "b")), (Way(0, 1),)))
    >>> [(box.spot.name, box.x, box.y) for box in picture.boxes], picture.height
    ([('a', 14.0, 14.0), ('b', 14.0, 114.0)], 182.0)
    """
    place = {spot.id: at for at, spot in enumerate(figure.spots)}
    ways = [(place[way.source], place[way.target]) for way in figure.ways]
    made = make_rows(len(place), ways)
    half = [WIDTH / 2 if vertex < made.n else _BEND for vertex in range(len(made.above))]
    middle = [x + EDGE for x in find_places(made, half, GAP)]
    top = {vertex: EDGE + row * (HEIGHT + ROW_GAP) for row, each in enumerate(made.rows) for vertex in each}
    boxes = tuple(Box(spot, middle[at] - WIDTH / 2, top[at]) for at, spot in enumerate(figure.spots))
    curves = tuple(
        Curve(way, tuple(_points(chain, middle, top))) for way, chain in zip(figure.ways, made.chains, strict=True)
    )
    width = max((x + h for x, h in zip(middle, half, strict=True)), default=EDGE + WIDTH) + EDGE
    height = max(top.values(), default=EDGE) + HEIGHT + EDGE
    return Picture(figure.title, width, height, boxes, curves, tuple(_hulls(boxes)))


def _points(chain: list[int], middle: list[float], top: dict[int, float]) -> list[tuple[float, float]]:
    first, last = chain[0], chain[-1]
    bends = [point for each in chain[1:-1] for point in ((middle[each], top[each]), (middle[each], top[each] + HEIGHT))]
    return [(middle[first], top[first] + HEIGHT), *bends, (middle[last], top[last])]


def _hulls(boxes: tuple[Box, ...]) -> list[Hull]:
    """Return a frame around each nested pipeline in which nothing else stands."""
    members: dict[tuple[str, ...], list[Box]] = {}
    for box in boxes:
        for depth in range(1, len(box.spot.path) + 1):
            members.setdefault(box.spot.path[:depth], []).append(box)
    found = []
    for path, inside in members.items():
        room = 9.0 - 2.5 * (len(path) - 1)
        left, top = min(each.x for each in inside) - room, min(each.y for each in inside) - room - 12
        right = max(each.x for each in inside) + WIDTH + room
        bottom = max(each.y for each in inside) + HEIGHT + room
        mine = {each.spot.id for each in inside}
        strange = any(
            box.x < right and box.x + WIDTH > left and box.y < bottom and box.y + HEIGHT > top
            for box in boxes
            if box.spot.id not in mine
        )
        if len(inside) > 1 and not strange:
            found.append(Hull(path, left, top, right - left, bottom - top))
    return found
