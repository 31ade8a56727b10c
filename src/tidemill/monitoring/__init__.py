"""Monitoring: what is watched of the answers, window by window of event time.

monitor      what a project declares: `drift`, `performance`
service      `Monitoring`, the verbs: evaluate, read back, say what is due next
evaluation   one window's rows by one monitor
records      `WindowRecord`: what a monitor found in a window
watermark    how far event time has come
windows      where windows of event time lie, and which are due
column_drift  inputs and answers beside what the model learnt from; PSI is in the data room
ks           the Kolmogorov-Smirnov distance from a profile
known_versions  reports, references and predictors of the versions that answered
served_metric  a metric of what was served, beside what never retraining would have given
"""

from __future__ import annotations

from tidemill.monitoring.monitor import Drift, Monitor, Performance, drift, performance
from tidemill.monitoring.records import ColumnDrift, DriftResult, PerformanceResult, WindowRecord
from tidemill.monitoring.service import Monitoring
from tidemill.monitoring.watermark import watermark
from tidemill.monitoring.windows import Window, due, first_window, window_of

__all__ = [
    "ColumnDrift",
    "Drift",
    "DriftResult",
    "Monitor",
    "Monitoring",
    "Performance",
    "PerformanceResult",
    "Window",
    "WindowRecord",
    "drift",
    "due",
    "first_window",
    "performance",
    "watermark",
    "window_of",
]
