"""Histories over MLflow's API: in pages, of several runs, sampled for charts."""

from __future__ import annotations

import pytest

from tests.compat.mlflow.conftest import Api


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    id_: str = api.post("runs/create")["run"]["info"]["run_id"]
    metrics = [{"key": "m", "value": at / 7, "timestamp": at, "step": at} for at in range(1000)]
    api.post("runs/log-batch", run_id=id_, metrics=metrics)
    api.post("runs/log-metric", run_id=id_, key="m", value="NaN", timestamp=1000, step=1000)
    return id_


def test_a_history_in_pages(api: Api, run_id: str) -> None:
    whole = api.get("metrics/get-history", run_id=run_id, metric_key="m")
    assert len(whole["metrics"]) == 1001
    assert "next_page_token" not in whole
    assert whole["metrics"][-1]["value"] == "NaN"
    found, token = [], ""
    for _ in range(20):
        page = api.get("metrics/get-history", run_uuid=run_id, metric_key="m", max_results=300, page_token=token)
        found += page["metrics"]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert found == whole["metrics"]
    assert api.get("metrics/get-history", run_id=run_id, metric_key="none") == {}
    assert api.refused("metrics/get-history", "GET", run_id=run_id)[0] == 400
    for token in ("x", "W10=", "e30="):
        assert api.refused("metrics/get-history", "GET", run_id=run_id, metric_key="m", page_token=token)[0] == 400


def test_several_runs_at_once(api: Api, run_id: str) -> None:
    other = api.post("runs/create")["run"]["info"]["run_id"]
    api.post("runs/log-metric", run_id=other, key="m", value=3, timestamp=1, step=5)
    path = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
    query = [("run_id", run_id), ("run_id", other), ("metric_key", "m")]
    found = api.http.get(path, params=query).json()["metrics"]
    assert {each["run_id"] for each in found} == {run_id, other}
    assert len(found) == 1002
    assert api.http.get(path, params=query[2:]).status_code == 400
    assert api.http.get(path, params=[*query, *(("run_id", f"{at:032x}") for at in range(100))]).status_code == 400
    assert api.http.get(path.replace("ajax-api", "api"), params=query).status_code == 404


def test_samples_hold_the_first_and_the_last(api: Api, run_id: str) -> None:
    for door in ("api", "ajax-api"):
        path = f"/{door}/2.0/mlflow/metrics/get-history-bulk-interval"
        query: dict[str, str | int] = {"run_ids": run_id, "metric_key": "m", "max_results": 10}
        steps = [each["step"] for each in api.http.get(path, params=query).json()["metrics"]]
        assert steps[0] == 0
        assert steps[-1] == 1000
        assert len(steps) == 10
        some = api.http.get(path, params=query | {"start_step": 100, "end_step": 104}).json()["metrics"]
        assert [each["step"] for each in some] == [100, 101, 102, 103, 104]
        assert {each["run_id"] for each in some} == {run_id}
    wrongs: tuple[dict[str, str | int], ...] = (
        {"start_step": 5},
        {"start_step": 5, "end_step": 1},
        {"max_results": 2501},
        {"run_ids": ""},
    )
    for wrong in wrongs:
        assert api.http.get(path, params=query | wrong).status_code == 400, wrong
