"""Pictures made of numbers: each function gives SVG with a role and a label that says what is to be seen.

``ring`` the loop of an endpoint; ``interval_bars`` estimates that compare by eye; ``roc`` and ``calibration`` on
the ``plot_area``; ``sparkline`` a course; ``limit_bar`` a number against its limit; ``tide_line`` the history of
an endpoint, with ``tide_marks`` where its loop turned and ``tide_strips`` beneath, on a ``time_axis``; ``graph`` the
steps of a pipeline and a strip of their states, ``gantt`` when they waited and ran. Colours come from classes, so that
both themes fit.
"""

from __future__ import annotations

from tidemill.ui.charts.calibration import calibration
from tidemill.ui.charts.gantt import gantt
from tidemill.ui.charts.graph import graph, strip
from tidemill.ui.charts.interval_bars import interval_bar, interval_scale
from tidemill.ui.charts.limit_bar import limit_bar
from tidemill.ui.charts.ring import ring
from tidemill.ui.charts.roc import roc
from tidemill.ui.charts.sparkline import sparkline
from tidemill.ui.charts.tide_line import tide_line

__all__ = [
    "calibration",
    "gantt",
    "graph",
    "interval_bar",
    "interval_scale",
    "limit_bar",
    "ring",
    "roc",
    "sparkline",
    "strip",
    "tide_line",
]
