"""MLflow's own description of its API, walked: each endpoint is served, or on the list of what is not."""

from __future__ import annotations

import pytest
from mlflow.protos import databricks_pb2, service_pb2

from tidemill.compat.mlflow import ENDPOINTS, EndpointTable
from tidemill.server.mlflow_artifacts import STREAMS
from tidemill.server.mlflow_streams import StreamTable

#: Not served, by what their paths hold below ``/mlflow``: nothing of it is tracking of runs and models.
NOT_BUILT = (
    "/gateway", "/datasets", "/review-queues", "/label-schemas", "/prompt", "/scorers", "/workspaces", "/issues",
    "/jobs", "/mcp", "/skill", "/assessments", "/traces/metrics", "/traces/correlation", "/traces/calculate",
    "/promptlab", "/graphql", "/demo", "/online-", "/endpoints", "/budget", "/secrets", "/trace-", "/views",
    "/assistant", "/invocations", "/query", "/spans", "/custom", "/unified-traces", "/get-online-trace-details",
)  # fmt: skip
#: Said by a status of 501 in the reference too, when files are kept on its own disk.
DEFERRED = ("/presigned-",)
#: Parts of the API that are served by other files of the room; walked with theirs.
ELSEWHERE = ("/traces", "/artifacts/")


def _described() -> list[tuple[str, str, str]]:
    found = []
    service = service_pb2.DESCRIPTOR.services_by_name["MlflowService"]
    for method in service.methods:
        described = method.GetOptions().Extensions[databricks_pb2.rpc].endpoints
        found += [
            (each.method, f"{each.since.major}.{each.since.minor}", f"/{each.path.lstrip('/')}") for each in described
        ]
    return found


@pytest.mark.parametrize("door", ["api", "ajax-api"])
def test_each_endpoint_is_served_or_known_not_to_be(door: str) -> None:
    table, streams = EndpointTable(ENDPOINTS), StreamTable(STREAMS)
    described = _described()
    assert len(described) > 60
    missing = []
    for verb, version, path in described:
        if any(each in path for each in (*NOT_BUILT, *DEFERRED, *ELSEWHERE)) and "search-datasets" not in path:
            continue
        apis = {version} if version in {"2.0", "3.0"} else {"2.0", "3.0"}
        raw = [f"/{door}/{api}{path}".encode() for api in apis]
        served = any(table.find(verb, each).endpoint or streams.find(verb, each) for each in raw)
        if not served and not (door == "api" and path.endswith("search-datasets")):
            missing.append(f"{verb} {version} {path}")
    assert not missing, "\n".join(missing)
