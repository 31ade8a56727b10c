"""Datasets that runs read, over MLflow's API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared

DATASET = {"name": "orders", "digest": "d1", "source_type": "local", "source": "{}", "profile": "{}"}


def _input(context: str = "training", **changed: Any) -> dict[str, Any]:
    return {"tags": [{"key": "mlflow.data.context", "value": context}], "dataset": DATASET | changed}


def test_datasets_are_kept_once_and_read_by_many(api: Api, shared: Shared) -> None:
    id_ = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    runs = [api.post("runs/create", experiment_id=id_)["run"]["info"]["run_id"] for _ in range(2)]
    for run_id in runs:
        for _ in range(2):
            api.post("runs/log-inputs", run_id=run_id, datasets=[_input(), _input("test", digest="d2", schema="s")])
    found = api.get("runs/get", run_id=runs[0])["run"]["inputs"]["dataset_inputs"]
    assert sorted(each["dataset"]["digest"] for each in found) == ["d1", "d2"]
    assert {"tags": _input()["tags"], "dataset": DATASET} in found
    (page,) = (api.post("runs/search", experiment_ids=[id_])["runs"],)
    assert all(len(each["inputs"]["dataset_inputs"]) == 2 for each in page)
    path = "/ajax-api/2.0/mlflow/experiments/search-datasets"
    told = api.http.post(path, json={"experiment_ids": [id_]}).json()["dataset_summaries"]
    assert {(each["name"], each["digest"], each["context"]) for each in told} == {
        ("orders", "d1", "training"),
        ("orders", "d2", "test"),
    }
    assert api.http.post(path.replace("ajax-api", "api"), json={"experiment_ids": [id_]}).status_code == 404
    assert api.http.post(path, json={"experiment_ids": []}).status_code == 400
    assert len(shared.workspace.tracking.inputs.of_runs(ADMIN, runs)[runs[1]].datasets) == 2


@pytest.mark.parametrize(
    ("datasets", "told"),
    [
        ([{"dataset": {"name": "x"}}], "Missing value for required parameter 'datasets[0].dataset.digest'"),
        ([{"tags": []}], "Missing value for required parameter 'datasets[0].dataset'"),
        ([_input(name="n" * 501)], "datasets[0].dataset.name"),
        ([_input(), _input(digest="d" * 37)], "datasets[1].dataset.digest"),
        ([_input(source="s" * 65_536)], "65535"),
        ([_input(schema="s" * 1_048_576)], "1048575"),
        ([_input("c" * 501)], "500"),
        ([_input(profile=5)], "Invalid value 5 for parameter 'datasets[0].dataset.profile'"),
        ([_input(digest=f"d{at}") for at in range(1001)], "1000"),
    ],
)
def test_datasets_that_cannot_be(api: Api, datasets: Any, told: str) -> None:
    run_id = api.post("runs/create")["run"]["info"]["run_id"]
    status, _, message = api.refused("runs/log-inputs", run_id=run_id, datasets=datasets)
    assert status == 400
    assert told in message
    assert api.get("runs/get", run_id=run_id)["run"]["inputs"] == {}


def test_something_must_have_been_read(api: Api) -> None:
    run_id = api.post("runs/create")["run"]["info"]["run_id"]
    assert "Missing value for required parameter 'datasets'" in api.refused("runs/log-inputs", run_id=run_id)[2]
    assert api.refused("runs/log-inputs", run_id="f" * 32, datasets=[])[0] == 404


def test_what_a_dataset_was_read_as_first_stays(api: Api) -> None:
    run_id = api.post("runs/create")["run"]["info"]["run_id"]
    for entry in (_input(), {"dataset": DATASET}):
        api.post("runs/log-inputs", run_id=run_id, datasets=[entry])
    (found,) = api.get("runs/get", run_id=run_id)["run"]["inputs"]["dataset_inputs"]
    assert found["tags"] == _input()["tags"]


def test_a_large_profile_is_taken(api: Api) -> None:
    run_id = api.post("runs/create")["run"]["info"]["run_id"]
    api.post("runs/log-inputs", run_id=run_id, datasets=[_input(digest="big", profile="p" * 5_000_000)])
    assert api.get("runs/get", run_id=run_id)["run"]["inputs"]["dataset_inputs"][0]["dataset"]["digest"] == "big"
