"""Models that runs wrote, over MLflow's API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compat.mlflow.conftest import Api, Shared


@pytest.fixture(scope="module")
def experiment(api: Api, shared: Shared) -> str:
    id_: str = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    return id_


def _create(api: Api, experiment: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post("logged-models", experiment_id=experiment, **more)["model"]
    return made


def test_its_life(api: Api, experiment: str) -> None:
    run_id = api.post("runs/create", experiment_id=experiment)["run"]["info"]["run_id"]
    pair = [{"key": "a", "value": "b"}]
    info = _create(api, experiment, name="model", source_run_id=run_id, params=pair, tags=pair, model_type="t")["info"]
    id_ = info["model_id"]
    assert id_.startswith("m-")
    assert len(id_) == 34
    assert (info["status"], info["source_run_id"], info["model_type"]) == ("LOGGED_MODEL_PENDING", run_id, "t")
    assert info["artifact_uri"] == f"mlflow-artifacts:/{experiment}/models/{id_}/artifacts"
    done = api.ask("PATCH", f"logged-models/{id_}", {"model_id": id_, "status": "LOGGED_MODEL_READY"}).json()
    assert done["model"]["info"]["status"] == "LOGGED_MODEL_READY"
    api.ask("PATCH", f"logged-models/{id_}/tags", {"tags": [{"key": "x/y", "value": "z"}]})
    api.post(f"logged-models/{id_}/params", params=[{"key": "c", "value": "d"}])
    found = api.get(f"logged-models/{id_}")["model"]
    assert {each["key"] for each in found["info"]["tags"]} == {"a", "x/y"}
    assert {each["key"] for each in found["data"]["params"]} == {"a", "c"}
    assert api.ask("DELETE", f"logged-models/{id_}/tags/x%2Fy").status_code == 200
    assert api.ask("DELETE", f"logged-models/{id_}/tags/x%2Fy").status_code == 404
    api.post("runs/outputs", run_id=run_id, models=[{"model_id": id_, "step": 3}])
    api.post("runs/log-inputs", run_id=run_id, models=[{"model_id": id_}])
    run = api.get("runs/get", run_id=run_id)["run"]
    assert run["outputs"] == {"model_outputs": [{"model_id": id_, "step": 3}]}
    assert run["inputs"] == {"model_inputs": [{"model_id": id_}]}
    assert api.ask("DELETE", f"logged-models/{id_}").json() == {}
    assert api.refused(f"logged-models/{id_}", "GET")[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_metrics_of_a_model_show_on_run_and_model(api: Api, experiment: str) -> None:
    run_id = api.post("runs/create", experiment_id=experiment)["run"]["info"]["run_id"]
    id_ = _create(api, experiment, name="measured")["info"]["model_id"]
    of = {"model_id": id_, "dataset_name": "d", "dataset_digest": "1"}
    metric = {"key": "auc", "value": 0.7, "timestamp": 5, "step": 1}
    api.post("runs/log-metric", run_id=run_id, **metric, **of)
    api.post("runs/log-batch", run_id=run_id, metrics=[metric | {"key": "loss"} | of, metric])
    told = api.get(f"logged-models/{id_}")["model"]["data"]["metrics"]
    assert {"run_id": run_id} | of | metric in told
    assert len(told) == 2
    assert len(api.get("runs/get", run_id=run_id)["run"]["data"]["metrics"]) == 2
    assert api.refused("runs/log-metric", run_id=run_id, **metric, model_id="m-none")[0] == 404


def test_search(api: Api, experiment: str) -> None:
    made = [_create(api, experiment, name=name)["info"]["model_id"] for name in ("one", "two", "two")]
    found = api.post("logged-models/search", experiment_ids=[experiment], filter="name = 'two'")["models"]
    assert [each["info"]["model_id"] for each in found] == [made[2], made[1]]
    page = api.post("logged-models/search", experiment_ids=[experiment], max_results=1)
    assert page["next_page_token"]


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", "a'b", 'a"b', "n" * 501])
def test_names_that_cannot_be(api: Api, experiment: str, name: str) -> None:
    assert api.refused("logged-models", experiment_id=experiment, name=name)[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_what_is_not_there(api: Api, experiment: str) -> None:
    assert api.refused("logged-models", experiment_id="99999", name="x")[0] == 404
    assert api.refused("logged-models", experiment_id=experiment, name="x", source_run_id="f" * 32)[0] == 404
    assert api.refused("logged-models", name="x")[0] == 400
    assert api.refused("logged-models/m-x", "PATCH", status="LOGGED_MODEL_READY")[0] == 404
    id_ = _create(api, experiment)["info"]["model_id"]
    assert api.refused(f"logged-models/{id_}", "PATCH", status="NONE")[0] == 400
    assert api.refused("runs/outputs", run_id="f" * 32, models=[{"model_id": id_}])[0] == 404
