"""Every endpoint of MLflow's API with every caller, against the role that it declares."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.compat.mlflow.conftest import Shared
from tidemill.access import Role
from tidemill.compat.mlflow import ENDPOINTS, Endpoint
from tidemill.server.mlflow_artifacts import STREAMS

CALLERS = ("nobody", "forger", "viewer", "labeller", "editor", "deployer", "admin")
#: What reads by POST, because its question is too long for a query.
READS = ("/search", "/search-datasets", "/batchGetInfos", "/get-latest-versions", "/list-by-ids")


@pytest.fixture(scope="module")
def client(shared: Shared) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shared.open) as client:
        yield client


@pytest.mark.parametrize("caller", CALLERS)
def test_every_endpoint_with_every_caller(shared: Shared, client: httpx.Client, caller: str) -> None:
    differences = []
    for endpoint in ENDPOINTS:
        for path in endpoint.paths:
            filled = re.sub(r"\{\w+\}", "none", path)
            headers = _headers(shared, caller)
            body = {} if endpoint.verb == "GET" else {"json": dict[str, str]()}
            status = client.request(endpoint.verb, filled, headers=headers, **body).status_code  # type: ignore[arg-type]
            if not _expected(caller, endpoint.role, status):
                differences.append(f"{caller} {endpoint.verb} {path}: {status}")
    assert not differences


@pytest.mark.parametrize("caller", ["nobody", "forger"])
def test_no_stream_is_open_to_strangers(shared: Shared, client: httpx.Client, caller: str) -> None:
    for endpoint in STREAMS:
        for path in endpoint.paths:
            status = client.request(endpoint.verb, path, headers=_headers(shared, caller)).status_code
            assert status == 401, path


def test_what_changes_something_needs_an_editor() -> None:
    weak = [each.path for each in ENDPOINTS if not _reads(each) and (each.role or Role.VIEWER) < Role.EDITOR]
    assert not weak
    assert [each.path for each in ENDPOINTS if each.role is None] == ["/mlflow/server-info"]
    assert not [each.path for each in STREAMS if each.verb != "GET" and each.role < Role.EDITOR]


@pytest.mark.parametrize("path", ["/health", "/version", "/api/3.0/mlflow/server-info", "/static/app.js"])
def test_little_is_open(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_token_is_taken_as_bearer_and_as_a_password(shared: Shared, client: httpx.Client) -> None:
    path = "/api/2.0/mlflow/nothing"
    token = shared.tokens["viewer"]
    assert client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 404
    for user, password in (("ann", token), ("", token), (token, "")):
        assert client.get(path, auth=(user, password)).status_code == 404
    wrong = base64.b64encode(b"\xff\xfe").decode()
    for header in ("Basic", "Basic !!", f"Basic {wrong}", "Basic Og==", "Digest x", "Bearer", ""):
        refused = client.get(path, headers={"Authorization": header})
        assert refused.status_code == 401, header
        assert refused.headers["www-authenticate"] == 'Basic realm="mlflow"'
        assert refused.headers["content-type"].startswith("text/plain")
    assert client.get(path, auth=("ann", "tm_wrong")).status_code == 401


def test_a_password_is_no_token_elsewhere(shared: Shared, client: httpx.Client) -> None:
    assert client.get("/api/models", auth=("ann", shared.tokens["viewer"])).status_code == 401


def _reads(endpoint: Endpoint) -> bool:
    return endpoint.verb == "GET" or endpoint.path.endswith(READS)


def _headers(shared: Shared, caller: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    return {"Authorization": f"Bearer {'tm_' + 'A' * 43 if caller == 'forger' else shared.tokens[caller]}"}


def _expected(caller: str, role: Role | None, status: int) -> bool:
    if role is None:
        return status == 200
    if caller in {"nobody", "forger"}:
        return status == 401
    if Role.parse(caller) < role:
        return status == 403
    return status in {200, 400, 404, 501}
