"""Runs over MLflow's API: their life, what is logged one by one, and what every other door shows of it."""

from __future__ import annotations

import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared
from tidemill.storage.events import EventQuery

INVALID, ABSENT = "INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"
LARGEST = 1.7976931348623157e308


@pytest.fixture
def run_id(api: Api) -> str:
    id_: str = api.post("runs/create", experiment_id="0", user_id="ann", start_time=456)["run"]["info"]["run_id"]
    return id_


def test_a_run_as_it_was_begun(api: Api) -> None:
    tags = [{"key": "mlflow.user", "value": "ann"}, {"key": "my", "value": "tag"}]
    made = api.post("runs/create", experiment_id="0", user_id="ann", start_time="456", run_name="first", tags=tags)
    info = made["run"]["info"]
    assert made == api.get("runs/get", run_id=info["run_id"]) == api.get("runs/get", run_uuid=info["run_id"])
    assert info == {
        "run_id": info["run_id"],
        "run_uuid": info["run_id"],
        "run_name": "first",
        "experiment_id": "0",
        "user_id": "ann",
        "status": "RUNNING",
        "start_time": 456,
        "artifact_uri": f"mlflow-artifacts:/0/{info['run_id']}/artifacts",
        "lifecycle_stage": "active",
    }
    assert len(info["run_id"]) == 32
    assert {each["key"]: each["value"] for each in made["run"]["data"]["tags"]} == {
        "mlflow.runName": "first",
        "mlflow.user": "ann",
        "my": "tag",
    }


def test_a_run_without_anything_is_named(api: Api) -> None:
    run = api.post("runs/create")["run"]
    assert run["info"]["user_id"] == ""
    assert run["data"]["tags"] == [{"key": "mlflow.runName", "value": run["info"]["run_name"]}]
    assert run["info"]["run_name"]


def test_name_and_tag_go_together(api: Api, run_id: str) -> None:
    told = api.post("runs/update", run_id=run_id, run_name="second")["run_info"]
    assert (told["run_name"], told["status"]) == ("second", "RUNNING")
    assert {"key": "mlflow.runName", "value": "second"} in api.get("runs/get", run_id=run_id)["run"]["data"]["tags"]
    api.post("runs/set-tag", run_id=run_id, key="mlflow.runName", value="third")
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["run_name"] == "third"
    api.post("runs/log-batch", run_id=run_id, tags=[{"key": "mlflow.runName", "value": "fourth"}])
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["run_name"] == "fourth"


def test_it_ends_and_goes_on(api: Api, run_id: str) -> None:
    ended = api.post("runs/update", run_uuid=run_id, status="FINISHED", end_time=789)["run_info"]
    assert (ended["status"], ended["end_time"]) == ("FINISHED", 789)
    assert api.post("runs/update", run_id=run_id, status="NO_SUCH")["run_info"]["status"] == "FINISHED"
    api.post("runs/log-metric", run_id=run_id, key="late", value=1, timestamp=1)
    again = api.post("runs/update", run_id=run_id, status="RUNNING")["run_info"]
    assert (again["status"], "end_time" in again) == ("RUNNING", False)
    for status in ("FAILED", "KILLED", "SCHEDULED"):
        assert api.post("runs/update", run_id=run_id, status=status)["run_info"]["status"] == status


def test_deleted_and_restored(api: Api, run_id: str) -> None:
    assert api.post("runs/delete", run_id=run_id) == {}
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["lifecycle_stage"] == "deleted"
    assert api.refused("runs/log-parameter", run_id=run_id, key="a", value="b")[:2] == (400, INVALID)
    api.post("runs/restore", run_id=run_id)
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["lifecycle_stage"] == "active"


def test_params_are_written_once(api: Api, run_id: str) -> None:
    api.post("runs/log-parameter", run_id=run_id, key="a", value="1")
    api.post("runs/log-parameter", run_id=run_id, key="a", value="1")
    api.post("runs/log-parameter", run_id=run_id, key="empty", value="")
    status, code, message = api.refused("runs/log-parameter", run_id=run_id, key="a", value="2")
    assert (status, code) == (400, INVALID)
    assert "'1'" in message
    assert "'2'" in message
    assert "not allowed" in message
    api.post("runs/log-parameter", run_id=run_id, key="long", value="x" * 6001)
    params = {each["key"]: each["value"] for each in api.get("runs/get", run_id=run_id)["run"]["data"]["params"]}
    assert params == {"a": "1", "empty": "", "long": "x" * 6000}


def test_tags_are_overwritten_cut_and_deleted(api: Api, run_id: str) -> None:
    for value in ("a", "b", "y" * 8001):
        api.post("runs/set-tag", run_id=run_id, key="t", value=value)
    tags = {each["key"]: each["value"] for each in api.get("runs/get", run_id=run_id)["run"]["data"]["tags"]}
    assert tags["t"] == "y" * 8000
    api.post("runs/delete-tag", run_id=run_id, key="t")
    gone = f"No tag with name: t in run with id {run_id}"
    assert api.refused("runs/delete-tag", run_id=run_id, key="t") == (404, ABSENT, gone)


def test_metrics_with_what_is_no_number(api: Api, run_id: str) -> None:
    for key, value in (("nan", "NaN"), ("inf", "Infinity"), ("ninf", "-Infinity"), ("n", 0.5), ("text", "1e3")):
        api.post("runs/log-metric", run_id=run_id, key=key, value=value, timestamp="7", step="2")
    found = {each["key"]: each for each in api.get("runs/get", run_id=run_id)["run"]["data"]["metrics"]}
    assert {key: each["value"] for key, each in found.items()} == {
        "nan": "NaN",
        "inf": LARGEST,
        "ninf": -LARGEST,
        "n": 0.5,
        "text": 1000.0,
    }
    assert found["n"] == {"key": "n", "value": 0.5, "timestamp": 7, "step": 2}


def test_the_last_is_of_the_largest_step_time_and_value(api: Api, run_id: str) -> None:
    for value, at, step in ((9.0, 1, 0), (1.0, 5, 3), (2.0, 5, 3), (8.0, 9, 2), (2.0, 5, 3)):
        api.post("runs/log-metric", run_id=run_id, key="m", value=value, timestamp=at, step=step)
    (last,) = api.get("runs/get", run_id=run_id)["run"]["data"]["metrics"]
    assert (last["value"], last["step"], last["timestamp"]) == (2.0, 3, 5)
    assert len(api.get("metrics/get-history", run_id=run_id, metric_key="m")["metrics"]) == 4


KEYS = ("../a", "/a", "a//b", "a/../b", ".", "..", "a$b", "a\nb", "k" * 251, "./a", "a/")


@pytest.mark.parametrize("key", KEYS)
def test_keys_that_would_be_other_paths_or_hold_other_characters(api: Api, run_id: str, key: str) -> None:
    for path, more in (
        ("runs/log-metric", {"value": 1, "timestamp": 1}),
        ("runs/log-parameter", {"value": "1"}),
        ("runs/set-tag", {"value": "1"}),
    ):
        status, code, message = api.refused(path, run_id=run_id, key=key, **more)
        assert (status, code) == (400, INVALID)
        assert "'key'" in message


@pytest.mark.parametrize("key", ["a/b", "a b", "a:b", "a.b-c_d", "größe", "k" * 250])
def test_keys_that_may_be(api: Api, run_id: str, key: str) -> None:
    api.post("runs/log-metric", run_id=run_id, key=key, value=1, timestamp=1)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"run_id": 31}, "Invalid value 31 for parameter 'run_id' supplied"),
        ({"key": 31}, "Invalid value 31 for parameter 'key' supplied"),
        ({"step": "foo"}, "Invalid value \"foo\" for parameter 'step' supplied"),
        ({"timestamp": "foo"}, "Invalid value \"foo\" for parameter 'timestamp' supplied"),
        ({"value": "foo"}, "Invalid value \"foo\" for parameter 'value' supplied"),
        ({"value": None}, "Missing value for required parameter 'value'"),
        ({"timestamp": None}, "Missing value for required parameter 'timestamp'"),
        ({"run_id": None}, "Missing value for required parameter 'run_id'"),
        ({"key": None}, "Missing value for required parameter 'key'"),
        ({"step": 2**63}, "parameter 'step'"),
    ],
)
def test_a_metric_that_cannot_be(api: Api, run_id: str, changed: dict[str, object], told: str) -> None:
    fields = {"run_id": run_id, "key": "m", "value": 1, "timestamp": 59, "step": 2} | changed
    status, code, message = api.refused("runs/log-metric", **fields)
    assert (status, code) == (400, INVALID)
    assert told in message


def test_times_out_of_all_calendars_are_refused(api: Api) -> None:
    assert api.refused("runs/create", start_time=2**62)[:2] == (400, INVALID)
    run_id = api.post("runs/create", start_time=-1)["run"]["info"]["run_id"]
    assert api.refused("runs/update", run_id=run_id, status="FAILED", end_time=2**62)[:2] == (400, INVALID)
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["status"] == "RUNNING"


def test_an_unknown_run_is_told(api: Api) -> None:
    none = "f" * 32
    assert api.refused("runs/get", "GET", run_id=none)[:2] == (404, ABSENT)
    assert api.refused("runs/outputs", run_id=none, models=[])[:2] == (404, ABSENT)
    for path in ("runs/delete", "runs/restore", "runs/update", "runs/log-batch"):
        assert api.refused(path, run_id=none)[:2] == (404, ABSENT), path
    assert api.refused("runs/delete-tag", run_id=none, key="t")[2] == f"Run with id={none} not found"
    assert api.refused("runs/get", "GET")[:2] == (400, INVALID)


def test_it_is_an_ordinary_run_with_its_events(api: Api, shared: Shared, run_id: str) -> None:
    api.post("runs/log-batch", run_id=run_id, metrics=[{"key": "auc", "value": 0.7, "timestamp": 5, "step": 1}])
    api.post("runs/update", run_id=run_id, status="FINISHED")
    found = shared.workspace.tracking.get_run(ADMIN, run_id)
    assert (found.run.status, found.metrics["auc"].value, found.run.experiment) == ("finished", 0.7, "Default")
    assert api.http.get(f"/api/runs/{run_id}").json()["metrics"]["auc"]["value"] == 0.7
    assert api.http.get(f"/runs/{run_id}").status_code == 200
    told = shared.workspace.audit.list(ADMIN, EventQuery(subject=run_id))
    assert [each.kind for each in told] == ["run.finished", "run.started"]


def test_a_run_of_a_client_outlives_the_server(api: Api, shared: Shared, run_id: str) -> None:
    assert run_id not in shared.workspace.tracking.settle_dead_runs()
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["status"] == "RUNNING"


def test_the_older_way_to_log_a_model(api: Api, run_id: str) -> None:
    model = '{"artifact_path": "m", "flavors": {}, "utc_time_created": "now", "run_id": "r"}'
    api.post("runs/log-model", run_id=run_id, model_json=model)
    assert "missing mandatory fields" in api.refused("runs/log-model", run_id=run_id, model_json="{}")[2]
    assert "not valid JSON" in api.refused("runs/log-model", run_id=run_id, model_json="{")[2]


def test_search_by_view_and_filter_in_pages(api: Api, shared: Shared) -> None:
    id_ = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    made = [api.post("runs/create", experiment_id=id_, start_time=at)["run"]["info"]["run_id"] for at in (1, 2, 3)]
    api.post("runs/log-metric", run_id=made[1], key="m", value=5, timestamp=1)
    api.post("runs/delete", run_id=made[0])
    found = api.post("runs/search", experiment_ids=[id_], max_results=1)
    assert [each["info"]["run_id"] for each in found["runs"]] == [made[2]]
    rest = api.post("runs/search", experiment_ids=[id_], max_results=1, page_token=found["next_page_token"])
    assert [each["info"]["run_id"] for each in rest["runs"]] == [made[1]]
    assert "next_page_token" not in rest
    (deleted,) = api.post("runs/search", experiment_ids=[id_], run_view_type="DELETED_ONLY")["runs"]
    assert deleted["info"]["run_id"] == made[0]
    (better,) = api.post("runs/search", experiment_ids=[id_], filter="metrics.m > 4")["runs"]
    assert better["info"]["run_id"] == made[1]
    assert api.post("runs/search", experiment_ids=["999999"]) == {}
    assert api.refused("runs/search", experiment_ids=[id_], max_results=50_001)[:2] == (400, INVALID)
