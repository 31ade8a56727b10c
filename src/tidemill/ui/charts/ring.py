"""The ring: eight stations of the loop, the one where an endpoint stands now, its version in the middle.

Stations passed in this turn are drawn in the colour of the sea, those ahead in the colour of the line, the current
one thick. The water inside rises with the station.
"""

from __future__ import annotations

from math import cos, radians, sin, sqrt

from markupsafe import Markup

from tidemill.ui.values import Station, Tone

WIDTH, HEIGHT = 264, 196
CENTRE_X, CENTRE_Y, RADIUS = 132.0, 98.0, 64.0
LABEL_RADIUS, WATER_RADIUS = 81.0, 50.0
SPAN = 45.0
GAP = 6.0


def ring(station: Station, version: str, caption: str = "", tone: Tone = Tone.TIDE) -> Markup:
    """The ring as SVG.

    Examples:
        >>> svg = ring(Station.SERVE, "v4", "champion")
        >>> 'aria-label="The loop stands at Serve, station 7 of 8, with v4, champion"' in svg
        True
        >>> svg.count('class="ring-arc')
        8
    """
    words = ", ".join(part for part in (version, caption) if part)
    said = f"The loop stands at {station.value}, station {station.position + 1} of 8"
    middle = Markup('<text class="ring-version" x="{0}" y="{1}" text-anchor="middle">{2}</text>').format(
        CENTRE_X, CENTRE_Y + (1 if caption else 6), version or "–"
    )
    if caption:
        middle += Markup('<text class="ring-caption" x="{0}" y="{1}" text-anchor="middle">{2}</text>').format(
            CENTRE_X, CENTRE_Y + 18, caption
        )
    arcs = Markup("").join(_arc(each, station, tone) for each in Station)
    return Markup(
        '<svg class="ring" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">{3}{4}{5}</svg>'
    ).format(WIDTH, HEIGHT, f"{said}, with {words}" if words else said, _water(station), arcs, middle)


def _arc(each: Station, now: Station, tone: Tone) -> Markup:
    start, end = each.position * SPAN + GAP, (each.position + 1) * SPAN - GAP
    (x1, y1), (x2, y2) = _at(start, RADIUS), _at(end, RADIUS)
    if each is now:
        state, label = f"ring-now tone-{tone.value}", "ring-label ring-label-now"
    else:
        state, label = ("ring-done" if each.position < now.position else "ring-ahead"), "ring-label"
    x, y = _at((start + end) / 2, LABEL_RADIUS)
    anchor = "start" if x > CENTRE_X else "end"
    return Markup(
        '<path class="ring-arc {0}" d="M{1:.1f} {2:.1f}A{3:g} {3:g} 0 0 1 {4:.1f} {5:.1f}"/>'
        '<text class="{6}" x="{7:.1f}" y="{8:.1f}" text-anchor="{9}">{10}</text>'
    ).format(state, x1, y1, RADIUS, x2, y2, label, x, y + 4, anchor, each.value)


def _water(station: Station) -> Markup:
    level = 43.0 - 3.0 * station.position
    half, y = sqrt(WATER_RADIUS**2 - level**2), CENTRE_Y + level
    return Markup(
        '<circle class="ring-basin" cx="{0:g}" cy="{1:g}" r="{2:g}"/>'
        '<path class="ring-water" d="M{3:.1f} {4:.1f}q{5:.1f} -7 {6:.1f} 0t{6:.1f} 0'
        'A{2:g} {2:g} 0 0 1 {3:.1f} {4:.1f}"/>'
    ).format(CENTRE_X, CENTRE_Y, WATER_RADIUS, CENTRE_X - half, y, half / 2, half)


def _at(degrees: float, radius: float) -> tuple[float, float]:
    """A point on a circle, degrees clockwise from the top."""
    turn = radians(degrees)
    return CENTRE_X + radius * sin(turn), CENTRE_Y - radius * cos(turn)
