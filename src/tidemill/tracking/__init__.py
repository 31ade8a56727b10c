"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
overview   lists of experiments, and the keys that runs can be asked by
searching  the grammar of filters and orders for all that is listed, conditions and pages of statements
queries    what runs are searched by
run_searches  finding and counting runs
run_frames  found runs as a polars frame, a Parquet or a CSV file; imported by its file
saved_views  searches that have a name
curves     metrics of many runs over time; sampling cuts them down to what is seen; imported by their files
references the blobs that tags name: environment, lock, changes
removal    what decides whether a run is kept, and taking runs away
heartbeat  whether the run of another machine is still worked on
pauses     runs that wait for a person
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking.overview import ExperimentGlance, count_experiments, experiment_glances, run_keys, run_place
from tidemill.tracking.queries import RunPage, RunQuery, Shown, parse_fields, parse_order, parse_where
from tidemill.tracking.references import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, referenced_blobs
from tidemill.tracking.removal import RunFacts, last_values, list_run_facts, oldest_running, remove_runs, tag_values
from tidemill.tracking.runs import MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.searching import Condition, Order
from tidemill.tracking.service import Tracking

__all__ = [
    "CHANGES_TAG",
    "ENVIRONMENT_TAG",
    "LOCK_TAG",
    "Condition",
    "ExperimentGlance",
    "MetricPoint",
    "NewRun",
    "Order",
    "Run",
    "RunDetail",
    "RunFacts",
    "RunPage",
    "RunQuery",
    "Shown",
    "Tracking",
    "count_experiments",
    "experiment_glances",
    "last_values",
    "list_run_facts",
    "oldest_running",
    "parse_fields",
    "parse_order",
    "parse_where",
    "referenced_blobs",
    "remove_runs",
    "run_keys",
    "run_place",
    "tag_values",
]
