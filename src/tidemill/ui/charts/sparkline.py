"""A number's course in the size of a word (Tufte 2006)."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from tidemill.ui.formats import number

WIDTH, HEIGHT, EDGE = 160, 36, 5


def sparkline(values: Sequence[float], name: str = "", over: str = "versions") -> Markup:
    """The course as SVG, the last point marked; nothing for fewer than two values.

    Examples:
        >>> svg = sparkline([0.70, 0.69, 0.72], "AUC")
        >>> 'aria-label="AUC over 3 versions: from 0.700 to 0.720, lowest 0.690"' in svg
        True
        >>> sparkline([0.7])
        Markup('')
    """
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    ends = f"from {number(values[0])} to {number(values[-1])}, lowest {number(low)}"
    said = f"{name} over {len(values)} {over}: {ends}"
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    places = [
        (EDGE + step * i, HEIGHT / 2 if high == low else EDGE + (HEIGHT - 2 * EDGE) * (high - value) / (high - low))
        for i, value in enumerate(values)
    ]
    x, y = places[-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">'
        '<polyline class="spark-line" points="{3}"/><circle class="spark-dot" cx="{4:.1f}" cy="{5:.1f}" r="3.2"/></svg>'
    ).format(WIDTH, HEIGHT, said.strip(), " ".join(f"{px:.1f},{py:.1f}" for px, py in places), x, y)
