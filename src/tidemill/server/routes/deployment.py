"""Endpoints: what was deployed, what the data plane serves, deploying and rolling back, and logged predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from tidemill.deployment import DeployedEndpoint
from tidemill.server.answers import Json, json_body
from tidemill.server.data_plane import PlaneReport
from tidemill.server.roles import Call, Deployer, Viewer
from tidemill.server.routes.route import Limit, Route


@dataclass(frozen=True)
class DeploymentAsked:
    """The model version to serve: ``delay/3`` or ``delay@champion``."""

    model: str


def list_endpoints(call: Viewer) -> Json:
    """Return the endpoints by name, each with what the data plane serves now."""
    report = plane_report(call)
    found = call.rooms.deployments.list_endpoints(call.caller)
    return Json({"endpoints": [_shown(each, report) for each in found], "data_plane": report.trouble or "reachable"})


def get_endpoint(call: Viewer, name: str) -> Json:
    """Return an endpoint with its revisions, newest first."""
    found = call.rooms.deployments.get(call.caller, name)
    revisions = call.rooms.deployments.list_revisions(call.caller, name)
    return Json(_shown(found, plane_report(call)) | {"revisions": revisions})


def deploy(call: Deployer, name: str, asked: Annotated[DeploymentAsked, json_body(DeploymentAsked)]) -> Json:
    """Serve a model version at an endpoint."""
    return Json(call.rooms.deployments.deploy(call.caller, name, asked.model))


def roll_back(call: Deployer, name: str) -> Json:
    """Serve again what was served before."""
    return Json(call.rooms.deployments.roll_back(call.caller, name))


def list_predictions(call: Viewer, name: str, limit: Limit = 20) -> Json:
    """Return the last predictions of an endpoint, newest first."""
    call.rooms.deployments.get(call.caller, name)
    return Json({"predictions": call.rooms.predictions.recent(call.caller, name, limit)})


def plane_report(call: Call) -> PlaneReport:
    """Return what the data plane says of the caller's project."""
    return call.house.data_plane.report(call.caller.project, call.identity.secret)


def _shown(endpoint: DeployedEndpoint, report: PlaneReport) -> dict[str, Any]:
    loaded = report.endpoints.get(endpoint.name)
    return {
        "name": endpoint.name,
        "model": endpoint.model,
        "description": endpoint.description,
        "log": endpoint.log,
        "revision": endpoint.revision,
        "created_at": endpoint.created_at,
        "created_by": endpoint.created_by,
        "serving": loaded,
        "trouble": report.trouble or (loaded.error if loaded else None),
    }


ROUTES = (
    Route("GET", "/api/endpoints", list_endpoints),
    Route("GET", "/api/endpoints/{name}", get_endpoint),
    Route("POST", "/api/endpoints/{name}/deploy", deploy),
    Route("POST", "/api/endpoints/{name}/roll-back", roll_back),
    Route("GET", "/api/endpoints/{name}/predictions", list_predictions),
)
