"""Which paths are of MLflow's API, told before anything of it is loaded."""

from __future__ import annotations

_PREFIXES = ("/api/2.0/", "/api/3.0/", "/ajax-api/")
_OTHERS = ("/version", "/get-artifact", "/model-versions/get-artifact", "/v1/traces")


def is_mlflow_path(path: str) -> bool:
    """Tell whether a path is one of MLflow's API, whether it is served or not.

    >>> is_mlflow_path("/api/2.0/mlflow/runs/create"), is_mlflow_path("/api/runs")
    (True, False)
    """
    return path.startswith(_PREFIXES) or path in _OTHERS
