"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
overview   lists of experiments, and the keys that runs can be asked by
searching  the grammar of filters and orders for all that is listed, conditions and pages of statements
queries    what runs are searched by
run_searches  finding and counting runs
run_frames  found runs as a polars frame, a Parquet or a CSV file; imported by its file
saved_views  searches that have a name
curves     metrics of many runs over time; sampling cuts them down to what is seen; imported by their files
outlines   what is seen of long curves from afar, kept; imported by its file
references the blobs that tags name: environment, lock, changes
removal    what decides whether a run is kept, and taking runs away
artifacts  files that runs and logged models keep: the verbs; artifact_paths: whose path it is
kept_files  all files that anything of a project keeps
traces     calls of programs with what was asked and answered: the verbs; trace_records what they are of
heartbeat  whether the run of another machine is still worked on
pauses     runs that wait for a person
arriving   experiments and runs of another store, as they were there
arrivals   taking them in: many at once, ids and instants kept
departures reading them in bulk, for another store
listing    what experiments and logged models are listed by
experiments  what groups runs, by number and by name
run_changes  runs of other programs: begun, ended, resumed, deleted as they say
run_names  names for runs that were given none
inputs     datasets and models that runs read and wrote
logged_models  models that runs wrote, before anybody registers them
journals   what clients bring from their journals, each batch once
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking._artifact_rows import ArtifactEntry, ArtifactFile
from tidemill.tracking._checks import check_experiment_name
from tidemill.tracking.arrivals import MOST_POINTS_AT_ONCE, MOST_RUNS, Arrivals
from tidemill.tracking.arriving import (
    ArrivedExperiment,
    ArrivingExperiment,
    ArrivingFile,
    ArrivingModel,
    ArrivingRun,
    Histories,
    LeavingExperiment,
)
from tidemill.tracking.artifact_paths import NOBODY, ArtifactPlace, InvalidPathError
from tidemill.tracking.artifact_paths import check_path as check_artifact_path
from tidemill.tracking.artifacts import MOST_ENTRIES, ArtifactPage, Artifacts
from tidemill.tracking.departures import Departures
from tidemill.tracking.experiments import Experiment, Experiments, View
from tidemill.tracking.inputs import DatasetSummary, InputDataset, Inputs, ModelUse, RunInputs
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
from tidemill.tracking.kept_files import KeptFile, kept_files
from tidemill.tracking.listing import Listed, ListQuery, ModelQuery, OnDataset
from tidemill.tracking.logged_models import (
    PENDING,
    READY,
    UPLOAD_FAILED,
    LoggedModel,
    LoggedModels,
    ModelMetric,
    ModelPoint,
    NewLoggedModel,
)
from tidemill.tracking.overview import (
    ExperimentGlance,
    count_experiments,
    count_some_runs,
    experiment_glances,
    run_keys,
    run_place,
)
from tidemill.tracking.queries import RunPage, RunQuery, Shown, parse_fields, parse_order, parse_where
from tidemill.tracking.references import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, referenced_blobs
from tidemill.tracking.removal import RunFacts, last_values, list_run_facts, oldest_running, remove_runs, tag_values
from tidemill.tracking.run_changes import NAME_TAG, ClientRun, Logged, RunChanges, RunUpdate
from tidemill.tracking.runs import DEFAULT_EXPERIMENT, HistoryPlace, MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.searching import Condition, Order
from tidemill.tracking.service import SILENT, Tracking
from tidemill.tracking.trace_records import Trace, TracePage, TraceQuery
from tidemill.tracking.traces import Traces

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
    "MOST_POINTS_AT_ONCE",
    "MOST_RUNS",
    "MOST_TAGS",
    "NAME_TAG",
    "NOBODY",
    "PENDING",
    "READY",
    "SILENT",
    "UPLOAD_FAILED",
    "Arrivals",
    "ArrivedExperiment",
    "ArrivingExperiment",
    "ArrivingFile",
    "ArrivingModel",
    "ArrivingRun",
    "ArtifactEntry",
    "ArtifactFile",
    "ArtifactPage",
    "ArtifactPlace",
    "Artifacts",
    "Beginning",
    "ClientRun",
    "Condition",
    "DatasetSummary",
    "Departures",
    "Ending",
    "Experiment",
    "ExperimentGlance",
    "Experiments",
    "Histories",
    "HistoryPlace",
    "InputDataset",
    "Inputs",
    "InvalidPathError",
    "JournalBatch",
    "Journals",
    "KeptFile",
    "LeavingExperiment",
    "ListQuery",
    "Listed",
    "Logged",
    "LoggedModel",
    "LoggedModels",
    "MetricPoint",
    "ModelMetric",
    "ModelPoint",
    "ModelQuery",
    "ModelUse",
    "NewLoggedModel",
    "NewRun",
    "OnDataset",
    "Order",
    "Run",
    "RunChanges",
    "RunDetail",
    "RunFacts",
    "RunInputs",
    "RunPage",
    "RunQuery",
    "RunUpdate",
    "Shown",
    "Trace",
    "TracePage",
    "TraceQuery",
    "Traces",
    "Tracking",
    "View",
    "check_artifact_path",
    "check_experiment_name",
    "count_experiments",
    "count_some_runs",
    "experiment_glances",
    "kept_files",
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
