"""The door as a client finds it: paths, verbs, bodies, hosts, and how a refusal is told."""

from __future__ import annotations

import httpx
import pytest

from tests.compat.mlflow.conftest import Shared
from tidemill.access import Role
from tidemill.compat.mlflow import MLFLOW_VERSION, Endpoint, EndpointTable, MlflowError, fields_of_body, fields_of_query


def test_health_and_version_are_plain_text(shared: Shared) -> None:
    assert httpx.get(f"{shared.local}/health").text == "OK"
    assert httpx.get(f"{shared.local}/version").text == MLFLOW_VERSION
    assert httpx.head(f"{shared.local}/version").text == ""


def test_what_is_not_served_is_told(shared: Shared) -> None:
    for path in ("/api/2.0/mlflow/gateway/x", "/ajax-api/2.0/nothing", "/api/3.0/mlflow/scorers"):
        answer = httpx.post(shared.local + path, json={})
        assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND"), path
    other = httpx.post(f"{shared.local}/api/3.0/mlflow/server-info", json={})
    assert (other.status_code, other.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/create", "/ajax-api/2.0/x", "/version", "/get-artifact"])
def test_foreign_hosts_and_origins_are_refused_in_mlflows_words(shared: Shared, path: str) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        answer = httpx.post(shared.local + path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_answers_carry_the_headers_of_the_house(shared: Shared) -> None:
    headers = httpx.get(f"{shared.local}/api/3.0/mlflow/server-info").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_segments_are_decoded_once_and_apart() -> None:
    table = EndpointTable([Endpoint("GET", "/mlflow/things/{name}/tags/{key}", Role.VIEWER, lambda _: {})])
    found = table.find("GET", b"/api/2.0/mlflow/things/a%252Fb/tags/x%2Fy%20z")
    assert found.path_fields == {"name": "a%2Fb", "key": "x/y z"}
    assert table.find("GET", b"/api/2.0/mlflow/things//tags/x").endpoint is None
    assert table.find("PUT", b"/ajax-api/2.0/mlflow/things/a/tags/x").verbs == {"GET"}


def test_numbers_come_as_numbers_or_text() -> None:
    fields = fields_of_body(b'{"a": 5, "b": "-7", "c": 2.0, "d": "NaN", "e": "1e3", "f": null, "n": {"deep": [1]}}')
    assert (fields.integer("a"), fields.integer("b"), fields.integer("c"), fields.integer("f", 9)) == (5, -7, 2, 9)
    assert str(fields.number("d")) == "nan"
    assert fields.number("e") == 1000.0


@pytest.mark.parametrize(
    ("name", "read", "told"),
    [
        ("t", "text", "Invalid value 123 for parameter 't' supplied"),
        ("s", "integer", "Invalid value \"five\" for parameter 's' supplied"),
        ("b", "integer", "Invalid value true for parameter 'b' supplied"),
        ("f", "integer", "Invalid value 1.5 for parameter 'f' supplied"),
        ("s", "number", "Invalid value \"five\" for parameter 's' supplied"),
        ("s", "maps", "Invalid value \"five\" for parameter 's' supplied"),
        ("x", "integer", "Missing value for required parameter 'x'"),
        ("big", "integer", "Invalid value 99999999999999999999"),
    ],
)
def test_wrong_values_are_named(name: str, read: str, told: str) -> None:
    fields = fields_of_body(b'{"t": 123, "s": "five", "b": true, "f": 1.5, "big": 99999999999999999999}')
    with pytest.raises(MlflowError) as caught:
        getattr(fields, read)(name)
    assert told in str(caught.value)
    assert caught.value.http_status == 400


def test_nested_fields_are_told_with_their_place() -> None:
    (entry,) = fields_of_body(b'{"metrics": [{"key": 1, "tags": [{}]}]}').maps("metrics")
    with pytest.raises(MlflowError, match=r"'metrics\[0\].key'"):
        entry.text("key")
    with pytest.raises(MlflowError, match=r"'metrics\[0\].tags\[0\].key'"):
        entry.pairs("tags")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"5", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(MlflowError) as caught:
        fields_of_body(body)
    assert caught.value.http_status == 400


def test_a_query_gives_lists_where_they_are_named() -> None:
    fields = fields_of_query(b"order_by=a&order_by=b&x=1&x=2&run_ids=r&flag=TRUE", frozenset({"order_by", "run_ids"}))
    assert fields.texts("order_by") == ["a", "b"]
    assert fields.texts("run_ids") == ["r"]
    assert (fields.text("x"), fields.flag("flag")) == ("1", True)
