"""Every route with every caller, against the matrix written here."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from tests.server.conftest import House
from tests.small_project import ANN
from tidemill.access import Role
from tidemill.server import ServerOptions
from tidemill.server.application import build_application
from tidemill.server.roles import PUBLIC, RoleMissingError, require_roles, role_of
from tidemill.webhooks import DISABLED, NewWebhook

VIEWER, LABELLER, EDITOR = Role.VIEWER, Role.LABELLER, Role.EDITOR
DEPLOYER, ADMIN = Role.DEPLOYER, Role.ADMIN
EVERYBODY = None
#: Who may call what. A route that is not here fails the first test.
MATRIX: dict[tuple[str, str], Role | None] = {
    ("GET", "/health"): EVERYBODY,
    ("GET", "/ready"): EVERYBODY,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("GET", "/api/datasets"): VIEWER,
    ("GET", "/api/datasets/{name}"): VIEWER,
    ("GET", "/api/file-sets"): VIEWER,
    ("GET", "/api/file-sets/{name}"): VIEWER,
    ("GET", "/api/file-sets/{name}/files"): VIEWER,
    ("GET", "/api/file-sets/{name}/difference"): VIEWER,
    ("GET", "/api/bundles"): VIEWER,
    ("GET", "/api/bundles/{digest}"): VIEWER,
    ("POST", "/api/bundles/{digest}/checks"): EDITOR,
    ("POST", "/api/bundles/{digest}/deploy"): DEPLOYER,
    ("GET", "/api/environments"): VIEWER,
    ("POST", "/api/environments/{name}/promote"): DEPLOYER,
    ("POST", "/api/environments/{name}/roll-back"): DEPLOYER,
    ("GET", "/api/components"): VIEWER,
    ("GET", "/components.json"): VIEWER,
    ("GET", "/components"): VIEWER,
    ("GET", "/api/runs"): VIEWER,
    ("POST", "/api/runs"): EDITOR,
    ("GET", "/api/runs/count"): VIEWER,
    ("GET", "/api/runs/export"): VIEWER,
    ("GET", "/api/metrics/history"): VIEWER,
    ("GET", "/api/views"): VIEWER,
    ("POST", "/api/views"): EDITOR,
    ("GET", "/api/views/{name}"): VIEWER,
    ("DELETE", "/api/views/{name}"): EDITOR,
    ("GET", "/api/runs/{run_id}"): VIEWER,
    ("GET", "/api/webhooks"): ADMIN,
    ("POST", "/api/webhooks"): ADMIN,
    ("GET", "/api/webhooks/{webhook_id}"): ADMIN,
    ("PATCH", "/api/webhooks/{webhook_id}"): ADMIN,
    ("DELETE", "/api/webhooks/{webhook_id}"): ADMIN,
    ("GET", "/api/webhooks/{webhook_id}/deliveries"): ADMIN,
    ("POST", "/api/webhooks/{webhook_id}/test"): ADMIN,
    ("PUT", "/api/runs/{run_id}"): EDITOR,
    ("POST", "/api/runs/{run_id}/log"): EDITOR,
    ("POST", "/api/runs/{run_id}/end"): EDITOR,
    ("POST", "/api/runs/{run_id}/heartbeat"): EDITOR,
    ("GET", "/api/runs/{run_id}/artifacts"): VIEWER,
    ("GET", "/api/runs/{run_id}/artifacts/{path:path}"): VIEWER,
    ("PUT", "/api/runs/{run_id}/artifacts/{path:path}"): EDITOR,
    ("DELETE", "/api/runs/{run_id}/artifacts/{path:path}"): EDITOR,
    ("GET", "/api/runs/{run_id}/origin"): EDITOR,
    ("GET", "/api/runs/{run_id}/why"): VIEWER,
    ("GET", "/api/runs/{run_id}/steps/{step}/why"): VIEWER,
    ("GET", "/api/runs/{run_id}/logs"): VIEWER,
    ("GET", "/api/runs/{run_id}/logs/stream"): VIEWER,
    ("GET", "/api/runs/{run_id}/plan-check"): VIEWER,
    ("GET", "/api/runs/{run_id}/steps"): VIEWER,
    ("GET", "/api/runs/{run_id}/steps/{position}/outputs/{name}"): VIEWER,
    ("GET", "/api/steps"): VIEWER,
    ("GET", "/api/pipelines"): VIEWER,
    ("POST", "/api/pipelines/{name}/plan"): EDITOR,
    ("GET", "/api/runs/{run_id}/graph"): VIEWER,
    ("GET", "/api/runs/{run_id}/steps/{position}/elements"): VIEWER,
    ("GET", "/api/runs/{run_id}/approvals"): VIEWER,
    ("POST", "/api/runs/{run_id}/approvals/{position}"): LABELLER,
    ("POST", "/api/runs/{run_id}/cancel"): EDITOR,
    ("GET", "/api/jobs"): VIEWER,
    ("GET", "/api/jobs/{job_id}"): VIEWER,
    ("POST", "/api/jobs/{job_id}/retry"): EDITOR,
    ("POST", "/api/jobs/{job_id}/cancel"): EDITOR,
    ("GET", "/api/models"): VIEWER,
    ("POST", "/api/models"): EDITOR,
    ("GET", "/api/search/models"): VIEWER,
    ("GET", "/api/search/model-versions"): VIEWER,
    ("GET", "/api/models/{name}"): VIEWER,
    ("PATCH", "/api/models/{name}"): EDITOR,
    ("DELETE", "/api/models/{name}"): DEPLOYER,
    ("POST", "/api/models/{name}/tags"): EDITOR,
    ("DELETE", "/api/models/{name}/aliases/{alias}"): DEPLOYER,
    ("GET", "/api/models/{name}/{version}"): VIEWER,
    ("PATCH", "/api/models/{name}/{version}"): EDITOR,
    ("DELETE", "/api/models/{name}/{version}"): DEPLOYER,
    ("POST", "/api/models/{name}/{version}/tags"): EDITOR,
    ("POST", "/api/models/{name}/{version}/environments"): DEPLOYER,
    ("POST", "/api/models/{name}/{version}/serve"): DEPLOYER,
    ("POST", "/api/models/{name}/{version}/promote"): EDITOR,
    ("GET", "/api/models/{name}/{version}/evidence"): VIEWER,
    ("POST", "/api/models/{name}/demote"): DEPLOYER,
    ("GET", "/api/models/{name}/policies"): VIEWER,
    ("GET", "/api/promotions"): VIEWER,
    ("GET", "/api/promotions/{request_id}"): VIEWER,
    ("POST", "/api/promotions/{request_id}/answer"): LABELLER,
    ("POST", "/api/promotions/{request_id}/cancel"): EDITOR,
    ("GET", "/api/approvals"): VIEWER,
    ("GET", "/approvals"): VIEWER,
    ("GET", "/approvals.json"): VIEWER,
    ("GET", "/promotions/{request_id}"): VIEWER,
    ("GET", "/promotions/{request_id}.json"): VIEWER,
    ("POST", "/promotions/{request_id}/answer"): LABELLER,
    ("POST", "/promotions/{request_id}/cancel"): EDITOR,
    ("GET", "/models/{name}/{version}/gate"): VIEWER,
    ("GET", "/models/{name}/{version}/gate.json"): VIEWER,
    ("GET", "/api/endpoints"): VIEWER,
    ("GET", "/api/endpoints/{name}"): VIEWER,
    ("POST", "/api/endpoints/{name}/deploy"): DEPLOYER,
    ("POST", "/api/endpoints/{name}/roll-back"): DEPLOYER,
    ("GET", "/api/endpoints/{name}/predictions"): VIEWER,
    ("POST", "/api/labels"): LABELLER,
    ("GET", "/api/labels/quarantine"): VIEWER,
    ("GET", "/api/endpoints/{name}/labels"): VIEWER,
    ("GET", "/api/endpoints/{name}/windows"): VIEWER,
    ("GET", "/api/endpoints/{name}/windows/{monitor}/{starts_at}"): VIEWER,
    ("GET", "/api/loop"): VIEWER,
    ("GET", "/api/endpoints/{name}/turns"): VIEWER,
    ("GET", "/api/turns/{turn_id}"): VIEWER,
    ("POST", "/api/endpoints/{name}/retrain"): DEPLOYER,
    ("GET", "/endpoints/{name}/windows/{start}.json"): VIEWER,
    ("GET", "/endpoints/{name}/windows/{start}"): VIEWER,
    ("POST", "/endpoints/{name}/retrain"): DEPLOYER,
    ("GET", "/endpoints/{name}/turns/{turn_id}.json"): VIEWER,
    ("GET", "/endpoints/{name}/turns/{turn_id}"): VIEWER,
    ("GET", "/api/predictions/{prediction_id}"): VIEWER,
    ("GET", "/api/audit"): VIEWER,
    ("GET", "/api/events/head"): VIEWER,
    ("POST", "/api/uploads"): EDITOR,
    ("GET", "/api/uploads/{upload_id}"): EDITOR,
    ("PUT", "/api/uploads/{upload_id}"): EDITOR,
    ("POST", "/api/uploads/{upload_id}/finish"): EDITOR,
    ("DELETE", "/api/uploads/{upload_id}"): EDITOR,
    ("PUT", "/api/packs"): EDITOR,
    ("POST", "/api/packs/read"): VIEWER,
    ("POST", "/api/direct-uploads"): EDITOR,
    ("POST", "/api/direct-uploads/{upload_id}/finish"): EDITOR,
    ("GET", "/api/blobs/{digest}"): VIEWER,
    ("GET", "/api/backups"): ADMIN,
    ("GET", "/api/encryption"): ADMIN,
    ("GET", "/api/storage"): ADMIN,
    ("POST", "/api/storage/collect"): ADMIN,
    ("GET", "/api/tables"): ADMIN,
    ("GET", "/api/erasures"): ADMIN,
    ("POST", "/api/erasures"): ADMIN,
    ("GET", "/api/erasures/{request_id}"): ADMIN,
    ("POST", "/api/erasures/{request_id}/finish"): ADMIN,
    ("POST", "/api/erasures/{request_id}/lift"): ADMIN,
    ("GET", "/api/tokens"): ADMIN,
    ("POST", "/api/tokens"): ADMIN,
    ("DELETE", "/api/tokens/{name}"): ADMIN,
    ("GET", "/"): VIEWER,
    ("GET", "/home.json"): VIEWER,
    ("GET", "/fragments/home"): VIEWER,
    ("GET", "/data"): VIEWER,
    ("GET", "/data.json"): VIEWER,
    ("GET", "/data/{name}"): VIEWER,
    ("GET", "/data/{name}.json"): VIEWER,
    ("GET", "/bundles"): VIEWER,
    ("GET", "/bundles.json"): VIEWER,
    ("GET", "/bundles/{digest}"): VIEWER,
    ("GET", "/bundles/{digest}.json"): VIEWER,
    ("GET", "/pipelines"): VIEWER,
    ("GET", "/pipelines.json"): VIEWER,
    ("GET", "/pipelines/{name}"): VIEWER,
    ("GET", "/pipelines/{name}.json"): VIEWER,
    ("GET", "/pipelines/{name}/plan"): VIEWER,
    ("GET", "/pipelines/{name}/plan.json"): VIEWER,
    ("POST", "/pipelines/{name}/plan"): EDITOR,
    ("POST", "/pipelines/{name}/runs"): EDITOR,
    ("GET", "/api/run-keys"): VIEWER,
    ("POST", "/runs/views"): EDITOR,
    ("GET", "/experiments"): VIEWER,
    ("GET", "/experiments.json"): VIEWER,
    ("GET", "/compare"): VIEWER,
    ("GET", "/compare.json"): VIEWER,
    ("POST", "/runs/views/delete"): EDITOR,
    ("GET", "/logged-models/{model_id}"): VIEWER,
    ("GET", "/logged-models/{model_id}.json"): VIEWER,
    ("GET", "/logged-models/{model_id}/files"): VIEWER,
    ("GET", "/logged-models/{model_id}/files.json"): VIEWER,
    ("GET", "/logged-models/{model_id}/picture"): VIEWER,
    ("GET", "/traces"): VIEWER,
    ("GET", "/traces.json"): VIEWER,
    ("GET", "/traces/{trace_id}"): VIEWER,
    ("GET", "/traces/{trace_id}.json"): VIEWER,
    ("GET", "/webhooks"): ADMIN,
    ("GET", "/webhooks.json"): ADMIN,
    ("POST", "/webhooks"): ADMIN,
    ("GET", "/webhooks/{webhook_id}"): ADMIN,
    ("GET", "/webhooks/{webhook_id}.json"): ADMIN,
    ("POST", "/webhooks/{webhook_id}"): ADMIN,
    ("POST", "/webhooks/{webhook_id}/status"): ADMIN,
    ("POST", "/webhooks/{webhook_id}/test"): ADMIN,
    ("POST", "/webhooks/{webhook_id}/delete"): ADMIN,
    ("GET", "/runs/{run_id}/files"): VIEWER,
    ("GET", "/runs/{run_id}/files.json"): VIEWER,
    ("GET", "/runs/{run_id}/picture"): VIEWER,
    ("GET", "/models/{name}/compare"): VIEWER,
    ("GET", "/models/{name}/compare.json"): VIEWER,
    ("GET", "/runs"): VIEWER,
    ("GET", "/runs.json"): VIEWER,
    ("GET", "/runs/{run_id}"): VIEWER,
    ("GET", "/runs/{run_id}.json"): VIEWER,
    ("GET", "/runs/{run_id}/live"): VIEWER,
    ("POST", "/runs/{run_id}/cancel"): EDITOR,
    ("POST", "/runs/{run_id}/again"): EDITOR,
    ("POST", "/runs/{run_id}/answers/{number}"): LABELLER,
    ("GET", "/runs/{run_id}/steps/{number}"): VIEWER,
    ("GET", "/runs/{run_id}/steps/{number}.json"): VIEWER,
    ("GET", "/runs/{run_id}/steps/{number}/elements"): VIEWER,
    ("GET", "/runs/{run_id}/steps/{number}/elements.json"): VIEWER,
    ("GET", "/models"): VIEWER,
    ("GET", "/models.json"): VIEWER,
    ("GET", "/models/{name}"): VIEWER,
    ("GET", "/models/{name}.json"): VIEWER,
    ("GET", "/models/{name}/{version}"): VIEWER,
    ("GET", "/models/{name}/{version}.json"): VIEWER,
    ("POST", "/models/{name}/{version}/promote"): EDITOR,
    ("GET", "/endpoints"): VIEWER,
    ("GET", "/endpoints.json"): VIEWER,
    ("GET", "/endpoints/{name}"): VIEWER,
    ("GET", "/endpoints/{name}.json"): VIEWER,
    ("POST", "/endpoints/{name}/roll-back"): DEPLOYER,
    ("GET", "/predictions/{prediction_id}"): VIEWER,
    ("GET", "/predictions/{prediction_id}.json"): VIEWER,
    ("GET", "/erasures"): ADMIN,
    ("GET", "/erasures.json"): ADMIN,
    ("GET", "/storage"): ADMIN,
    ("GET", "/storage.json"): ADMIN,
    ("GET", "/audit"): VIEWER,
    ("GET", "/audit.json"): VIEWER,
    ("POST", "/sign-out"): VIEWER,
}
CALLERS = ("nobody", "forger", "viewer", "labeller", "editor", "deployer", "admin", "stranger")
#: What names an object in a path, so that reading finds it and changing finds nothing.
CHANGES = {"name": "nothing", "version": "1", "alias": "none", "job_id": "f" * 32, "run_id": "f" * 32}


def application(house: House) -> FastAPI:
    return build_application(house.workspace, ServerOptions(house.workspace.folder, house.workspace.settings))


def served(house: House) -> dict[tuple[str, str], Role | None]:
    routes = [route for route in application(house).routes if isinstance(route, APIRoute)]
    return {(method, route.path): role_of(route) for route in routes for method in set(route.methods or ()) - {"HEAD"}}


def test_the_matrix_is_what_the_routes_declare(house: House) -> None:
    assert served(house) == MATRIX


def test_few_routes_are_public() -> None:
    assert {path for (_, path), role in MATRIX.items() if role is None} == PUBLIC
    assert len(PUBLIC) <= 3


def test_a_route_without_a_role_stops_the_start(house: House) -> None:
    app = application(house)
    app.add_api_route("/flows/health", lambda: None)
    with pytest.raises(RoleMissingError, match="/flows/health"):
        require_roles(app.routes)


@pytest.mark.parametrize("caller", CALLERS)
def test_every_route_with_every_caller(house: House, caller: str) -> None:
    differences = []
    with httpx.Client(base_url=house.open, headers=_headers(house, caller)) as client:
        for (method, path), role in MATRIX.items():
            status = _ask(client, method, _fill(house, method, path))
            if status not in _expected(caller, method, path, role):
                differences.append(f"{caller} {method} {path}: {status}")
    assert not differences


def _headers(house: House, caller: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    return {"Authorization": f"Bearer {'tm_' + 'A' * 43 if caller == 'forger' else house.tokens[caller]}"}


def _ask(client: httpx.Client, method: str, path: str) -> int:
    if path in {"/sign-in", "/sign-out"} and method == "POST":
        return client.post(path, data={"token": "no token"}).status_code
    body = {"release": False} if path == "/api/runs" else {"model": "nothing/1"} if path.endswith("deploy") else None
    return client.request(method, path, json=body).status_code


def _expected(caller: str, method: str, path: str, role: Role | None) -> set[int]:
    if path == "/sign-in" and method == "POST":
        return {401}
    if role is None:
        return {200}
    if caller in {"nobody", "forger"}:
        return {401}
    own = ADMIN if caller == "stranger" else Role.parse(caller)
    if own < role:
        return {403}
    if path == "/sign-out":
        return {303}
    if method != "GET":
        done = {"/api/runs": {202}, "/api/uploads": {201}, "/api/storage/collect": {200}}
        done["/api/direct-uploads"] = {409}  # this house has no bucket
        return done.get(path, {400, 404, 415})
    missing = (
        "/file-sets/{name}",
        "/views/{name}",
        "{job_id}",
        "{upload_id}",
        "{digest}",
        "{request_id}",
        "{turn_id}",
        "{start}",
        "{starts_at}",
        "{model_id}",
        "{trace_id}",
    )  # this house has no file set, no view, no job, no turn, no window, no logged model, no trace
    if path == "/api/metrics/history" or (path == "/runs/{run_id}/picture" and caller != "stranger"):
        return {400}  # no run and no file is named
    if path.endswith("/plan-check"):
        return {200, 404}  # a run of a version that did not record its plan has none to check
    return {404} if (caller == "stranger" and "{" in path) or any(each in path for each in missing) else {200}


def _fill(house: House, method: str, path: str) -> str:
    run = house.workspace.tracking.list_runs(ANN)[0].id
    names = {
        "name": (
            "parcels"
            if "/data" in path
            else "result"
            if "/outputs" in path
            else "lateness"
            if "/pipelines" in path
            else "late"
        ),
        "version": "1",
        "number": "1",
        "position": "0",
        "step": "train",
        "run_id": run,
        "path": "kept",
        "webhook_id": "f" * 32,
        "model_id": "m-" + "f" * 32,
        "trace_id": "tr-" + "f" * 32,
        "prediction_id": house.predictions[0].prediction_id,
        "job_id": "f" * 32,
        "turn_id": "f" * 32,
        "request_id": "f" * 32,
        "upload_id": "f" * 32,
        "digest": "f" * 64,
        "monitor": "drift",
        "starts_at": "2013-03-04T00:00:00Z",
        "start": "2013-03-04T00:00:00Z",
    }
    if method == "GET":
        house.workspace.artifacts.put(ANN, run, "kept", [b"1"])
        if "webhook_id" in path:
            hook = NewWebhook("w", "https://example.com", ("run.*",), status=DISABLED)
            names["webhook_id"] = house.workspace.webhooks.create(ANN, hook).id
    return path.replace(":path}", "}").format(**(names | (CHANGES if method != "GET" else {})))
