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
    new_id,
    not_found,
)
from tidemill.deployment import _repository as rows
from tidemill.deployment.contender import Contender, Offer, made_of
from tidemill.deployment.endpoint import DeployedEndpoint, Endpoint, Revision
from tidemill.deployment.gatekeeper import Gatekeeper, Wish, waits
from tidemill.deployment.snapshot_of import build_snapshot
from tidemill.evaluation import CustomRule, GateVerdict
from tidemill.models import ModelPackage
from tidemill.registry import (
    CHAMPION,
    PENDING,
    Judged,
    ModelVersion,
    PolicyInForce,
    Promotion,
    PromotionRequest,
    PromotionRequests,
    Registry,
    VerdictRecord,
    record_policies,
    require_let_in,
    written,
)
from tidemill.serving import read_pointer, write_snapshot
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.records import Database, Transaction


@dataclass(frozen=True)
class Release:
    """How an offer fared. Without a passed verdict there is no version, promotion or revision.

    note: why a version that passed is not served; empty when it is. requests: for promotions, in the order of the
    environments, one that waits last.
    """

    verdict: VerdictRecord
    judged: GateVerdict
    version: ModelVersion | None = None
    promotion: Promotion | None = None
    revision: Revision | None = None
    note: str = ""
    requests: tuple[PromotionRequest, ...] = ()


class Deployments:
    """Endpoints and their revisions. Thread-safe; records are the truth, snapshots are written from them.

    requests: the records of requests for promotions, to be read.
    keys: of an encrypted store, where the snapshots' model files are sealed.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        serving_root: Path,
        gatekeeper: Gatekeeper,
        keys: DataKeys | None = None,
    ) -> None:
        self._database = database
        self._registry = registry
        self._root = serving_root
        self._keys = keys
        self._gatekeeper = gatekeeper
        self.requests: PromotionRequests = gatekeeper.requests

    def release(self, caller: Caller, offer: Offer, prepare: Callable[[], object] | None = None) -> Release:
        """Judge a candidate by its endpoint's gate; when it passes, register, promote and deploy it.

        It goes through the endpoint's environments in order, as far as each lets it in; where somebody must approve, it
        waits, and what is served goes on.
        prepare: called once the gate has passed and before anything is served, to bring features online.
        Each part is a transaction of its own and may be repeated: an offer that was released before changes nothing.
        Needs deployer.
        """
        require(caller, Role.DEPLOYER)
        told, judge = offer.endpoint, self._gatekeeper.judge
        name, contender = told.name, judge.offered(offer)
        judge.collect(caller, contender, told.rules(), offer)
        judged, against = judge.judge(caller, contender, told.gate)
        verdict = self._registry.record_verdict(caller, name, offer.candidate, judged, name)
        if not judged.passed:
            return Release(verdict, judged)
        version = self._registry.register(caller, offer.candidate, verdict, made_of(offer.run.steps))
        self._database.write(lambda tx: record_policies(tx, caller, (name, name, told.policies())))
        if prepare is not None:
            prepare()
        held = self._held_back(caller, name, version)
        if held:
            return Release(verdict, judged, version, note=held)
        just = Judged(verdict.id, against)
        asked, promotion, note = self._bring_in(
            caller, (version, replace(contender, name=version.reference)), told, just
        )
        if promotion is None:
            return Release(verdict, judged, version, note=note, requests=tuple(asked))
        declared = DeployedEndpoint(name, name, told.description, told.log, 0, "", caller.name, told.declared())
        revision = self._deploy(caller, declared, version, "released")
        return Release(verdict, judged, version, promotion, revision, requests=tuple(asked))

    def bring_on(
        self, caller: Caller, endpoint: Endpoint, reference: str
    ) -> tuple[list[PromotionRequest], Promotion | None, str]:
        """Ask for a version to come into the environments that are left to it, and serve it once it is in the last.

        Returns what was asked for, the promotion, and why there is none. Needs deployer. Raises what judging raises.
        """
        require(caller, Role.DEPLOYER)
        version = self._registry.get(caller, reference)
        contender = self._gatekeeper.judge.registered(caller, version, endpoint.declared())
        asked, promotion, note = self._bring_in(caller, (version, contender), endpoint, None)
        if promotion is not None:
            self.follow(caller, promotion)
        return asked, promotion, note

    def deploy(self, caller: Caller, endpoint: str, reference: str, reason: str = "deployed by hand") -> Revision:
        """Serve a model version, which its gate once let in, at an endpoint that exists. Needs deployer.

        Raises NotFoundError for the endpoint or version, GateRefusedError for one that never came through the gate.
        """
        require(caller, Role.DEPLOYER)
        declared, version = self.get(caller, endpoint), self._registry.get(caller, reference)
        self._check_let_in(caller, version)
        return self._deploy(caller, declared, version, reason)

    def serve(self, caller: Caller, endpoint: str, reference: str) -> Revision:
        """Serve a model version at an endpoint, which is made without a gate when there is none. Needs deployer.

        Raises NotFoundError for the version, UsageError for a name that cannot be, ConflictError for an endpoint of
        another model, GateRefusedError when a gate governs the model and has not let the version in.
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
        self._check_let_in(caller, version)
        return self._deploy(caller, served, version, "served by hand")

    def follow(self, caller: Caller, promotion: Promotion) -> list[Revision]:
        """Serve a champion at every endpoint of its model, also one that waited for its first; no other alias."""
        if promotion.alias != CHAMPION:
            return []
        version = self._registry.get(caller, f"{promotion.model}/{promotion.version}")
        endpoints = [each for each in self.list_endpoints(caller) if each.model == promotion.model]
        policy = self._gatekeeper.requests.policy(caller, promotion.model, CHAMPION)
        if policy is not None and policy.told and policy.endpoint not in {each.name for each in endpoints}:
            told = policy.told
            first = (policy.endpoint, promotion.model, told["description"], told["log"], 0, "", caller.name)
            endpoints.append(DeployedEndpoint(*first, told["declared"]))
        return [self._deploy(caller, each, version, f"promoted to {CHAMPION}") for each in endpoints]

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
        self._registry.load_package(version)  # what is damaged is not gone back to
        why = _rolled_back(current.reference)
        self._gatekeeper.requests.restore(caller, new_id(), version.reference, CHAMPION, why)
        return self._deploy(caller, declared, version, why)

    def declare(self, caller: Caller, endpoint: Endpoint) -> bool:
        """Record what the project declares of an endpoint that was deployed before; tell whether that is news.

        Another durability of the log is a revision of its own, since the data plane has to know. Needs deployer.
        """
        require(caller, Role.DEPLOYER)
        known = self._database.read(lambda tx: rows.find_endpoint(tx, caller.project, endpoint.name))
        told = endpoint.declared()
        if known is not None:
            policies = endpoint.policies()
            self._database.write(lambda tx: record_policies(tx, caller, (known.model, endpoint.name, policies)))
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

    def _check_let_in(self, caller: Caller, version: ModelVersion) -> None:
        self._database.read(lambda tx: require_let_in(tx, caller.project, version, CHAMPION))

    def _bring_in(
        self, caller: Caller, of: tuple[ModelVersion, Contender], endpoint: Endpoint, just: Judged | None
    ) -> tuple[list[PromotionRequest], Promotion | None, str]:
        """Ask for each environment in order, until one does not let the version in."""
        asked: list[PromotionRequest] = []
        promotion: Promotion | None = None
        own = {rule.name: rule for rule in endpoint.rules() if isinstance(rule, CustomRule)}
        version, contender = of
        for policy in endpoint.policies():
            version = self._registry.get(caller, version.reference)
            if set(policy.aliases) <= set(version.aliases):
                promotion = self._registry.get_promotion(caller, version.model, policy.aliases[-1])
                continue
            held = self._asked_before(caller, version, policy)
            if held is not None:
                return [*asked, held], None, waits(held)
            same = just if policy.rules == written(endpoint.gate) else None
            request, promotion = self._gatekeeper.ask(caller, (version, contender, policy), Wish(own=own), same)
            asked.append(request)
            if promotion is None:
                return asked, None, waits(request)
        return asked, promotion, ""

    def _asked_before(self, caller: Caller, version: ModelVersion, policy: PolicyInForce) -> PromotionRequest | None:
        """Return what waits already for this version, or has been rejected by a person; only a person asks again."""
        latest = self._gatekeeper.requests.list_requests(caller, None, version.model)
        mine = [each for each in latest if (each.version, each.environment) == (version.version, policy.environment)]
        last = mine[0] if mine else None
        return last if last and last.policy_digest == policy.digest and last.state in {PENDING, "rejected"} else None

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

        package = self._registry.load_package(version)  # before anything is recorded: what is damaged is not served
        revision = self._database.write(store)
        self._write_snapshot(caller, endpoint, revision, (version, package))
        return revision

    def _write(self, caller: Caller, endpoint: DeployedEndpoint, revision: Revision) -> None:
        version = self._registry.get(caller, revision.reference)
        self._write_snapshot(caller, endpoint, revision, (version, self._registry.load_package(version)))

    def _write_snapshot(
        self, caller: Caller, endpoint: DeployedEndpoint, revision: Revision, of: tuple[ModelVersion, ModelPackage]
    ) -> None:
        version, package = of
        snapshot = build_snapshot(caller.project, endpoint, revision, version)
        write_snapshot(self._root, snapshot, package.files, self._keys)


def _rolled_back(reference: str) -> str:
    return f"rolled back from {reference}"


def _pointed_at(folder: Path) -> int | None:
    try:
        return read_pointer(folder)
    except (NotFoundError, DamagedError):
        return None
