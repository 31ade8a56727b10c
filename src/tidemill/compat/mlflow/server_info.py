"""What the server says of itself: the version of MLflow whose API it speaks, and what it can do."""

from __future__ import annotations

from typing import Any

from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall

#: Clients compare it with the versions that brought what they would like to use.
MLFLOW_VERSION = "3.17.2"


def server_info(call: MlflowCall) -> dict[str, Any]:  # noqa: ARG001 - the shape of every handler
    """Say which ways of moving artifacts there are: through this server, and no other."""
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "artifact_serving_enabled": True,
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
        "artifacts_presigned_only": False,
        "presigned_uploads_enabled": False,
        "presigned_downloads_enabled": False,
        "tracking_auth": "",
    }


ENDPOINTS = (Endpoint("GET", "/mlflow/server-info", None, server_info, apis=("3.0",)),)
