"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
removal    what decides whether a run is kept, and taking runs away
heartbeat  whether the run of another machine is still worked on
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking.removal import RunFacts, last_values, list_run_facts, oldest_running, remove_runs
from tidemill.tracking.runs import MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.service import Tracking

__all__ = [
    "MetricPoint",
    "NewRun",
    "Run",
    "RunDetail",
    "RunFacts",
    "Tracking",
    "last_values",
    "list_run_facts",
    "oldest_running",
    "remove_runs",
]
