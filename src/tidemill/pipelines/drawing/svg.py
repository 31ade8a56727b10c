"""A picture as SVG. With `alone` it carries its own colours, which fit on light and dark; else a style sheet does."""

from __future__ import annotations

from html import escape

from tidemill.pipelines.drawing.figure import Figure, Spot
from tidemill.pipelines.drawing.layout import HEIGHT, WIDTH, Box, Curve, Hull, Picture, lay_out
from tidemill.pipelines.drawing.states import state_of

_LONGEST_NAME, _LONGEST_WORDS = 20, 28
_FADED = frozenset({"skipped", "cancelled"})
#: What each class looks like where there is no style sheet.
_PAINT = {
    "spot-box": 'fill="currentColor" fill-opacity=".07" stroke="currentColor" stroke-width="1.4"',
    "spot-behind": 'fill="none" stroke="currentColor" stroke-width="1.2"',
    "spot-mark": 'fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"',
    "spot-mark-filled": 'fill="currentColor" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round"',
    "spot-name": 'fill="currentColor" font-family="system-ui, sans-serif" font-size="12.5" font-weight="600"',
    "spot-words": 'fill="currentColor" fill-opacity=".72" font-family="system-ui, sans-serif" font-size="11"',
    "way": 'fill="none" stroke="#7f8b92" stroke-width="1.5"',
    "way-head": 'fill="#7f8b92"',
    "way-words": 'fill="currentColor" fill-opacity=".72" font-family="system-ui, sans-serif" font-size="10.5"',
    "hull": 'fill="currentColor" fill-opacity=".035" stroke="#7f8b92" stroke-dasharray="3 3"',
    "hull-words": 'fill="currentColor" fill-opacity=".72" font-family="system-ui, sans-serif" font-size="10.5"',
}


def svg(figure: Figure, *, alone: bool = False) -> str:
    """Return a figure as SVG of its natural size. Each step is a link where it leads somewhere, and says what it is.

    >>> from tidemill.pipelines.drawing.figure import Way
    >>> drawn = svg(Figure("p", (Spot(0, "a", state="executed"), Spot(1, "b")), (Way(0, 1),)))
    >>> 'aria-label="Graph of p: 2 steps, 1 executed"' in drawn, "<script" in drawn
    (True, False)
    """
    picture = lay_out(figure)
    parts = [_hull(each, alone=alone) for each in picture.hulls]
    states = {spot.id: spot.state for spot in figure.spots}
    parts += [_curve(each, states, alone=alone) for each in picture.curves]
    parts += [_box(each, alone=alone) for each in picture.boxes]
    return _root(picture, figure) + "".join(parts) + "</svg>"


def _root(picture: Picture, figure: Figure) -> str:
    n_steps = sum(spot.n_steps for spot in figure.spots)
    counts: dict[str, int] = {}
    for spot in figure.spots:
        if spot.state:
            counts[spot.state] = counts.get(spot.state, 0) + spot.n_steps
    said = ", ".join([f"{n_steps} step{'' if n_steps == 1 else 's'}", *(f"{n} {state}" for state, n in counts.items())])
    size = f'viewBox="0 0 {picture.width:g} {picture.height:g}" width="{picture.width:g}" height="{picture.height:g}"'
    label = escape(f"Graph of {figure.title}: {said}")
    return f'<svg class="graph" {size} role="group" aria-label="{label}" xmlns="http://www.w3.org/2000/svg">'


def _look(name: str, *, alone: bool, more: str = "") -> str:
    shown = f'class="{name}{more}"'
    return f"{shown} {_PAINT[name]}" if alone else shown


def _hull(hull: Hull, *, alone: bool) -> str:
    return (
        f'<rect {_look("hull", alone=alone)} x="{hull.x:.1f}" y="{hull.y:.1f}" width="{hull.width:.1f}" '
        f'height="{hull.height:.1f}" rx="12"/>'
        f'<text {_look("hull-words", alone=alone)} x="{hull.x + 10:.1f}" y="{hull.y + 13:.1f}">'
        f"{escape(_cut(hull.path[-1], _LONGEST_WORDS))}</text>"
    )


def _curve(curve: Curve, states: dict[int, str], *, alone: bool) -> str:
    (x, y), *rest = curve.points
    path = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        bend = (to_y - y) / 2
        straight = abs(to_x - x) < 0.05
        path.append(
            f"V{to_y:.1f}"
            if straight
            else f"C{x:.1f} {y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} {to_x:.1f} {to_y:.1f}"
        )
        x, y = to_x, to_y
    faded = states[curve.way.target] in _FADED or states[curve.way.source] in _FADED
    more = " way-faded" if faded else ""
    dashes = ' stroke-dasharray="5 4"' if curve.way.branch else ""
    soft = ' opacity=".45"' if faded and alone else ""
    drawn = f'<path {_look("way", alone=alone, more=more)} d="{"".join(path)}"{dashes}{soft}/>'
    drawn += f'<path {_look("way-head", alone=alone, more=more)} d="M{x:.1f} {y:.1f}l-4.4-7.6h8.8z"{soft}/>'
    if curve.way.branch:
        (x0, y0), (x1, y1) = curve.points[0], curve.points[1]
        drawn += (
            f'<text {_look("way-words", alone=alone)} x="{x0 + (x1 - x0) * 0.62 + 6:.1f}" '
            f'y="{y0 + (y1 - y0) * 0.62:.1f}">{escape(curve.way.branch)}</text>'
        )
    return drawn


def _box(box: Box, *, alone: bool) -> str:
    spot, state = box.spot, state_of(box.spot.state)
    faded = ' opacity=".5"' if alone and spot.state in _FADED else ""
    classes = f'class="spot spot-{escape(spot.state) or "declared"} spot-{escape(spot.kind)}"'
    at = f'transform="translate({box.x:.1f} {box.y:.1f})"'
    color = f' color="{state.color}"' if alone else ""
    inner = f'<title>{escape(spot.said)}</title><g class="spot-tone"{color}>{_outline(spot, alone=alone)}'
    if state.mark:
        mark = "spot-mark-filled" if state.filled else "spot-mark"
        inner += f'<path {_look(mark, alone=alone)} transform="translate(12 20)" d="{state.mark}"/>'
    left = 36 if state.mark else 16
    words = " ".join(each for each in (spot.state, spot.words) if each) or _KINDS.get(spot.kind, "")
    drop = 24 if words else 32
    name = escape(_cut(spot.name, _LONGEST_NAME))
    inner += f'</g><text {_look("spot-name", alone=alone)} x="{left}" y="{drop}">{name}</text>'
    if words:
        inner += (
            f'<text {_look("spot-words", alone=alone)} x="{left}" y="41">{escape(_cut(words, _LONGEST_WORDS))}</text>'
        )
    if spot.url.startswith("/") and not spot.url.startswith("//"):
        return f'<a {classes} href="{escape(spot.url)}" aria-label="{escape(spot.said)}" {at}>{inner}</a>'
    return f"<g {classes} {at}{faded}>{inner}</g>"


_KINDS = {"map": "for each element", "choice": "one of two branches", "approval": "a person answers"}


def _outline(spot: Spot, *, alone: bool) -> str:
    """Return the shape of a kind of step: stacked for many, pointed for a choice, notched for a person."""
    look, (w, h) = _look("spot-box", alone=alone), (WIDTH, HEIGHT)
    if spot.kind == "choice":
        return f'<path {look} d="M14 0H{w - 14:g}L{w:g} {h / 2:g}L{w - 14:g} {h:g}H14L0 {h / 2:g}z"/>'
    if spot.kind == "approval":
        return f'<path {look} d="M10 0H{w - 10:g}L{w:g} 10V{h - 10:g}L{w - 10:g} {h:g}H10L0 {h - 10:g}V10z"/>'
    round_by = h / 2 if spot.kind == "pipeline" else 9
    front = f'<rect {look} width="{w:g}" height="{h:g}" rx="{round_by:g}"/>'
    if spot.kind in {"map", "pipeline"}:
        behind = _look("spot-behind", alone=alone)
        r = f"{round_by:g}"
        edges = (f"M{r} {h + d:g}H{w + d - round_by:g}a{r} {r} 0 0 0 {r} -{r}V{r}" for d in (3, 6))
        return front + "".join(f'<path {behind} d="{each}"/>' for each in edges)
    return front


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
