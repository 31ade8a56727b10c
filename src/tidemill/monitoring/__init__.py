"""Monitoring: what is watched of the answers, window by window of event time.

monitor     what a project declares: `drift`, `performance`
"""

from __future__ import annotations

from tidemill.monitoring.monitor import Drift, Monitor, Performance, drift, performance

__all__ = ["Drift", "Monitor", "Performance", "drift", "performance"]
