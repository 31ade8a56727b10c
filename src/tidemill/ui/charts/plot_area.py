"""The unit square that ROC and calibration are drawn in: frame, grid, ticks, axis names."""

from __future__ import annotations

from markupsafe import Markup

SIDE = 240.0
LEFT, TOP = 44.0, 10.0
WIDTH, HEIGHT = 300, 296


def x_at(share: float) -> float:
    """Horizontal place of 0 to 1.

    Examples:
        >>> x_at(0.5)
        164.0
    """
    return LEFT + SIDE * share


def y_at(share: float) -> float:
    """Vertical place of 0 to 1, upwards.

    Examples:
        >>> y_at(1.0)
        10.0
    """
    return TOP + SIDE * (1 - share)


def unit_square(x_name: str, y_name: str) -> Markup:
    """Grid, diagonal, ticks and names of the two axes.

    Examples:
        >>> unit_square("predicted", "observed").count('class="grid-line"')
        10
    """
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = x_at(share), y_at(share)
        parts.append(
            Markup(
                '<line class="grid-line" x1="{0:g}" x2="{0:g}" y1="{1:g}" y2="{2:g}"/>'
                '<line class="grid-line" x1="{3:g}" x2="{4:g}" y1="{5:g}" y2="{5:g}"/>'
            ).format(x, y_at(1), y_at(0), x_at(0), x_at(1), y)
        )
        if share in (0.0, 0.5, 1.0):
            parts.append(
                Markup(
                    '<text x="{0:g}" y="{1:g}" text-anchor="middle">{2:g}</text>'
                    '<text x="{3:g}" y="{4:g}" text-anchor="end">{2:g}</text>'
                ).format(x, y_at(0) + 16, share, LEFT - 7, y + 4)
            )
    parts.append(
        Markup('<line class="diagonal" x1="{0:g}" y1="{1:g}" x2="{2:g}" y2="{3:g}"/>').format(
            x_at(0), y_at(0), x_at(1), y_at(1)
        )
    )
    parts.append(
        Markup(
            '<text x="{0:g}" y="{1:g}" text-anchor="middle">{2}</text>'
            '<text x="12" y="{3:g}" text-anchor="middle" transform="rotate(-90 12 {3:g})">{4}</text>'
        ).format(x_at(0.5), y_at(0) + 36, x_name, y_at(0.5), y_name)
    )
    return Markup("").join(parts)
