"""Calibration: what was predicted against what came, per bin of alike predictions (DeGroot and Fienberg 1983)."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from markupsafe import Markup

from tidemill.ui.charts.plot_area import HEIGHT, WIDTH, unit_square, x_at, y_at
from tidemill.ui.formats import number, plural
from tidemill.ui.values import CalibrationBin


def calibration(bins: Sequence[CalibrationBin]) -> Markup:
    """Dots with intervals against the diagonal; a dot's area tells its share of the rows.

    Examples:
        >>> first = CalibrationBin(predicted=0.1, observed=0.12, n=900, low=0.1, high=0.14)
        >>> svg = calibration([first, CalibrationBin(predicted=0.6, observed=0.5, n=100)])
        >>> 'Calibration of 1,000 rows in 2 bins; farthest off at 0.600 predicted: 0.500 came true' in svg
        True
    """
    total = sum(each.n for each in bins)
    worst = max(bins, key=lambda each: abs(each.observed - each.predicted), default=None)
    said = f"Calibration of {plural(total, 'row')} in {plural(len(bins), 'bin')}"
    if worst is not None:
        said += f"; farthest off at {number(worst.predicted)} predicted: {number(worst.observed)} came true"
    dots = Markup("").join(_dot(each, total) for each in bins)
    line = " ".join(f"{x_at(each.predicted):.1f},{y_at(each.observed):.1f}" for each in bins)
    return Markup(
        '<svg class="plot" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}'
        '<polyline class="curve curve-thin" points="{4}"/>{5}</svg>'
    ).format(WIDTH, HEIGHT, said, unit_square("predicted", "came true"), line, dots)


def _dot(each: CalibrationBin, total: int) -> Markup:
    x, whisker = x_at(each.predicted), Markup("")
    if each.low is not None and each.high is not None:
        whisker = Markup('<line class="whisker" x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}"/>').format(
            x, y_at(each.low), y_at(each.high)
        )
    radius = 2.5 + 6 * sqrt(each.n / total) if total else 2.5
    title = f"{plural(each.n, 'row')}: {number(each.predicted)} predicted, {number(each.observed)} came true"
    return whisker + Markup(
        '<circle class="dot" cx="{0:.1f}" cy="{1:.1f}" r="{2:.1f}"><title>{3}</title></circle>'
    ).format(x, y_at(each.observed), radius, title)
