"""A number against the limit that it should stay below, one small picture per table row."""

from __future__ import annotations

from markupsafe import Markup

from tidemill.ui.formats import number

EDGE = 2.0
#: Multiples of the limit that a picture has room for.
LONGEST = 2.5


def limit_bar(value: float, limit: float, usual: float | None = None, *, name: str = "") -> Markup:
    """The number as a bar from nothing; an upright line is the limit, a short one what is usual.

    The limit stands at the same place in every row, so that rows with limits of their own compare by eye; a bar that
    is longer than the picture is cut.

    Examples:
        >>> svg = limit_bar(0.41, 0.25, 0.12, name="temp psi")
        >>> 'aria-label="temp psi 0.410, beyond its limit of 0.250, usual 0.120"' in svg
        True
    """
    said = f"{name} {number(value)}, {'beyond' if value >= limit else 'below'} its limit of {number(limit)}".strip()
    marks = Markup('<line class="bar-reference" x1="{0}" x2="{0}" y1="2" y2="20"/>').format(_at(1.0))
    if usual is not None:
        said += f", usual {number(usual)}"
        marks += Markup('<line class="bar-usual" x1="{0}" x2="{0}" y1="6" y2="16"/>').format(_at(usual / limit))
    if value > limit * LONGEST:
        marks += Markup('<line class="bar-cut" x1="93%" x2="94.5%" y1="17" y2="5"/>')
    return Markup(
        '<svg class="bar" height="22" role="img" aria-label="{0}">'
        '<line class="bar-rail" x1="{1}%" x2="100%" y1="11" y2="11"/>'
        '<line class="bar-filled{2}" x1="{1}%" x2="{3}" y1="11" y2="11"/>{4}</svg>'
    ).format(said, EDGE, " bar-beyond" if value >= limit else "", _at(value / limit), marks)


def _at(share: float) -> str:
    """Place of a multiple of the limit, in percent."""
    return f"{EDGE + (100 - 2 * EDGE) * min(LONGEST, max(0.0, share)) / LONGEST:.2f}%"
