"""MLflow's model registry over the wire: what is created, found, moved, refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared
from tidemill.tracking import NewLoggedModel, NewRun

S3 = "s3://bucket/models/one"


def _model(api: Api, shared: Shared, n_versions: int = 0, **fields: object) -> str:
    name = next(shared.names)
    api.post("registered-models/create", name=name, **fields)
    for _ in range(n_versions):
        api.post("model-versions/create", name=name, source=S3)
    return name


def _version(api: Api, name: str, version: int = 1) -> dict[str, object]:
    found: dict[str, object] = api.get("model-versions/get", name=name, version=str(version))["model_version"]
    return found


def test_a_model_is_created_described_renamed_and_deleted(api: Api, shared: Shared) -> None:
    name = _model(api, shared, tags=[{"key": "team", "value": "a"}], description="says late")
    model = api.get("registered-models/get", name=name)["registered_model"]
    assert (model["name"], model["description"], model["tags"]) == (name, "says late", [{"key": "team", "value": "a"}])
    assert type(model["creation_timestamp"]) is int
    assert "latest_versions" not in model
    assert "aliases" not in model
    api.http.request("PATCH", "/api/2.0/mlflow/registered-models/update", json={"name": name, "description": "new"})
    renamed = api.post("registered-models/rename", name=name, new_name=f"{name} b")["registered_model"]
    assert (renamed["name"], renamed["description"]) == (f"{name} b", "new")
    assert renamed["last_updated_timestamp"] >= model["last_updated_timestamp"]
    assert api.refused("registered-models/get", "GET", name=name)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "not found" in api.refused("registered-models/get", "GET", name=name)[2]
    assert api.refused("registered-models/create", name=f"{name} b")[:2] == (400, "RESOURCE_ALREADY_EXISTS")
    assert api.ask("DELETE", "registered-models/delete", {"name": f"{name} b"}).json() == {}
    assert api.refused("registered-models/delete", "DELETE", name=f"{name} b")[0] == 404


@pytest.mark.parametrize("name", ["a/b", "a:b", "", " ", "a\u202eb", "a\u200bb", "a\x1bb", ".", "..", "x" * 257, 5])
def test_names_that_cannot_be_are_refused(api: Api, name: object) -> None:
    assert api.refused("registered-models/create", name=name)[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_a_name_is_a_models_or_a_prompts(api: Api, shared: Shared) -> None:
    name, prompt = _model(api, shared), [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    _, code, said = api.refused("registered-models/create", name=name, tags=prompt)
    assert code == "RESOURCE_ALREADY_EXISTS"
    assert "Tried to create a prompt with name" in said
    assert api.refused("registered-models/create", name=name)[2] == f"Registered Model (name={name}) already exists."
    assert api.post("registered-models/rename", name=name, new_name=name)["registered_model"]["name"] == name


def test_twins_of_unicode_are_one_name(api: Api, shared: Shared) -> None:
    name = f"Späte {next(shared.names)} 机器"
    api.post("registered-models/create", name=name)
    twin = name.replace("ä", "a\u0308")
    assert api.refused("registered-models/create", name=twin)[1] == "RESOURCE_ALREADY_EXISTS"
    assert api.get("registered-models/get", name=twin)["registered_model"]["name"] == name


def test_versions_count_up_even_after_the_newest_was_deleted(api: Api, shared: Shared) -> None:
    name = _model(api, shared, 2)
    api.post("registered-models/alias", name=name, alias="new", version="2")
    assert api.ask("DELETE", "model-versions/delete", {"name": name, "version": "2"}).json() == {}
    assert api.refused("model-versions/get", "GET", name=name, version="2")[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "aliases" not in api.get("registered-models/get", name=name)["registered_model"]
    made = api.post("model-versions/create", name=name, source=S3, run_link="https://x/1", description="third")
    version = made["model_version"]
    told = {key: version[key] for key in ("version", "current_stage", "status", "source", "run_link", "description")}
    assert told == {
        "version": "3",
        "current_stage": "None",
        "status": "READY",
        "source": S3,
        "run_link": "https://x/1",
        "description": "third",
    }
    assert api.get("model-versions/get-download-uri", name=name, version=3) == {"artifact_uri": S3}


def test_stages_are_matched_in_any_case_and_others_archived_when_asked(api: Api, shared: Shared) -> None:
    name = _model(api, shared, 4)

    def move(version: int, stage: str, *, archive: bool = False) -> str:
        fields = {"name": name, "version": str(version), "stage": stage, "archive_existing_versions": archive}
        moved = api.post("model-versions/transition-stage", **fields)["model_version"]
        return str(moved["current_stage"])

    assert [move(1, "production"), move(2, "STAGING"), move(3, "Production")] == ["Production", "Staging", "Production"]
    latest = api.get("registered-models/get", name=name)["registered_model"]["latest_versions"]
    assert {each["current_stage"]: each["version"] for each in latest} == {
        "None": "4",
        "Staging": "2",
        "Production": "3",
    }
    assert move(4, "Production", archive=True) == "Production"
    assert [_version(api, name, each)["current_stage"] for each in (1, 3, 4)] == ["Archived", "Archived", "Production"]
    found = api.post("registered-models/get-latest-versions", name=name, stages=["production", "Staging"])
    assert sorted(each["version"] for each in found["model_versions"]) == ["2", "4"]
    again = api.get("registered-models/get-latest-versions", name=name, stages=["archived"])
    assert [each["version"] for each in again["model_versions"]] == ["3"]
    assert move(4, "none") == "None"
    wrong: dict[str, Any] = {"name": name, "version": "4", "archive_existing_versions": False}
    status, code, message = api.refused("model-versions/transition-stage", **wrong, stage="Live")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "None, Staging, Production, Archived" in message
    wrong["archive_existing_versions"] = True
    assert api.refused("model-versions/transition-stage", **wrong, stage="Archived")[0] == 400


def test_aliases_move_go_with_their_version_and_keep_their_rules(api: Api, shared: Shared) -> None:
    name = _model(api, shared, 2)
    for version in ("1", "2"):
        api.post("registered-models/alias", name=name, alias="champion", version=version)
    assert api.get("registered-models/alias", name=name, alias="champion")["model_version"]["version"] == "2"
    assert api.get("registered-models/alias", name=name, alias="Latest")["model_version"]["version"] == "2"
    assert _version(api, name, 2)["aliases"] == ["champion"]
    assert api.get("registered-models/get", name=name)["registered_model"]["aliases"] == [
        {"alias": "champion", "version": "2"}
    ]
    for alias in ("latest", "LATEST", "v1", "V22", "a b", "a.b", "", "x" * 256):
        assert api.refused("registered-models/alias", name=name, alias=alias, version="1")[0] == 400, alias
    assert api.refused("registered-models/alias", name=name, alias="a", version="9")[:2] == (
        404,
        "RESOURCE_DOES_NOT_EXIST",
    )
    status, code, message = api.refused("registered-models/alias", "GET", name=name, alias="none")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "alias none not found" in message
    assert api.refused("registered-models/alias", "GET", name="nobody", alias="none")[0] == 404
    for _ in range(2):
        assert api.ask("DELETE", "registered-models/alias", {"name": name, "alias": "champion"}).json() == {}


def test_tags_of_models_and_versions(api: Api, shared: Shared) -> None:
    name = _model(api, shared, 1)
    for path, of in (("registered-models", {"name": name}), ("model-versions", {"name": name, "version": "1"})):
        api.post(f"{path}/set-tag", **of, key="a/b c", value="")
        api.post(f"{path}/set-tag", **of, key="k", value="x" * 100_000)
        assert api.refused(f"{path}/set-tag", **of, key="k", value="x" * 100_001)[0] == 400
        assert api.refused(f"{path}/set-tag", **of, key="../x", value="1")[0] == 400
        assert api.refused(f"{path}/set-tag", **of, key="x" * 251, value="1")[0] == 400
        for _ in range(2):
            assert api.ask("DELETE", f"{path}/delete-tag", of | {"key": "k"}).json() == {}
    assert _version(api, name)["tags"] == [{"key": "a/b c", "value": ""}]
    assert api.get("registered-models/get", name=name)["registered_model"]["tags"] == [{"key": "a/b c", "value": ""}]


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "file:///etc",
        "FILE:///etc",
        "model",
        "C:\\secret",
        "mlflow-artifacts:/../../etc",
        "mlflow-artifacts://host:9000/models/..%2f..%2fx",
        "mlflow-artifacts:/0/models/m-1/artifacts",
        "s3://b/../../x",
        "s3://b/%252e%252e/x",
        "https://host/api/../x",
        "s3://b/a%00",
        "runs:/other/model",
        "runs://host/other/model",
        "models:/m-1234",
        "x" * 3000,
    ],
)
def test_sources_that_lead_elsewhere_are_refused(api: Api, shared: Shared, source: str) -> None:
    name = _model(api, shared)
    status, code, message = api.refused("model-versions/create", name=name, source=source, run_id="mine")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "Invalid model version source" in message


def test_versions_of_a_logged_model_have_its_run_and_its_files(api: Api, shared: Shared) -> None:
    name, tracking = _model(api, shared), shared.workspace.tracking
    run = tracking.start_run(ADMIN, NewRun("registry", "a run"))
    model = tracking.models.create(ADMIN, NewLoggedModel(0, source_run_id=run.id))
    made = api.post("model-versions/create", name=name, source=f"models:/{model.id}", model_id=model.id)
    assert (made["model_version"]["run_id"], made["model_version"]["model_id"]) == (run.id, model.id)
    copied = api.post("model-versions/create", name=name, source=f"models:/{name}/latest")["model_version"]
    assert (copied["source"], copied["run_id"]) == (f"models:/{name}/1", run.id)
    root = f"mlflow-artifacts:/0/models/{model.id}/artifacts"
    for version in (1, 2):
        assert api.get("model-versions/get-download-uri", name=name, version=version) == {"artifact_uri": root}
    unknown = {"name": name, "model_id": "m-nobody"}
    for source in ("models:/m-nobody", S3, "mlflow-artifacts:/0/models/m-nobody/artifacts"):
        assert api.refused("model-versions/create", **unknown, source=source)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    for source in ("models:/nothing/1", f"models:/{name}/9", "models:/nothing@none", f"models:/{name}/Production"):
        assert api.refused("model-versions/create", name=name, source=source)[0] == 404, source
    assert api.refused("model-versions/create", name=name, source=f"models:/{name}@none")[0] == 400
    assert api.ask("DELETE", f"logged-models/{model.id}").json() == {}
    assert api.get("model-versions/get-download-uri", name=name, version=2) == {"artifact_uri": root}, "its files stay"


def test_a_source_on_a_disk_is_below_the_root_of_its_run(api: Api, shared: Shared) -> None:
    name = _model(api, shared)
    number = api.post("experiments/create", name=next(shared.names), artifact_location="file:///data/ours")
    run = api.post("runs/create", experiment_id=number["experiment_id"], start_time=1)["run"]["info"]
    inside = f"{run['artifact_uri']}/model"
    for source in (inside, inside.removeprefix("file://")):
        made = api.post("model-versions/create", name=name, source=source, run_id=run["run_id"])["model_version"]
        assert made["source"] == source
    for source in (
        "/data/ours",
        "/data/ours-not/model",
        f"{inside}/../../../../x",
        f"{inside}/%2e%2e/x",
        "/etc/passwd",
    ):
        assert api.refused("model-versions/create", name=name, source=source, run_id=run["run_id"])[0] == 400, source


def test_sources_that_are_fine(api: Api, shared: Shared) -> None:
    name = _model(api, shared)
    run = shared.workspace.tracking.start_run(ADMIN, NewRun("registry", "a run"))
    shared.workspace.tracking.log_batch(ADMIN, run.id, (), {"depth": "3"}, {})
    own = f"mlflow-artifacts:/0/{run.id}/artifacts/model"
    for source in (S3, "gs://b/x", "dbfs:/a/b", "https://host/x", f"runs:/{run.id}/model", own):
        made = api.post("model-versions/create", name=name, source=source, run_id=run.id)["model_version"]
        assert (made["source"], made["run_id"]) == (source, run.id)
    assert shared.workspace.registry.get(ADMIN, f"{name}/1").facts["params"] == {"depth": "3"}
    api.post("registered-models/alias", name=name, alias="best", version="2")
    copied = api.post("model-versions/create", name=name, source=f"models:/{name}@best")["model_version"]
    assert (copied["source"], copied["run_id"]) == (f"models:/{name}/2", run.id)
    assert api.get("model-versions/get-download-uri", name=name, version=copied["version"]) == {
        "artifact_uri": "gs://b/x"
    }


def test_search_pages_through_models_and_versions(api: Api, shared: Shared) -> None:
    prefix = next(shared.names)
    for number in range(5):
        api.post("registered-models/create", name=f"{prefix} {number}", tags=[{"key": "n", "value": str(number)}])
        api.post("model-versions/create", name=f"{prefix} {number}", source=f"{S3}/{prefix}")
    fields = {"filter": f"name LIKE '{prefix} %'", "max_results": 2, "order_by": ["name DESC"]}
    names, token = [], None
    for _ in range(3):
        page = api.get("registered-models/search", **fields, **({"page_token": token} if token else {}))
        names += [each["name"][-1] for each in page["registered_models"]]
        token = page.get("next_page_token")
    assert (names, token) == (["4", "3", "2", "1", "0"], None)
    prompts = f"name LIKE '{prefix} %' AND tags.`mlflow.prompt.is_prompt` != 'true' AND tag.n = '3'"
    assert [each["name"] for each in api.get("registered-models/search", filter=prompts)["registered_models"]] == [
        f"{prefix} 3"
    ]
    assert api.get("registered-models/search", filter=f"name LIKE '{prefix} %' AND tags.other != 'x'") == {}
    found = api.get("model-versions/search", filter=f"source_path = '{S3}/{prefix}' AND version_number >= 1")
    assert len(found["model_versions"]) == 5
    for path, wrong in (("registered-models", {"max_results": 1001}), ("model-versions", {"max_results": 200_001})):
        for asked in (wrong, {"max_results": 0}, {"filter": "name BETWEEN 1"}, {"page_token": "x"}, {"order_by": "x"}):
            assert api.refused(f"{path}/search", "GET", **asked)[:2] == (400, "INVALID_PARAMETER_VALUE"), asked


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("model-versions/create", {"name": "x"}, "'source'"),
        ("model-versions/create", {"source": S3}, "'name'"),
        ("model-versions/set-tag", {"name": "x", "key": "k", "value": "v"}, "'version'"),
        ("model-versions/set-tag", {"name": "x", "version": "one", "key": "k", "value": "v"}, "'version'"),
        ("registered-models/alias", {"name": "x", "version": "1"}, "'alias'"),
        ("registered-models/rename", {"name": "x"}, "'new_name'"),
    ],
)
def test_missing_fields_are_named(api: Api, path: str, fields: dict[str, Any], told: str) -> None:
    status, code, message = api.refused(path, **fields)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert told in message
