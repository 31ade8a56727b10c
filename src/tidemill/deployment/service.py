"""The verbs of deployment: release what a run offers, deploy a version, roll back, mend what a crash left undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tidemill.access import Caller, Role, require
from tidemill.core import (
    ConflictError,
    DamagedError,
    Event,
    NotFoundError,
    TidemillError,
    canonical_json,
    check_name,
    digest_json,
    not_found,
)
from tidemill.deployment import _repository as rows
from tidemill.deployment.endpoint import DeployedEndpoint, Endpoint, Revision
from tidemill.deployment.judgement import Judge, Offer
from tidemill.deployment.latest_rows import LatestRows
from tidemill.deployment.snapshot_of import build_snapshot
from tidemill.evaluation import GateVerdict
from tidemill.registry import CHAMPION, ModelVersion, Promotion, Registry, VerdictRecord, check_promotion, find_verdict
from tidemill.serving import read_pointer, write_snapshot
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.records import Database, Transaction


@dataclass(frozen=True)
class Release:
    """How an offer fared. Without a passed verdict there is no version, promotion or revision.

    note: why a version that passed is not served; empty when it is.
    """

    verdict: VerdictRecord
    judged: GateVerdict
    version: ModelVersion | None = None
    promotion: Promotion | None = None
    revision: Revision | None = None
    note: str = ""


class Deployments:
    """Endpoints and their revisions. Thread-safe; records are the truth, snapshots are written from them.

    keys: of an encrypted store, where the snapshots' model files are sealed.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        serving_root: Path,
        latest: LatestRows,
        keys: DataKeys | None = None,
    ) -> None:
        self._database = database
        self._registry = registry
        self._root = serving_root
        self._keys = keys
        self._judge = Judge(registry, latest)

    def release(self, caller: Caller, offer: Offer, prepare: Callable[[], object] | None = None) -> Release:
        """Judge a candidate by its endpoint's gate; when it passes, register, promote and deploy it.

        prepare: called once the gate has passed and before anything is served, to bring features online.
        Each part is a transaction of its own and may be repeated: an offer that was released before changes nothing.
        Needs deployer.
        """
        require(caller, Role.DEPLOYER)
        name = offer.endpoint.name
        judged = self._judge.judge(caller, offer)
        verdict = self._registry.record_verdict(caller, name, offer.candidate, judged, name)
        if not judged.passed:
            return Release(verdict, judged)
        version = self._registry.register(caller, offer.candidate, verdict)
        if prepare is not None:
            prepare()
        held = self._held_back(caller, name, version)
        if held:
            return Release(verdict, judged, version, note=held)
        promotion = self._registry.promote(caller, version.reference)
        told = offer.endpoint
        declared = DeployedEndpoint(name, name, told.description, told.log, 0, "", caller.name, told.declared())
        return Release(verdict, judged, version, promotion, self._deploy(caller, declared, version, "released"))

    def deploy(self, caller: Caller, endpoint: str, reference: str, reason: str = "deployed by hand") -> Revision:
        """Serve a model version at an endpoint that exists. Needs deployer.

        Raises NotFoundError for the endpoint or version, ForbiddenError when its gate has not let the version pass.
        """
        require(caller, Role.DEPLOYER)
        declared, version = self.get(caller, endpoint), self._registry.get(caller, reference)
        self._check_gate(caller, declared, version)
        return self._deploy(caller, declared, version, reason)

    def serve(self, caller: Caller, endpoint: str, reference: str) -> Revision:
        """Serve a model version at an endpoint, which is made without a gate when there is none. Needs deployer.

        Raises NotFoundError for the version, UsageError for a name that cannot be, ConflictError for an endpoint of
        another model, ForbiddenError when the endpoint has a gate that has not let the version pass.
        """
        require(caller, Role.DEPLOYER)
        check_name("endpoint", endpoint)
        version = self._registry.get(caller, reference)
        known = self._database.read(lambda tx: rows.find_endpoint(tx, caller.project, endpoint))
        if known is not None and known.model != version.model:
            raise ConflictError(
                f"endpoint {endpoint!r} serves the model {known.model!r}; give another name for {version.reference}"
            )
        served = known or DeployedEndpoint(endpoint, version.model, "", "normal", 0, "", caller.name)
        self._check_gate(caller, served, version)
        return self._deploy(caller, served, version, "served by hand")

    def promote(self, caller: Caller, reference: str, alias: str = CHAMPION) -> tuple[Promotion, list[Revision]]:
        """Point an alias at a version; a new champion is also served, at every endpoint of its model.

        Needs deployer. Raises NotFoundError, UsageError.
        """
        require(caller, Role.DEPLOYER)
        promotion = self._registry.promote(caller, reference, alias)
        version = self._registry.get(caller, f"{promotion.model}/{promotion.version}")
        endpoints = [each for each in self.list_endpoints(caller) if each.model == promotion.model]
        if alias != CHAMPION:
            return promotion, []
        return promotion, [self._deploy(caller, each, version, f"promoted to {alias}") for each in endpoints]

    def roll_back(self, caller: Caller, endpoint: str) -> Revision:
        """Serve again what was served before, and make it the champion. Needs deployer.

        Raises NotFoundError for the endpoint, ConflictError when nothing else was ever served.
        """
        require(caller, Role.DEPLOYER)
        declared = self.get(caller, endpoint)
        revisions = self.list_revisions(caller, endpoint)
        current = revisions[0]
        before = next((each for each in revisions if each.reference != current.reference), None)
        if before is None:
            raise ConflictError(
                f"endpoint {endpoint!r} has only ever served {current.reference}; nothing to go back to"
            )
        version = self._registry.get(caller, before.reference)
        self._registry.promote(caller, version.reference, CHAMPION)
        return self._deploy(caller, declared, version, _rolled_back(current.reference))

    def declare(self, caller: Caller, endpoint: Endpoint) -> bool:
        """Record what the project declares of an endpoint that was deployed before; tell whether that is news.

        Another durability of the log is a revision of its own, since the data plane has to know. Needs deployer.
        """
        require(caller, Role.DEPLOYER)
        known = self._database.read(lambda tx: rows.find_endpoint(tx, caller.project, endpoint.name))
        told = endpoint.declared()
        if known is None or (
            (known.description, known.log) == (endpoint.description, endpoint.log)
            and known.declared is not None
            and canonical_json(known.declared) == canonical_json(told)
        ):
            return False
        declared = replace(known, description=endpoint.description, log=endpoint.log, declared=told)
        if known.log != endpoint.log:
            serves = self.list_revisions(caller, endpoint.name)[0]
            version = self._registry.get(caller, serves.reference)
            self._deploy(caller, declared, version, f"declared with log {endpoint.log}")
            return True

        def store(tx: Transaction) -> None:
            current = rows.find_endpoint(tx, caller.project, endpoint.name) or declared  # a deployment may have come
            rows.store_endpoint(tx, caller.project, replace(declared, revision=current.revision))
            data = {"declared": digest_json(told), "retrain": told["retrain"]}
            tx.emit(caller.name, caller.project, Event("endpoint.declared", endpoint.name, data))

        self._database.write(store)
        return True

    def reconcile(self, caller: Caller) -> list[Revision]:
        """Write the snapshots that the records ask for and the data plane lacks; return those revisions.

        A crash between a deployment's records and its snapshot is mended here. Needs deployer. Raises what the first
        endpoint that cannot be mended raises, once the others are.
        """
        require(caller, Role.DEPLOYER)
        mended: list[Revision] = []
        troubles: list[TidemillError] = []
        for revision in self.unwritten(caller):
            try:
                self._write(caller, self.get(caller, revision.endpoint), revision)
                mended.append(revision)
            except TidemillError as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]
        return mended

    def unwritten(self, caller: Caller) -> list[Revision]:
        """Return the revisions that should serve and whose snapshot is not in place; a deployment may be at it."""
        require(caller, Role.VIEWER)
        should = [self.list_revisions(caller, each.name)[0] for each in self.list_endpoints(caller)]
        root = self._root / caller.project
        return [each for each in should if _pointed_at(root / each.endpoint) != each.revision]

    def get(self, caller: Caller, name: str) -> DeployedEndpoint:
        """Return an endpoint. Raises NotFoundError."""
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> DeployedEndpoint:
            found = rows.find_endpoint(tx, caller.project, name)
            if found is None:
                raise not_found("endpoint", name, [each.name for each in rows.list_endpoints(tx, caller.project)])
            return found

        return self._database.read(read)

    def list_endpoints(self, caller: Caller) -> list[DeployedEndpoint]:
        """Return the endpoints by name."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_endpoints(tx, caller.project))

    def list_revisions(self, caller: Caller, endpoint: str) -> list[Revision]:
        """Return an endpoint's revisions, newest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_revisions(tx, caller.project, endpoint))

    def _check_gate(self, caller: Caller, endpoint: DeployedEndpoint, version: ModelVersion) -> None:
        gates = [endpoint.name] if (endpoint.declared or {}).get("gate") else []
        check_promotion(version, find_verdict(self._registry, caller, version), gates, CHAMPION)

    def _held_back(self, caller: Caller, endpoint: str, version: ModelVersion) -> str:
        """Say why a version stays out: a person rolled it back, and only a person brings it back."""
        for revision in self.list_revisions(caller, endpoint):
            if revision.reference == version.reference:
                return ""
            if revision.reason == _rolled_back(version.reference):
                return (
                    f"{version.reference} was rolled back by {revision.created_by} and stays out; "
                    f"'tidemill promote {version.reference}' serves it again"
                )
        return ""

    def _deploy(self, caller: Caller, endpoint: DeployedEndpoint, version: ModelVersion, reason: str) -> Revision:
        draft = Revision(
            endpoint.name, 0, version.model, version.version, version.package_digest, reason, "", caller.name
        )

        def store(tx: Transaction) -> Revision:
            known = rows.find_endpoint(tx, caller.project, endpoint.name)
            served = rows.list_revisions(tx, caller.project, endpoint.name)
            same_log = known is not None and known.log == endpoint.log
            if served and same_log and served[0].reference == version.reference:
                revision = served[0]
            else:
                revision = rows.insert_revision(tx, caller.project, draft)
                data = {"endpoint": endpoint.name, "revision": revision.revision, "reason": reason}
                tx.emit(caller.name, caller.project, Event("endpoint.deployed", version.reference, data))
            stored = DeployedEndpoint(
                endpoint.name,
                version.model,
                endpoint.description,
                endpoint.log,
                revision.revision,
                endpoint.created_at,
                caller.name,
                endpoint.declared,
            )
            rows.store_endpoint(tx, caller.project, stored)
            return revision

        revision = self._database.write(store)
        self._write(caller, endpoint, revision)
        return revision

    def _write(self, caller: Caller, endpoint: DeployedEndpoint, revision: Revision) -> None:
        version = self._registry.get(caller, revision.reference)
        package = self._registry.load_package(version)
        snapshot = build_snapshot(caller.project, endpoint, revision, version)
        write_snapshot(self._root, snapshot, package.files, self._keys)


def _rolled_back(reference: str) -> str:
    return f"rolled back from {reference}"


def _pointed_at(folder: Path) -> int | None:
    try:
        return read_pointer(folder)
    except (NotFoundError, DamagedError):
        return None
