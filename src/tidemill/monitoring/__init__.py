"""Monitoring: what is watched of the answers, window by window of event time.

monitor     what a project declares: `drift`, `performance`
records     `WindowRecord`: what a monitor found in a window
"""

from __future__ import annotations

from tidemill.monitoring.monitor import Drift, Monitor, Performance, drift, performance
from tidemill.monitoring.records import ColumnDrift, DriftResult, PerformanceResult, WindowRecord

__all__ = [
    "ColumnDrift",
    "Drift",
    "DriftResult",
    "Monitor",
    "Performance",
    "PerformanceResult",
    "WindowRecord",
    "drift",
    "performance",
]
