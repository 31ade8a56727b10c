"""Pictures made of numbers: each function gives SVG with a role and a label that says what is to be seen.

``ring`` the loop of an endpoint; ``interval_bars`` estimates that compare by eye; ``roc`` and ``calibration`` on
the ``plot_area``; ``sparkline`` a course. Colours come from classes, so that both themes fit.
"""

from __future__ import annotations

from tidemill.ui.charts.calibration import calibration
from tidemill.ui.charts.interval_bars import interval_bar, interval_scale
from tidemill.ui.charts.ring import ring
from tidemill.ui.charts.roc import roc
from tidemill.ui.charts.sparkline import sparkline

__all__ = ["calibration", "interval_bar", "interval_scale", "ring", "roc", "sparkline"]
