"""MLflow's clients and models that a gate governs: nothing they do goes round it, and they are told what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared
from tests.registry.requests import LIVE, STAGING, asking, govern, register
from tidemill.storage.events import EventQuery


@pytest.fixture(scope="module")
def client(shared: Shared) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        import mlflow

        yield mlflow.MlflowClient(tracking_uri=shared.local)


@pytest.fixture
def model(shared: Shared) -> str:
    """A model with a champion that its gate let in, and a second version that it has not seen."""
    name = next(shared.names).replace(" ", "-")
    registry = shared.workspace.registry
    first, _ = register(registry, shared.workspace.blobs, 2, name)
    policies = [replace(each, model=name, endpoint=name) for each in (STAGING, LIVE)]
    govern(shared.workspace.database, *policies)
    shared.workspace.promotions.requests.ask(ADMIN, asking(registry, first))
    return name


def test_what_goes_round_a_gate_is_refused_and_says_what_to_do(client: Any, model: str, shared: Shared) -> None:
    ways: list[Callable[[], object]] = [
        lambda: client.set_registered_model_alias(model, "champion", "2"),
        lambda: client.set_registered_model_alias(model, "staging", "2"),
        lambda: client.delete_registered_model_alias(model, "champion"),
        lambda: client.rename_registered_model(model, f"{model}-2"),
        lambda: client.rename_registered_model(_free(client, model), model + "-gone"),
    ]
    shared.workspace.promotions.requests.govern(
        ADMIN, f"{model}-gone", f"{model}-gone", [replace(LIVE, model=f"{model}-gone", endpoint=f"{model}-gone")]
    )
    for way in ways:
        with pytest.raises(Exception, match=f"the gate of endpoint '{model}") as refused:
            way()
        said: Any = refused.value
        assert (said.error_code, said.get_http_status_code()) == ("PERMISSION_DENIED", 403)
        assert "tidemill promote" in str(said) or "rename the endpoint" in str(said)
    with pytest.warns(FutureWarning), pytest.raises(Exception, match=f"'tidemill promote {model}/VERSION --to live'"):
        client.transition_model_version_stage(model, "2", "Production")
    assert client.get_model_version_by_alias(model, "champion").version == "1"
    assert shared.workspace.registry.get(ADMIN, f"{model}/2").environments == ()
    client.set_registered_model_alias(model, "challenger", "2")
    with pytest.warns(FutureWarning):
        assert client.transition_model_version_stage(model, "1", "Production").current_stage == "Production"


def _free(client: Any, model: str) -> str:
    client.create_registered_model(f"{model}-free")
    return f"{model}-free"


def test_a_version_without_a_report_says_so_wherever_it_is_shown(client: Any, model: str, shared: Shared) -> None:
    number, plain = client.create_model_version(model, "s3://elsewhere/model").version, _free(client, model)
    client.create_model_version(plain, "s3://elsewhere/model")
    path, promotions = f"/models/{model}/{number}", shared.workspace.promotions
    with httpx.Client(base_url=shared.local) as http:
        asked = http.post(f"/api{path}/promote", json={"alias": "staging"})
        assert asked.status_code == 404
        said = asked.json()["error"]["message"]
        assert "has no evaluation report, so no gate can judge it" in said
        assert "--break-glass REASON" in said
        for page in (path, f"{path}/gate", f"/models/{plain}", f"/models/{plain}/compare", "/approvals"):
            assert http.get(page).status_code == 200, page
        assert "It came without an evaluation report" in http.get(f"{path}/gate").text
        # Nothing lets in what cannot answer; elsewhere a reason does, which is kept.
        glass = {"alias": "live", "break_glass": "it must"}
        assert "has no model package" in http.post(f"/api{path}/promote", json=glass).json()["error"]["message"]
        done = http.post(f"/api{path}/promote", json={"alias": "staging", "break_glass": "a drill"}).json()
        assert (done["request"]["kind"], done["promotion"]["changed"]) == ("break_glass", True)
        shown = f"/promotions/{done['request']['id']}"
        for page in (path, f"{path}/gate", shown, f"{shown}.json", f"/api{shown}"):
            assert http.get(page).status_code == 200, page
    (event,) = shared.workspace.audit.list(ADMIN, EventQuery(5, None, f"{model}/{number}", "break_glass"))
    assert (event.data["reason"], event.data["passed"], event.actor) == ("a drill", False, done["request"]["asked_by"])
    assert promotions.requests.get(ADMIN, done["request"]["id"]).state == "approved"
    client.delete_model_version(model, number)
    with pytest.raises(Exception, match="no promotion request"):
        promotions.requests.get(ADMIN, done["request"]["id"])


def test_deleting_what_waits_takes_the_question_back(api: Api, model: str, shared: Shared) -> None:
    registry, requests = shared.workspace.registry, shared.workspace.promotions.requests
    asks = [replace(each, model=model, endpoint=model, n_approvals=1) for each in (STAGING, LIVE)]
    govern(shared.workspace.database, *asks)
    requests.ask(ADMIN, asking(registry, registry.get(ADMIN, f"{model}/2"), "staging"))
    assert api.ask("DELETE", "registered-models/delete", {"name": model}).status_code == 200
    assert requests.list_requests(ADMIN, None, model) == []
    told = shared.workspace.audit.list(ADMIN, EventQuery(50, kind_prefix="approval.cancelled"))
    assert told[0].data["version"] == f"{model}/2"
    # The name stays governed: what is registered under it anew has to pass.
    api.post("registered-models/create", name=model)
    api.post("model-versions/create", name=model, source="s3://elsewhere/model")
    status, code, said = api.refused("registered-models/alias", name=model, alias="champion", version="1")
    assert (status, code) == (403, "PERMISSION_DENIED"), said
