"""Tracking: experiments, runs, params, metrics and tags.

runs       the records: a run, what starts it, what it logged
queries    what runs are searched by, and its short text form
references the blobs that tags name: environment, lock, changes
removal    what decides whether a run is kept, and taking runs away
heartbeat  whether the run of another machine is still worked on
pauses     runs that wait for a person
experiments  what groups runs, by number and by name
run_changes  runs of other programs: begun, ended, resumed, deleted as they say
run_names  names for runs that were given none
inputs     datasets and models that runs read and wrote
logged_models  models that runs wrote, before anybody registers them
service    the verbs
"""

from __future__ import annotations

from tidemill.tracking.experiments import Experiment, Experiments, View
from tidemill.tracking.inputs import DatasetSummary, InputDataset, Inputs, ModelUse, RunInputs
from tidemill.tracking.logged_models import LoggedModel, LoggedModels, ModelMetric, ModelPoint, NewLoggedModel
from tidemill.tracking.queries import Condition, RunOrder, RunPage, RunQuery, parse_order, parse_where
from tidemill.tracking.references import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG, referenced_blobs
from tidemill.tracking.removal import RunFacts, last_values, list_run_facts, oldest_running, remove_runs, tag_values
from tidemill.tracking.run_changes import NAME_TAG, ClientRun, Logged, RunChanges, RunUpdate
from tidemill.tracking.runs import MetricPoint, NewRun, Run, RunDetail
from tidemill.tracking.service import Tracking

__all__ = [
    "CHANGES_TAG",
    "ENVIRONMENT_TAG",
    "LOCK_TAG",
    "NAME_TAG",
    "ClientRun",
    "Condition",
    "DatasetSummary",
    "Experiment",
    "Experiments",
    "InputDataset",
    "Inputs",
    "Logged",
    "LoggedModel",
    "LoggedModels",
    "MetricPoint",
    "ModelMetric",
    "ModelPoint",
    "ModelUse",
    "NewLoggedModel",
    "NewRun",
    "Run",
    "RunChanges",
    "RunDetail",
    "RunFacts",
    "RunInputs",
    "RunOrder",
    "RunPage",
    "RunQuery",
    "RunUpdate",
    "Tracking",
    "View",
    "last_values",
    "list_run_facts",
    "oldest_running",
    "parse_order",
    "parse_where",
    "referenced_blobs",
    "remove_runs",
    "tag_values",
]
