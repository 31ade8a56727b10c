"""Batches over MLflow's API: all or nothing, repeated without harm, and told which entry cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compat.mlflow.conftest import Api

GOOD = {"key": "m", "value": 41, "timestamp": 59, "step": 26}


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    id_: str = api.post("runs/create")["run"]["info"]["run_id"]
    return id_


def test_a_batch_is_stored_and_may_come_again(api: Api) -> None:
    run_id = api.post("runs/create")["run"]["info"]["run_id"]
    metrics = [{"key": f"m{at % 10}", "value": at / 7, "timestamp": 1, "step": at // 10} for at in range(1000)]
    for _ in range(2):
        assert api.post("runs/log-batch", run_id=run_id, metrics=metrics) == {}
    params = [{"key": f"p{at}", "value": str(at)} for at in range(100)]
    tags = [{"key": f"t{at}", "value": str(at)} for at in range(99)]
    for _ in range(2):
        api.post("runs/log-batch", run_id=run_id, params=params, tags=tags)
    data = api.get("runs/get", run_id=run_id)["run"]["data"]
    assert (len(data["metrics"]), len(data["params"]), len(data["tags"])) == (10, 100, 100)
    assert len(api.get("metrics/get-history", run_id=run_id, metric_key="m3")["metrics"]) == 100
    assert api.post("runs/log-batch", run_id=run_id) == {}


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ([GOOD, GOOD | {"key": 31}], "Invalid value 31 for parameter 'metrics[1].key' supplied"),
        ([GOOD | {"value": "foo"}], "Invalid value \"foo\" for parameter 'metrics[0].value' supplied"),
        ([GOOD | {"timestamp": "foo"}], "Invalid value \"foo\" for parameter 'metrics[0].timestamp' supplied"),
        ([GOOD | {"step": "foo"}], "Invalid value \"foo\" for parameter 'metrics[0].step' supplied"),
        ([GOOD | {"value": None}], "Missing value for required parameter 'metrics[0].value'"),
        ([GOOD | {"timestamp": None}], "Missing value for required parameter 'metrics[0].timestamp'"),
        ([GOOD | {"key": None}], "Missing value for required parameter 'metrics[0].key'"),
        ([GOOD | {"key": "../m"}], "'metrics[0].key'"),
        ([GOOD, 5], "Invalid value 5 for parameter 'metrics[1]' supplied"),
        ("x", "Invalid value \"x\" for parameter 'metrics' supplied"),
        ([GOOD] * 1001, "at most 1000 metrics"),
    ],
)
def test_metrics_that_cannot_be(api: Api, run_id: str, metrics: Any, told: str) -> None:
    status, code, message = api.refused("runs/log-batch", run_id=run_id, metrics=metrics)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert told in message


@pytest.mark.parametrize("name", ["params", "tags"])
@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([{"key": 31, "value": "v"}], "Invalid value 31 for parameter '{}[0].key' supplied"),
        ([{"key": "k", "value": 31}], "Invalid value 31 for parameter '{}[0].value' supplied"),
        ([{"value": "v"}], "Missing value for required parameter '{}[0].key'"),
        ([{"key": "a", "value": "v"}, {"key": "/a", "value": "v"}], "'{}[1].key'"),
        ("foo", "Invalid value \"foo\" for parameter '{}' supplied"),
        ([{"key": "k", "value": "v"}] * 101, "at most 100 {}"),
    ],
)
def test_texts_that_cannot_be(api: Api, run_id: str, name: str, entries: Any, told: str) -> None:
    assert told.format(name) in api.refused("runs/log-batch", run_id=run_id, **{name: entries})[2]


def test_all_or_nothing(api: Api) -> None:
    run_id = api.post("runs/create")["run"]["info"]["run_id"]
    api.post("runs/log-parameter", run_id=run_id, key="p", value="1")
    before = api.get("runs/get", run_id=run_id)
    new = {"metrics": [GOOD], "tags": [{"key": "t", "value": "v"}]}
    twice = [{"key": "q", "value": "1"}, {"key": "q", "value": "2"}]
    for params in ([{"key": "p", "value": "2"}], twice):
        status, _, message = api.refused("runs/log-batch", run_id=run_id, params=params, **new)
        assert status == 400
        assert params[0]["key"] in message
    assert api.get("runs/get", run_id=run_id) == before
    assert "metrics" not in api.get("runs/get", run_id=run_id)["run"]["data"]


def test_entries_in_other_spellings(api: Api) -> None:
    run_id = api.post("runs/create")["run"]["info"]["run_id"]
    metrics = [
        {"key": "a", "value": "NaN", "timestamp": "1"},
        {"key": "b", "value": "Infinity", "timestamp": 2.0, "step": "-3"},
        {"key": "c", "value": "0.5", "timestamp": 3, "unknown": [1]},
    ]
    api.post("runs/log-batch", run_id=run_id, metrics=metrics)
    found = {each["key"]: each for each in api.get("runs/get", run_id=run_id)["run"]["data"]["metrics"]}
    assert (found["a"]["value"], found["b"]["step"], found["c"]["value"]) == ("NaN", -3, 0.5)


def test_bodies_are_json_of_some_size(api: Api, run_id: str) -> None:
    path = "/api/2.0/mlflow/runs/log-batch"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
        answer = api.http.post(path, content=b"{}", headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert "Content-Type" in answer.json()["message"]
    for kind in ("application/json; charset=utf-8", "application/json;x=y"):
        body = f'{{"run_id": "{run_id}"}}'.encode()
        assert api.http.post(path, content=body, headers={"Content-Type": kind}).status_code == 200
    padded = {"run_id": run_id, "tags": [{"key": f"t{at}", "value": "v" * 50_000} for at in range(99)]}
    assert api.http.post(path, json=padded).status_code == 200
    broken = api.http.post(path, content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    chunks = (b"x" * (1 << 20) for _ in range(40))
    large = api.http.post(path, content=chunks, headers={"Content-Type": "application/json"})
    assert large.status_code == 413
