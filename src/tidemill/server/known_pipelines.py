"""Which pipelines there are: those that have run, and those that an endpoint takes candidates from."""

from __future__ import annotations

from tidemill.core import not_found
from tidemill.deployment import DeployedEndpoint
from tidemill.pipelines import pipeline_names, step_glances
from tidemill.server.roles import Call
from tidemill.tracking import Run

_LATEST = 1000


def runs_by_pipeline(call: Call) -> dict[str, list[Run]]:
    """Return the latest runs of each pipeline, newest first; the pipeline that ran last comes first."""
    found: dict[str, list[Run]] = {}
    for run in call.rooms.tracking.list_runs(call.caller, limit=_LATEST):
        found.setdefault(run.experiment, []).append(run)
    newest = {runs[0].id: name for name, runs in found.items()}
    glances = step_glances(call.rooms.database, call.caller, list(newest))
    known = set(pipeline_names(call.rooms.database, call.caller)) | {
        newest[id_] for id_, each in glances.items() if each
    }
    declared = [name for each in call.rooms.deployments.list_endpoints(call.caller) if (name := pipeline_of(each))]
    ran = {name: runs for name, runs in found.items() if name in known}
    return ran | {name: [] for name in declared if name not in ran}


def pipeline_of(endpoint: DeployedEndpoint) -> str:
    """Return the pipeline that an endpoint takes candidates from; empty when none is recorded."""
    return str((endpoint.declared or {}).get("pipeline", ""))


def require_pipeline(call: Call, name: str) -> None:
    """Raise NotFoundError for a pipeline that neither has run nor is an endpoint's."""
    known = runs_by_pipeline(call)
    if name not in known:
        raise not_found("pipeline", name, known)
