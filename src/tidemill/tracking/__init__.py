"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
queries    what runs are searched by, and its short text form
references the blobs that tags name: environment, lock, changes
removal    what decides whether a run is kept, and taking runs away
heartbeat  whether the run of another machine is still worked on
pauses     runs that wait for a person
journals   what clients bring from their journals, each batch once
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking.journals import (
    LEASE_S,
    MOST_BATCH_BYTES,
    MOST_PARAMS,
    MOST_POINTS,
    MOST_TAGS,
    Beginning,
    Ending,
    JournalBatch,
    Journals,
)
from tidemill.tracking.queries import Condition, RunOrder, RunPage, RunQuery, parse_order, parse_where
from tidemill.tracking.references import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, referenced_blobs
from tidemill.tracking.removal import RunFacts, last_values, list_run_facts, oldest_running, remove_runs, tag_values
from tidemill.tracking.runs import DEFAULT_EXPERIMENT, MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.service import SILENT, Tracking, check_experiment_name

__all__ = [
    "CHANGES_TAG",
    "DEFAULT_EXPERIMENT",
    "ENVIRONMENT_TAG",
    "LEASE_S",
    "LOCK_TAG",
    "MOST_BATCH_BYTES",
    "MOST_PARAMS",
    "MOST_POINTS",
    "MOST_TAGS",
    "SILENT",
    "Beginning",
    "Condition",
    "Ending",
    "JournalBatch",
    "Journals",
    "MetricPoint",
    "NewRun",
    "Run",
    "RunDetail",
    "RunFacts",
    "RunOrder",
    "RunPage",
    "RunQuery",
    "Tracking",
    "check_experiment_name",
    "last_values",
    "list_run_facts",
    "oldest_running",
    "parse_order",
    "parse_where",
    "referenced_blobs",
    "remove_runs",
    "tag_values",
]
