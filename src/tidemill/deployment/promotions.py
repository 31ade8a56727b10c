"""Promotions as people ask for them: promote, approve, reject, take back, demote, roll back; and their evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tidemill.access import Caller, Role, require
from tidemill.core import DamagedError, NotFoundError, UsageError, is_id
from tidemill.deployment.collecting import measured, tested
from tidemill.deployment.contender import Contender
from tidemill.deployment.endpoint import Revision
from tidemill.deployment.gatekeeper import Gatekeeper, Wish
from tidemill.deployment.service import Deployments
from tidemill.evaluation import CustomRule, Document, ModelTest
from tidemill.registry import (
    APPROVED,
    CHAMPION,
    PENDING,
    EvidenceRecords,
    ModelVersion,
    PolicyInForce,
    Promotion,
    PromotionRequest,
    PromotionRequests,
    RecordedEvidence,
    Registry,
)


@dataclass(frozen=True)
class Promoted:
    """What came of a wish or an answer.

    request: None for an alias that nothing governs, or that stood there already. promotion: None while it waits, or
    when it was refused. revisions: what is served now because of it.
    """

    request: PromotionRequest | None
    promotion: Promotion | None = None
    revisions: tuple[Revision, ...] = ()


class Promotions:
    """Versions on their way into environments. Thread-safe.

    requests: the records of requests, to be read.
    """

    def __init__(
        self, deployments: Deployments, gatekeeper: Gatekeeper, registry: Registry, records: EvidenceRecords
    ) -> None:
        self._deployments = deployments
        self._gatekeeper = gatekeeper
        self._registry = registry
        self._records = records
        self.requests: PromotionRequests = gatekeeper.requests

    def promote(
        self, caller: Caller, reference: str, environment: str = CHAMPION, wish: Wish | None = None
    ) -> Promoted:
        """Ask for a version to come into an environment, or under an alias: its gate judges, then who must approve.

        Needs deployer; an editor may ask where somebody must approve. What comes in is served when the endpoint serves
        that environment. With the same `Wish.id` again nothing happens twice.

        Raises NotFoundError, UsageError for an id or an environment that is none, GateRefusedError for bytes that are
        not those that were judged.
        """
        wish = wish or Wish()
        if wish.id and not is_id(wish.id):
            raise UsageError(f"{wish.id[:80]!r} is no request id; give 32 hex digits, or none")
        if wish.break_glass:
            require(caller, Role.DEPLOYER)
        version = self._registry.get(caller, reference)
        policy = self.requests.policy(caller, version.model, environment)
        if policy is None:
            return self.point(caller, version.reference, environment)
        done = self._done(caller, policy, wish)
        if done is not None:
            return done
        if set(policy.aliases) <= set(version.aliases):
            stands = self._registry.get_promotion(caller, version.model, policy.aliases[-1])
            return Promoted(None, stands, tuple(self._deployments.follow(caller, stands)) if stands else ())
        contender: Contender | str
        try:
            contender = self._contender(caller, version)
        except (NotFoundError, DamagedError) as error:
            if not wish.break_glass:
                raise
            if policy.serves:  # no reason lets in what cannot answer
                self._registry.load_package(version)
            contender = str(error)
        return self._served(caller, *self._gatekeeper.ask(caller, (version, contender, policy), wish))

    def point(self, caller: Caller, reference: str, alias: str) -> Promoted:
        """Point an alias that nothing governs at a version; a champion is served at every endpoint of its model.

        Needs deployer. Raises NotFoundError, for a champion without files where its model is served too, and
        DamagedError; GateRefusedError for an alias that moves through a gate only.
        """
        require(caller, Role.DEPLOYER)
        version = self._registry.get(caller, reference)
        if alias == CHAMPION and any(each.model == version.model for each in self._deployments.list_endpoints(caller)):
            self._registry.environments.check_free(caller, reference, alias)
            self._registry.load_package(version)
        moved = self._registry.promote(caller, reference, alias)
        return Promoted(None, moved, tuple(self._deployments.follow(caller, moved)))

    def approve(
        self, caller: Caller, request_id: str, note: str = "", own: Mapping[str, CustomRule] | None = None
    ) -> Promoted:
        """Approve a request; the last approval that it takes promotes, and serves what is to be served.

        own: the project's rules, where its code is loaded; they are asked when the gate has to judge anew.
        Raises NotFoundError, ForbiddenError for who may not, ConflictError for a request that has ended; DamagedError
        when the bytes that were judged are not those that are kept.
        """
        request = self.requests.get(caller, request_id)
        version = self._registry.get(caller, request.reference)
        if request.state == PENDING:
            self._registry.load_package(version)  # what is damaged comes into nothing
        contender = partial(self._contender, caller, version)
        answered, promotion = self._gatekeeper.approve(caller, request, note, contender, own or {})
        return self._served(caller, answered, promotion)

    def reject(self, caller: Caller, request_id: str, note: str = "") -> Promoted:
        """Reject a request, with a reason. Raises NotFoundError, ForbiddenError, ConflictError."""
        return Promoted(self.requests.answer(caller, request_id, False, note)[0])

    def cancel(self, caller: Caller, request_id: str) -> PromotionRequest:
        """Take a request back. Raises NotFoundError, ForbiddenError, ConflictError."""
        return self.requests.cancel(caller, request_id)

    def demote(self, caller: Caller, model: str, environment: str, note: str = "") -> ModelVersion:
        """Take a version out of an environment, or an alias away. Needs deployer.

        Raises NotFoundError; ConflictError for what an endpoint serves: that is rolled back, or another promoted.
        """
        return self.requests.demote(caller, model, environment, note)

    def roll_back(self, caller: Caller, endpoint: str) -> Revision:
        """Serve again what an endpoint served before. Needs deployer. Raises NotFoundError, ConflictError."""
        return self._deployments.roll_back(caller, endpoint)

    def waiting(self, caller: Caller, *, mine: bool = False) -> list[PromotionRequest]:
        """Return what waits for answers, the latest first; `mine`: that this caller may answer."""
        found = self.requests.list_requests(caller, PENDING)
        return [each for each in found if not mine or not each.why_not(caller)]

    def evidence(self, caller: Caller, reference: str) -> list[RecordedEvidence]:
        """Return what was collected of a version beside its report. Raises NotFoundError."""
        return self._records.of(caller, self._registry.get(caller, reference).package_digest)

    def collect(
        self, caller: Caller, reference: str, *, latency: bool = False, tests: Sequence[ModelTest] = ()
    ) -> list[RecordedEvidence]:
        """Measure latency and run tests of the project, here and now, and record what is found. Needs editor.

        Raises NotFoundError, EvaluationError when the rows to measure on are not kept.
        """
        require(caller, Role.EDITOR)
        version = self._registry.get(caller, reference)
        contender = self._contender(caller, version)
        found = [*tested(contender, tests), *([measured(contender)] if latency else ())]
        self._records.record(caller, version.package_digest, found)
        return self.evidence(caller, reference)

    def attach(self, caller: Caller, reference: str, name: str, content: bytes) -> Document:
        """Keep a document about a version. Needs editor. Raises NotFoundError, UsageError."""
        return self._records.attach(caller, self._registry.get(caller, reference).package_digest, name, content)

    def policies(self, caller: Caller, model: str) -> list[PolicyInForce]:
        """Return what governs the environments of a model."""
        return self.requests.policies(caller, model)

    def _contender(self, caller: Caller, version: ModelVersion) -> Contender:
        try:
            declared = self._deployments.get(caller, version.model).declared
        except NotFoundError:
            declared = None
        return self._gatekeeper.judge.registered(caller, version, declared)

    def _done(self, caller: Caller, policy: PolicyInForce, wish: Wish) -> Promoted | None:
        """Return what came of a request that was made before under the same id; None when there is none."""
        if not wish.id:
            return None
        try:
            request = self.requests.get(caller, wish.id)
        except NotFoundError:
            return None
        if request.state != APPROVED or request.environment != policy.environment:
            return Promoted(request)
        at, by = request.decided_at or "", request.decided_by or ""
        moved = Promotion(request.model, policy.aliases[-1], request.version, None, False, at, by, request.id)
        return Promoted(request, moved)

    def _served(self, caller: Caller, request: PromotionRequest, promotion: Promotion | None) -> Promoted:
        if promotion is None:
            return Promoted(request)
        return Promoted(request, promotion, tuple(self._deployments.follow(caller, promotion)))
