"""MLflow's REST API, translated: requests into verbs of the rooms, what they return into MLflow's messages.

There is one store: what an mlflow client logs is an ordinary run, model or artifact. No rule of the domain lives here.

endpoint     an endpoint and the table of all
fields       the fields of a request, by MLflow's rules
errors       codes, statuses
artifacts    files of runs and logged models
traces       traces; trace_spans what is in them
webhooks     addresses that are told what happens
server_info  what the server says of itself
"""

from __future__ import annotations

from tidemill.compat.mlflow import artifacts, server_info, traces, webhooks
from tidemill.compat.mlflow.endpoint import DOORS, Endpoint, EndpointTable, Found, MlflowCall
from tidemill.compat.mlflow.errors import ENDPOINT_NOT_FOUND, MlflowError, code_of
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
]

ENDPOINTS: tuple[Endpoint, ...] = (*server_info.ENDPOINTS, *artifacts.ENDPOINTS, *webhooks.ENDPOINTS, *traces.ENDPOINTS)
