"""Dot and interval on a shared scale, one small picture per table row, so that rows compare by eye."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from tidemill.ui.formats import interval, number
from tidemill.ui.values import Estimate

EDGE = 4.0
HALF_HEIGHT = 11


def interval_scale(estimates: Iterable[Estimate], *others: float | None) -> tuple[float, float]:
    """The range that holds every estimate, its interval and the other numbers, with a little air.

    Examples:
        >>> interval_scale([Estimate(value=0.7, low=0.6, high=0.8)], 0.5)
        (0.485, 0.815)
        >>> interval_scale([])
        (0.0, 1.0)
    """
    ends = [end for each in estimates for end in (each.low, each.value, each.high) if end is not None]
    ends += [each for each in others if each is not None]
    if not ends:
        return 0.0, 1.0
    air = (max(ends) - min(ends)) * 0.05 or abs(ends[0]) * 0.05 or 0.5
    return round(min(ends) - air, 9), round(max(ends) + air, 9)


def interval_bar(
    estimate: Estimate, scale: tuple[float, float], reference: float | None = None, *, name: str = ""
) -> Markup:
    """One estimate on the scale; a thin line marks the reference (the whole, or a gate's limit).

    The picture is as wide as its cell: places are given in percent.

    Examples:
        >>> svg = interval_bar(Estimate(value=0.7, low=0.6, high=0.8), (0.5, 1.0), 0.65, name="carrier UA")
        >>> 'aria-label="carrier UA 0.700, interval 0.600 to 0.800, against 0.650"' in svg
        True
    """
    span = interval(estimate)
    said = f"{name} {number(estimate.value)}".strip() + (f", interval {span}" if span else "")
    parts = [Markup('<line class="bar-rail" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(HALF_HEIGHT)]
    if reference is not None:
        said += f", against {number(reference)}"
        parts.append(
            Markup('<line class="bar-reference" x1="{0}" x2="{0}" y1="2" y2="20"/>').format(_at(reference, scale))
        )
    if estimate.low is not None and estimate.high is not None:
        parts.append(
            Markup('<line class="bar-interval" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>').format(
                _at(estimate.low, scale), _at(estimate.high, scale), HALF_HEIGHT
            )
        )
    parts.append(
        Markup('<circle class="bar-dot" cx="{0}" cy="{1}" r="4.5"/>').format(_at(estimate.value, scale), HALF_HEIGHT)
    )
    return Markup('<svg class="bar" height="22" role="img" aria-label="{0}">{1}</svg>').format(
        said, Markup("").join(parts)
    )


def _at(value: float, scale: tuple[float, float]) -> str:
    low, high = scale
    share = 0.5 if high == low else (value - low) / (high - low)
    return f"{EDGE + (100 - 2 * EDGE) * min(1.0, max(0.0, share)):.2f}%"
