"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
searching  the grammar of filters and orders for all that is listed, conditions and pages of statements
queries    what runs are searched by
references the blobs that tags name: environment, lock, changes
removal    what decides whether a run is kept, and taking runs away
artifacts  files that runs and logged models keep: the verbs; artifact_paths: whose path it is
traces     calls of programs with what was asked and answered: the verbs; trace_records what they are of
heartbeat  whether the run of another machine is still worked on
pauses     runs that wait for a person
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking._artifact_rows import ArtifactEntry, ArtifactFile
from tidemill.tracking.artifact_paths import NOBODY, ArtifactPlace, InvalidPathError
from tidemill.tracking.artifacts import MOST_ENTRIES, ArtifactPage, Artifacts
from tidemill.tracking.queries import RunPage, RunQuery, Shown, parse_fields, parse_order, parse_where
from tidemill.tracking.references import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, referenced_blobs
from tidemill.tracking.removal import RunFacts, last_values, list_run_facts, oldest_running, remove_runs, tag_values
from tidemill.tracking.runs import MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.searching import Condition, Order
from tidemill.tracking.service import Tracking
from tidemill.tracking.trace_records import Trace, TracePage, TraceQuery
from tidemill.tracking.traces import Traces

__all__ = [
    "CHANGES_TAG",
    "ENVIRONMENT_TAG",
    "LOCK_TAG",
    "MOST_ENTRIES",
    "NOBODY",
    "ArtifactEntry",
    "ArtifactFile",
    "ArtifactPage",
    "ArtifactPlace",
    "Artifacts",
    "Condition",
    "InvalidPathError",
    "MetricPoint",
    "NewRun",
    "Order",
    "Run",
    "RunDetail",
    "RunFacts",
    "RunPage",
    "RunQuery",
    "Shown",
    "Trace",
    "TracePage",
    "TraceQuery",
    "Traces",
    "Tracking",
    "last_values",
    "list_run_facts",
    "oldest_running",
    "parse_fields",
    "parse_order",
    "parse_where",
    "referenced_blobs",
    "remove_runs",
    "tag_values",
]
