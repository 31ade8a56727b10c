"""Bundles of code: what is in them, their checks, where they are deployed; deploying, promoting, rolling back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from tidemill.bundles import Bundle, BundleDeployment
from tidemill.core import UsageError, environment_names, not_found, shares_store
from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Call, Deployer, Editor, Viewer
from tidemill.server.routes.route import Limit, Route


@dataclass(frozen=True)
class DeploymentAsked:
    """The environment whose runs shall use a bundle; a reason when it did not pass its check."""

    environment: str
    override: str | None = None


@dataclass(frozen=True)
class PromotionAsked:
    """The environment that shall use what another uses; a reason when it did not pass its check."""

    to: str
    override: str | None = None


@dataclass(frozen=True)
class CheckDone:
    """What came of a check of a bundle."""

    name: str
    passed: bool
    report: dict[str, Any] = field(default_factory=dict)


def list_bundles(call: Viewer, limit: Limit = 50) -> Json:
    """Return the latest bundles, newest first, without their files."""
    return Json({"bundles": [summary(bundle) for bundle in call.rooms.bundles.list(call.caller, limit)]})


def get_bundle(call: Viewer, digest: str) -> Json:
    """Return a bundle with its files, its checks and where it was deployed."""
    bundle = call.rooms.bundles.get(call.caller, digest)
    files = [
        {"path": each.path, "digest": each.digest, "size": each.size, "executable": each.executable}
        for each in bundle.files
    ]
    deployments = [each for each in call.rooms.bundles.deployments(call.caller) if each.digest == bundle.digest]
    checks = call.rooms.bundles.checks(call.caller, bundle.digest)
    return Json(summary(bundle) | {"files": files, "checks": checks, "deployments": deployments})


def record_check(call: Editor, digest: str, done: Annotated[CheckDone, json_body(CheckDone)]) -> Json:
    """Store what came of a check; of two with one name the later one counts."""
    return Json(call.rooms.bundles.record_check(call.caller, digest, done.name, done.passed, done.report))


def deploy(call: Deployer, digest: str, asked: Annotated[DeploymentAsked, json_body(DeploymentAsked)]) -> Json:
    """Let the runs of an environment use a bundle, or the project's folder again when it is `working-tree`."""
    check_environment(call, asked.environment)
    return Json(call.rooms.bundles.deploy(call.caller, digest, asked.environment, override=asked.override))


def list_environments(call: Viewer) -> Json:
    """Return what each environment of this store uses, and what it used before, the latest first."""
    told = [
        {"environment": name, "deployed": deployed, "history": call.rooms.bundles.deployments(call.caller, name)}
        for name, deployed in environments(call).items()
    ]
    return Json({"environments": told})


def promote(call: Deployer, name: str, asked: Annotated[PromotionAsked, json_body(PromotionAsked)]) -> Json:
    """Deploy to another environment of this store what is deployed to one."""
    check_environment(call, name)
    check_environment(call, asked.to)
    return Json(call.rooms.bundles.promote(call.caller, name, asked.to, override=asked.override))


def roll_back(call: Deployer, name: str) -> Json:
    """Deploy again what was deployed to an environment before."""
    check_environment(call, name)
    return Json(call.rooms.bundles.roll_back(call.caller, name))


def environments(call: Call) -> dict[str, BundleDeployment | None]:
    """Return what is deployed to each environment that keeps its things in this store."""
    folder, own = call.rooms.folder, call.rooms.settings.env
    names = [name for name in environment_names(folder) if shares_store(folder, own, name)]
    return {name: call.rooms.bundles.deployed(call.caller, name) for name in names}


def check_environment(call: Call, name: str) -> None:
    """Do nothing for an environment that keeps its things in this store. Raises NotFoundError, UsageError."""
    folder, own = call.rooms.folder, call.rooms.settings.env
    known = environment_names(folder)
    if name not in known:
        raise not_found("environment", name, known)
    if not shares_store(folder, own, name):
        raise UsageError(
            f"environment {name!r} has a store of its own, which this server does not open; run "
            "'tidemill bundle promote' where both stores can be reached"
        )


def summary(bundle: Bundle) -> dict[str, Any]:
    """Return a bundle as JSON, without its files."""
    manifest = bundle.manifest
    return {
        "digest": bundle.digest,
        "module": manifest.module,
        "pipelines": manifest.pipelines,
        "python": manifest.python,
        "made_with": bundle.made_with,
        "lock": {"kind": bundle.lock.kind, "digest": bundle.lock.digest},
        "n_files": len(bundle.files),
        "n_bytes": manifest.n_bytes,
        "commit": bundle.commit,
        "diff_digest": bundle.diff_digest,
        "created_at": bundle.created_at,
        "created_by": bundle.created_by,
    }


ROUTES = (
    Route("GET", "/api/bundles", list_bundles),
    Route("GET", "/api/bundles/{digest}", get_bundle),
    Route("POST", "/api/bundles/{digest}/checks", record_check),
    Route("POST", "/api/bundles/{digest}/deploy", deploy),
    Route("GET", "/api/environments", list_environments),
    Route("POST", "/api/environments/{name}/promote", promote),
    Route("POST", "/api/environments/{name}/roll-back", roll_back),
)
