"""Receiver operating characteristic: true against false positive rate over all thresholds (Fawcett 2006)."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from tidemill.ui.charts.plot_area import HEIGHT, WIDTH, unit_square, x_at, y_at
from tidemill.ui.formats import interval, number
from tidemill.ui.values import Estimate


def roc(points: Sequence[tuple[float, float]], auc: Estimate) -> Markup:
    """The curve as SVG; ``points`` are (false, true) positive rates, ascending, 0 to 1.

    Examples:
        >>> svg = roc([(0, 0), (0.2, 0.6), (1, 1)], Estimate(value=0.7, low=0.69, high=0.71))
        >>> 'aria-label="ROC curve, area 0.700, interval 0.690 to 0.710, 0.5 would be chance"' in svg
        True
    """
    span = interval(auc)
    said = f"ROC curve, area {number(auc.value)}" + (f", interval {span}" if span else "")
    line = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in points)
    corner = f"{x_at(1):.1f},{y_at(0):.1f} {x_at(0):.1f},{y_at(0):.1f}"
    return Markup(
        '<svg class="plot" viewBox="0 0 {0} {1}" role="img" aria-label="{2}, 0.5 would be chance">{3}'
        '<polygon class="curve-area" points="{4} {5}"/><polyline class="curve" points="{4}"/>'
        '<text class="plot-number" x="{6:g}" y="{7:g}" text-anchor="end">AUC {8}</text>'
        '<text x="{6:g}" y="{9:g}" text-anchor="end">{10}</text></svg>'
    ).format(
        WIDTH,
        HEIGHT,
        said,
        unit_square("false positive rate", "true positive rate"),
        line,
        corner,
        x_at(0.96),
        y_at(0.16),
        number(auc.value),
        y_at(0.08),
        span,
    )
