"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking.runs import MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.service import Tracking

__all__ = ["MetricPoint", "NewRun", "Run", "RunDetail", "Tracking"]
