"""MLflow's REST API, translated: requests into verbs of the rooms, what they return into MLflow's messages.

There is one store: what an mlflow client logs is an ordinary run, model or artifact. No rule of the domain lives here.

endpoint     an endpoint and the table of all
fields       the fields of a request, by MLflow's rules; values its single ones
keys         ids and keys as MLflow allows them
paging       page tokens
errors       codes, statuses
shapes       MLflow's messages, made of what the rooms return
artifacts    files of runs and logged models
traces       traces; trace_spans what is in them
webhooks     addresses that are told what happens
server_info  what the server says of itself
registry_models, registry_versions  the model registry; registry_sources: where versions may come from
experiments  experiments and their tags
runs         runs, and what is logged to them one by one; log_batch many at once
metrics      histories of metrics
inputs       datasets and models that runs read and wrote
logged_models  models that runs wrote
run_search   searching experiments, runs and logged models
"""

from __future__ import annotations

from tidemill.compat.mlflow import (
    artifacts,
    experiments,
    inputs,
    logged_models,
    metrics,
    registry_models,
    registry_versions,
    runs,
    server_info,
    traces,
    webhooks,
)
from tidemill.compat.mlflow.endpoint import DOORS, Endpoint, EndpointTable, Found, MlflowCall
from tidemill.compat.mlflow.errors import ENDPOINT_NOT_FOUND, MlflowError, code_of, message_of, status_of
from tidemill.compat.mlflow.fields import Fields, fields_of_body, fields_of_query
from tidemill.compat.mlflow.server_info import MLFLOW_VERSION

__all__ = [
    "DOORS",
    "ENDPOINTS",
    "ENDPOINT_NOT_FOUND",
    "MLFLOW_VERSION",
    "Endpoint",
    "EndpointTable",
    "Fields",
    "Found",
    "MlflowCall",
    "MlflowError",
    "code_of",
    "fields_of_body",
    "fields_of_query",
    "message_of",
    "status_of",
]

ENDPOINTS: tuple[Endpoint, ...] = (
    *server_info.ENDPOINTS,
    *registry_models.ENDPOINTS,
    *registry_versions.ENDPOINTS,
    *experiments.ENDPOINTS,
    *runs.ENDPOINTS,
    *metrics.ENDPOINTS,
    *inputs.ENDPOINTS,
    *logged_models.ENDPOINTS,
    *artifacts.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *traces.ENDPOINTS,
)
