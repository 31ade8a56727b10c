"""Small things that other clients' suites look for: statuses, codes, words and shapes as the reference has them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.compat.mlflow.conftest import Api, Shared


@pytest.fixture(scope="module")
def experiment_id(api: Api, shared: Shared) -> str:
    id_: str = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    return id_


def _run(api: Api, experiment_id: str, **more: Any) -> str:
    id_: str = api.post("runs/create", experiment_id=experiment_id, **more)["run"]["info"]["run_id"]
    return id_


def test_ids_that_nothing_can_have(api: Api) -> None:
    wrong = (400, "INVALID_PARAMETER_VALUE", "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.")
    for path, verb in (("get", "GET"), ("delete", "POST"), ("restore", "POST")):
        assert api.refused(f"experiments/{path}", verb, experiment_id="abc") == wrong
    assert api.refused("runs/create", experiment_id="abc") == wrong
    assert api.refused("runs/search", experiment_ids=["abc"]) == wrong
    for id_ in ("-1", "9" * 18, "9" * 70, "0" * 30 + "9"):
        status, code, message = api.refused("experiments/get", "GET", experiment_id=id_)
        assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert message.startswith(f"No Experiment with id={id_}")
    for id_ in ("../x", "a run", "x" * 300):
        assert api.refused("runs/get", "GET", run_id=id_) == (
            404,
            "RESOURCE_DOES_NOT_EXIST",
            f"Run with id={id_} not found",
        )


def test_deleting_and_bringing_back_once_more(api: Api, shared: Shared) -> None:
    id_ = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    run_id = _run(api, id_)
    for _ in range(2):
        assert api.post("runs/delete", run_id=run_id) == {}
    assert "must be in the 'active' state. Current state is deleted" in api.refused("runs/log-batch", run_id=run_id)[2]
    for _ in range(2):
        assert api.post("runs/restore", run_id=run_id) == {}
    api.post("experiments/delete", experiment_id=id_)
    status, code, message = api.refused("experiments/delete", experiment_id=id_)
    assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert message.startswith(f"No Experiment with id={id_} exists")


def test_a_run_has_one_name(api: Api, experiment_id: str) -> None:
    tag = {"key": "mlflow.runName", "value": "one"}
    assert _run(api, experiment_id, run_name="one", tags=[tag])
    status, code, message = api.refused("runs/create", experiment_id=experiment_id, run_name="two", tags=[tag])
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "(run_name='two', mlflow.runName='one')" in message
    made = api.post("runs/create", experiment_id=experiment_id, tags=[{"key": "any#key", "value": "1"}])["run"]
    assert {"key": "any#key", "value": "1"} in made["data"]["tags"]


def test_names_of_enums_and_their_numbers(api: Api, experiment_id: str) -> None:
    run_id = _run(api, experiment_id)
    for given, told in ((4, "FAILED"), ("KILLED", "KILLED"), (99, "KILLED"), ("NO", "KILLED"), (3, "FINISHED")):
        assert api.post("runs/update", run_id=run_id, status=given)["run_info"]["status"] == told
    api.post("runs/delete", run_id=run_id)
    found = api.post("runs/search", experiment_ids=[experiment_id], run_view_type=2)["runs"]
    assert [each["info"]["run_id"] for each in found] == [run_id]


def test_numbers_that_no_json_has(api: Api, experiment_id: str) -> None:
    run_id = _run(api, experiment_id)
    for key, value in (("odd", "NaN"), ("large", "Infinity"), ("small", "-Infinity")):
        body = f'{{"run_id": "{run_id}", "metrics": [{{"key": "{key}", "value": {value}, "timestamp": 5}}]}}'
        sent = api.http.post(
            "/api/2.0/mlflow/runs/log-batch", content=body, headers={"content-type": "application/json"}
        )
        assert sent.status_code == 200, sent.text
    metrics = {each["key"]: each["value"] for each in api.get("runs/get", run_id=run_id)["run"]["data"]["metrics"]}
    assert metrics == {"large": 1.7976931348623157e308, "odd": "NaN", "small": -1.7976931348623157e308}
    for wrong in ('{"run_id": NaN', '{"run_id": "\\ud800", "x": NaN}', "NaN", "[NaN]", '{"a": Infinit}'):
        sent = api.http.post(
            "/api/2.0/mlflow/runs/log-batch", content=wrong, headers={"content-type": "application/json"}
        )
        assert (sent.status_code, sent.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), wrong


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("experiments/create", {"name": "n" * 501}, "'name' exceeds the maximum length of 500 characters"),
        ("experiments/update", {"experiment_id": "0"}, "Missing value for required parameter 'new_name'"),
        ("experiments/search", {"max_results": 50_001}, "'max_results' supplied. It must be at most 50000"),
        ("experiments/delete-experiment-tag", {"experiment_id": "0", "key": "k"}, "in experiment with id 0"),
        ("runs/log-metric", {"key": "k", "value": 1, "timestamp": -1}, "Invalid value -1 for parameter 'timestamp'"),
        ("runs/log-metric", {"key": "k" * 251, "value": 1, "timestamp": 1}, "exceeds the maximum length of 250"),
        ("runs/delete-tag", {"key": "none"}, "No tag with name: none in run with id RUN"),
        ("runs/log-batch", {"metrics": {}}, "Invalid value {} for parameter 'metrics'"),
        ("runs/log-batch", {"metrics": [{"key": "k", "value": 1, "timestamp": -1}]}, "'metrics[0].timestamp'"),
        (
            "runs/log-batch",
            {"params": [{"key": "d", "value": "1"}, {"key": "d", "value": "2"}]},
            "['d']. Please ensure the request contains only one param value per param key.",
        ),
        ("runs/outputs", {}, "Missing value for required parameter 'models'"),
        ("runs/search", {"filter": "nothing = 'a'"}, "Invalid attribute key 'nothing' specified. Valid keys are"),
        ("runs/search", {"filter": "dataset.no = 'a'"}, "Invalid dataset key 'no' specified. Valid keys are"),
        ("runs/search", {"filter": "no.key = 'a'"}, "Invalid entity type 'no'. Valid values are"),
        ("runs/search", {"filter": "params.k > '1'"}, "Invalid comparator '>'"),
        ("runs/search", {"filter": "metrics.k > '1'"}, "Expected numeric value type for metric. Found '1'"),
        ("runs/search", {"filter": "start_time > '1'"}, "Expected numeric value type for numeric attribute: start"),
        ("runs/search", {"filter": "status = 1"}, "Expected a quoted string value for attributes. Got value 1"),
        ("runs/search", {"filter": "tags.k = 1"}, "Expected a quoted string value for tag (e.g. 'my-value')."),
        ("runs/search", {"filter": "tags.k = x"}, "Parameter value is either not quoted or unidentified quote types"),
        ("runs/search", {"filter": "tags.k = 'a' OR 1"}, "Invalid clause(s) in filter string"),
        ("runs/search", {"page_token": "no token"}, "Invalid page token"),
        ("logged-models/search", {}, "Missing value for required parameter 'experiment_ids'"),
        ("logged-models", {"experiment_id": "0", "name": "a/b"}, "Invalid model name ('a/b') provided."),
    ],
)
def test_refused_in_the_words_that_clients_look_for(
    api: Api, experiment_id: str, path: str, fields: dict[str, Any], said: str
) -> None:
    run_id = _run(api, experiment_id)
    status, code, message = api.refused(path, **{"run_id": run_id, **fields})
    assert status in {400, 404}
    assert code == ("INVALID_PARAMETER_VALUE" if status == 400 else "RESOURCE_DOES_NOT_EXIST")
    assert said.replace("RUN", run_id) in message
    assert "\n" not in message


def test_runs_by_the_datasets_that_they_read(api: Api, experiment_id: str) -> None:
    read = {
        "a": [("ds1", "d1", "train"), ("ds2", "d2", "eval")],
        "b": [("ds1", "d1", "eval")],
        "c": [("DS1", "d3", "")],
    }
    for name, datasets in read.items():
        told = [
            {
                "dataset": {"name": dataset, "digest": digest, "source_type": "local", "source": "here"},
                "tags": [{"key": "mlflow.data.context", "value": context}] if context else [],
            }
            for dataset, digest, context in datasets
        ]
        api.post("runs/log-inputs", run_id=_run(api, experiment_id, run_name=name), datasets=told)
    for where, names in {
        "dataset.name = 'ds1'": "ab",
        "datasets.name != 'ds1'": "ac",
        "dataset.name ILIKE 'DS%'": "abc",
        "dataset.name LIKE 'DS%'": "c",
        "dataset.digest IN ('d2', 'd3')": "ac",
        "dataset.name NOT IN ('ds1', 'ds2')": "c",
        "dataset.context = 'eval'": "ab",
        "dataset.context LIKE 'tr%' AND dataset.name = 'ds2'": "a",
        "dataset.name = 'none'": "",
    }.items():
        found = api.post("runs/search", experiment_ids=[experiment_id], filter=where).get("runs", [])
        assert sorted(each["info"]["run_name"] for each in found) == list(names), where


def test_logged_models_by_what_was_measured_where(api: Api, shared: Shared) -> None:
    experiment_id = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    run_id, made = _run(api, experiment_id), {}
    for name in ("one", "two", "three"):
        info = api.post("logged-models", experiment_id=experiment_id, name=name)["model"]["info"]
        assert (info["model_type"], info["source_run_id"]) == ("", "")
        made[name] = info["model_id"]
    for name, value, at, dataset in (
        ("one", 0.9, 1, "train"),
        ("one", 0.1, 2, "test"),
        ("two", 0.5, 1, "test"),
        ("two", 0.2, 0, "train"),
    ):
        point = {"key": "auc", "value": value, "timestamp": at, "model_id": made[name], "dataset_name": dataset}
        api.post("runs/log-metric", run_id=run_id, dataset_digest=f"d-{dataset}", **point)

    def names(**asked: Any) -> list[str]:
        found = api.post("logged-models/search", experiment_ids=[experiment_id], **asked).get("models", [])
        return [each["info"]["name"] for each in found]

    by_auc = {"field_name": "metrics.auc", "ascending": False}
    assert names(order_by=[by_auc]) == ["two", "one", "three"]  # by what was measured last: 0.5 and 0.1
    assert names(order_by=[by_auc | {"dataset_name": "train"}]) == ["one", "two", "three"]
    assert names(order_by=[by_auc | {"dataset_name": "train", "dataset_digest": "other"}]) == ["three", "two", "one"]
    on_test = {"dataset_name": "test"}
    assert sorted(names(filter="metrics.auc > 0.4")) == ["one", "two"]
    assert names(filter="metrics.auc > 0.4", datasets=[on_test]) == ["two"]
    assert names(filter="metrics.auc > 0.4", datasets=[on_test | {"dataset_digest": "other"}]) == []
    assert sorted(names(datasets=[on_test])) == ["one", "two"]
    status, _, message = api.refused("logged-models/search", experiment_ids=[experiment_id], datasets=[{}])
    assert (status, message) == (400, "`dataset_name` in the `datasets` clause must be specified.")


def test_a_run_is_told_with_what_it_wrote(api: Api, experiment_id: str) -> None:
    run_id = _run(api, experiment_id)
    assert api.get("runs/get", run_id=run_id)["run"]["outputs"] == {}
    model_id = api.post("logged-models", experiment_id=experiment_id)["model"]["info"]["model_id"]
    for _ in range(2):
        api.post("runs/outputs", run_id=run_id, models=[{"model_id": model_id, "step": 3}])
    told = api.get("runs/get", run_id=run_id)["run"]
    assert told["outputs"] == {"model_outputs": [{"model_id": model_id, "step": 3}]}
    assert math.isfinite(told["info"]["start_time"])
