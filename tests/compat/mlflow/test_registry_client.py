"""The stock client's registry session: models, versions, stages, aliases, tags, search, prompts; seen by the house."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.compat.mlflow.conftest import ADMIN, Shared


@pytest.fixture(scope="module")
def mlflow(shared: Shared) -> Iterator[Any]:
    before = {name: os.environ.get(name) for name in ("MLFLOW_TRACKING_URI", "MLFLOW_HTTP_REQUEST_MAX_RETRIES")}
    os.environ |= {"MLFLOW_TRACKING_URI": shared.local, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    import mlflow

    mlflow.set_tracking_uri(shared.local)
    yield mlflow
    for name, value in before.items():
        if value is None:
            os.environ.pop(name)
        else:
            os.environ[name] = value


def test_the_life_of_a_model(mlflow: Any, shared: Shared) -> None:
    client, name = mlflow.MlflowClient(), f"Späte Flüge {next(shared.names)}"
    made = client.create_registered_model(name, tags={"team": "a"}, description="late")
    assert (made.name, made.tags, made.description, made.latest_versions) == (name, {"team": "a"}, "late", [])
    versions = [client.create_model_version(name, f"s3://b/{number}", tags={"n": str(number)}) for number in (1, 2, 3)]
    assert [version.version for version in versions] == ["1", "2", "3"] or [v.version for v in versions] == [1, 2, 3]
    assert all(version.status == "READY" for version in versions)
    client.set_registered_model_alias(name, "champion", 2)
    assert str(client.get_model_version_by_alias(name, "champion").version) == "2"
    assert {k: str(v) for k, v in client.get_registered_model(name).aliases.items()} == {"champion": "2"}
    with pytest.warns(FutureWarning):
        moved = client.transition_model_version_stage(name, "3", "production", archive_existing_versions=True)
    assert moved.current_stage == "Production"
    with pytest.warns(FutureWarning):
        assert [str(each.version) for each in client.get_latest_versions(name, ["Production"])] == ["3"]
    client.set_model_version_tag(name, "1", "reviewed", "yes")
    client.delete_registered_model_tag(name, "team")
    client.update_model_version(name, "1", "the first")
    first = client.get_model_version(name, "1")
    assert (first.tags, first.description) == ({"n": "1", "reviewed": "yes"}, "the first")
    assert client.get_model_version_download_uri(name, "1") == "s3://b/1"
    found = client.search_registered_models(f"name = '{name}'", order_by=["name ASC"])
    assert [model.name for model in found] == [name]
    by_change = client.search_model_versions(f"name = '{name}'")
    assert [str(each.version) for each in by_change] == ["1", "3", "2"]
    client.delete_model_version(name, "2")
    assert client.get_registered_model(name).aliases == {}
    with pytest.raises(mlflow.MlflowException, match="not found"):
        client.get_model_version(name, "2")
    assert shared.workspace.registry.get(ADMIN, f"{name}/3").environments == ("production",)
    client.rename_registered_model(name, f"{name} b")
    assert client.get_registered_model(f"{name} b").description == "late"
    client.delete_registered_model(f"{name} b")
    with pytest.raises(mlflow.MlflowException, match="not found"):
        client.get_registered_model(f"{name} b")


def test_prompts_are_registered_loaded_and_kept_apart_from_models(mlflow: Any, shared: Shared) -> None:
    name = "greeting"
    first = mlflow.genai.register_prompt(name=name, template="Hello {{name}}!", commit_message="first")
    mlflow.genai.register_prompt(name=name, template="Good day {{name}}!", tags={"tone": "formal"})
    assert first.version == 1
    mlflow.genai.set_prompt_alias(name, alias="formal", version=2)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@formal").format(name="Ann") == "Good day Ann!"
    assert mlflow.genai.load_prompt(f"prompts:/{name}/1").template == "Hello {{name}}!"
    assert [each.name for each in mlflow.genai.search_prompts()] == [name]
    client = mlflow.MlflowClient()
    assert name not in [model.name for model in client.search_registered_models(max_results=1000)]
    mlflow.genai.delete_prompt_alias(name, alias="formal")
