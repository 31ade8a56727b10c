"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
searching  the grammar of filters and orders for all that is listed, conditions and pages of statements
queries    what runs are searched by
references the blobs that tags name: environment, lock, changes
removal    what decides whether a run is kept, and taking runs away
artifacts  files that runs and logged models keep: the verbs; artifact_paths: whose path it is
heartbeat  whether the run of another machine is still worked on
pauses     runs that wait for a person
journals   what clients bring from their journals, each batch once
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking._artifact_rows import ArtifactEntry, ArtifactFile
from tidemill.tracking.artifact_paths import NOBODY, ArtifactPlace, InvalidPathError
from tidemill.tracking.artifacts import MOST_ENTRIES, ArtifactPage, Artifacts
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
from tidemill.tracking.queries import RunPage, RunQuery, Shown, parse_fields, parse_order, parse_where
from tidemill.tracking.references import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, referenced_blobs
from tidemill.tracking.removal import RunFacts, last_values, list_run_facts, oldest_running, remove_runs, tag_values
from tidemill.tracking.runs import DEFAULT_EXPERIMENT, MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.searching import Condition, Order
from tidemill.tracking.service import SILENT, Tracking, check_experiment_name

__all__ = [
    "CHANGES_TAG",
    "DEFAULT_EXPERIMENT",
    "ENVIRONMENT_TAG",
    "LEASE_S",
    "LOCK_TAG",
    "MOST_BATCH_BYTES",
    "MOST_ENTRIES",
    "MOST_PARAMS",
    "MOST_POINTS",
    "MOST_TAGS",
    "NOBODY",
    "SILENT",
    "ArtifactEntry",
    "ArtifactFile",
    "ArtifactPage",
    "ArtifactPlace",
    "Artifacts",
    "Beginning",
    "Condition",
    "Ending",
    "InvalidPathError",
    "JournalBatch",
    "Journals",
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
    "check_experiment_name",
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
