"""Experiments over MLflow's API, as their clients ask for them."""

from __future__ import annotations

import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared

INVALID, EXISTS, ABSENT = "INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST"


def test_default_is_there_from_the_start(api: Api) -> None:
    found = api.get("experiments/get", experiment_id="0")["experiment"]
    assert (found["experiment_id"], found["name"], found["lifecycle_stage"]) == ("0", "Default", "active")
    assert found["artifact_location"] == "mlflow-artifacts:/0"
    assert "tags" not in found


def test_create_get_rename_tag(api: Api, shared: Shared) -> None:
    name = next(shared.names)
    id_ = api.post("experiments/create", name=name, tags=[{"key": "team", "value": "a"}], unknown=1)["experiment_id"]
    assert id_.isdigit()
    found = api.get("experiments/get-by-name", experiment_name=name)["experiment"]
    assert found["tags"] == [{"key": "team", "value": "a"}]
    assert found == api.get("experiments/get", experiment_id=id_)["experiment"]
    other = next(shared.names)
    assert api.post("experiments/update", experiment_id=id_, new_name=other) == {}
    api.post("experiments/set-experiment-tag", experiment_id=id_, key="team", value="b")
    found = api.get("experiments/get", experiment_id=id_)["experiment"]
    assert (found["name"], found["tags"][0]["value"]) == (other, "b")
    api.post("experiments/delete-experiment-tag", experiment_id=id_, key="team")
    assert api.refused("experiments/delete-experiment-tag", experiment_id=id_, key="team")[:2] == (404, ABSENT)
    assert shared.workspace.tracking.experiments.get(ADMIN, int(id_)).name == other


def test_a_name_is_taken_by_a_deleted_one_too(api: Api, shared: Shared) -> None:
    name = next(shared.names)
    id_ = api.post("experiments/create", name=name)["experiment_id"]
    assert api.refused("experiments/create", name=name)[:2] == (400, EXISTS)
    api.post("experiments/delete", experiment_id=id_)
    assert api.refused("experiments/create", name=name)[:2] == (400, EXISTS)
    other = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    assert api.refused("experiments/update", experiment_id=other, new_name=name)[:2] == (400, EXISTS)


def test_deleted_with_its_runs_and_restored_with_them(api: Api, shared: Shared) -> None:
    id_ = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    run_id = api.post("runs/create", experiment_id=id_)["run"]["info"]["run_id"]
    gone = api.post("runs/create", experiment_id=id_)["run"]["info"]["run_id"]
    api.post("runs/delete", run_id=gone)
    api.post("experiments/delete", experiment_id=id_)
    assert api.get("experiments/get", experiment_id=id_)["experiment"]["lifecycle_stage"] == "deleted"
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["lifecycle_stage"] == "deleted"
    for path, fields in (
        ("runs/create", {"experiment_id": id_}),
        ("experiments/update", {"experiment_id": id_, "new_name": next(shared.names)}),
        ("experiments/set-experiment-tag", {"experiment_id": id_, "key": "a", "value": "b"}),
        ("runs/log-metric", {"run_id": run_id, "key": "a", "value": 1, "timestamp": 1}),
        ("runs/log-batch", {"run_id": run_id, "tags": [{"key": "a", "value": "b"}]}),
        ("runs/update", {"run_id": run_id, "status": "FINISHED"}),
        ("runs/set-tag", {"run_id": run_id, "key": "a", "value": "b"}),
    ):
        status, code, message = api.refused(path, **fields)
        assert (status, code) == (400, INVALID), path
        assert "must be in the 'active' state" in message
    api.post("experiments/restore", experiment_id=id_)
    assert api.get("runs/get", run_id=run_id)["run"]["info"]["lifecycle_stage"] == "active"
    assert api.get("runs/get", run_id=gone)["run"]["info"]["lifecycle_stage"] == "deleted"
    assert api.refused("experiments/restore", experiment_id=id_)[:2] == (404, ABSENT)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": 123}, "Invalid value 123 for parameter 'name'"),
        ({}, "Missing value for required parameter 'name'"),
        ({"name": ""}, "Missing value for required parameter 'name'"),
        ({"name": "x", "artifact_location": 9.0}, "Invalid value 9.0 for parameter 'artifact_location'"),
        ({"name": "x", "tags": "5"}, "Invalid value \"5\" for parameter 'tags'"),
        ({"name": "x", "tags": [{"key": "a" * 251, "value": ""}]}, "tags[0].key"),
        ({"name": "x", "tags": [{"key": "a", "value": "v" * 20_001}]}, "maximum length of 20000"),
        ({"name": "x" * 501}, "maximum length of 500 characters"),
        ({"name": "x", "artifact_location": "s3://b/../c"}, "Invalid path"),
        ({"name": "x", "artifact_location": "http:///#/../../etc"}, "artifact_location"),
        ({"name": "x", "artifact_location": "s3://b?x=1"}, "artifact_location"),
    ],
)
def test_what_cannot_be_an_experiment(api: Api, fields: dict[str, object], told: str) -> None:
    status, code, message = api.refused("experiments/create", **fields)
    assert (status, code) == (400, INVALID)
    assert told in message


@pytest.mark.parametrize(("id_", "status"), [("99999", 404), ("abc", 400), ("a b", 400), ("..", 400), ("9" * 60, 404)])
def test_an_unknown_experiment(api: Api, id_: str, status: int) -> None:
    assert api.refused("experiments/get", "GET", experiment_id=id_)[0] == status
    assert api.refused("runs/create", experiment_id=id_)[0] == status
    assert api.refused("experiments/get-by-name", "GET", experiment_name=id_)[0] == 404


def test_search_in_pages_by_both_verbs(api: Api, shared: Shared) -> None:
    made = [api.post("experiments/create", name=next(shared.names))["experiment_id"] for _ in range(3)]
    api.post("experiments/delete", experiment_id=made[0])
    found, token = [], ""
    while True:
        page = api.post("experiments/search", max_results=2, view_type="ALL", page_token=token)
        found += [each["experiment_id"] for each in page["experiments"]]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert len(found) == len(set(found))
    assert set(made) | {"0"} <= set(found)
    by_get = api.get("experiments/search", max_results="50000", view_type="DELETED_ONLY")["experiments"]
    assert made[0] in [each["experiment_id"] for each in by_get]
    assert made[1] not in [each["experiment_id"] for each in by_get]
    for most in (0, 50_001, "x"):
        assert api.refused("experiments/search", max_results=most)[:2] == (400, INVALID)
    for token in ("nonsense!", "bm8=", "W10="):
        assert api.refused("experiments/search", page_token=token)[:2] == (400, INVALID)


def test_a_place_of_its_own_is_kept_as_told(api: Api, shared: Shared) -> None:
    place = "s3://bucket/folder"
    id_ = api.post("experiments/create", name=next(shared.names), artifact_location=place)["experiment_id"]
    info = api.post("runs/create", experiment_id=id_)["run"]["info"]
    assert info["artifact_uri"] == f"{place}/{info['run_id']}/artifacts"
