"""Promotions in records: asking for one, answering, taking back; each change is one transaction that decides by itself.

What a gate finds is found before, outside; here it is checked that it found it of these very bytes, that the policy is
still the one that was asked, and that the aliases stand where they stood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, ForbiddenError, check_name, from_iso, iso, not_found
from tidemill.registry import _promotion_rows as rows
from tidemill.registry import _repository as versions
from tidemill.registry import _version_rows as version_rows
from tidemill.registry.policy import PolicyInForce
from tidemill.registry.promotion_request import (
    APPROVED,
    BREAK_GLASS,
    CANCELLED,
    EXPIRED,
    PENDING,
    PROMOTION,
    REFUSED,
    REJECTED,
    ROLL_BACK,
    SUPERSEDED,
    Answer,
    Asked,
    GateRefusedError,
    PromotionRequest,
)
from tidemill.registry.records import ModelReference, ModelVersion, Promotion, VerdictRecord
from tidemill.registry.resolving import resolve
from tidemill.registry.switching import (
    Mover,
    aliases_of,
    require_every_rule,
    require_same_bytes,
    require_standing,
    switch,
    was_let_in,
    why_not_moved,
)
from tidemill.storage.records import Database, Transaction, storable

Outcome = tuple[PromotionRequest, Promotion | None]


class Judged(NamedTuple):
    """A verdict, and the versions behind the aliases when it was given."""

    verdict_id: str
    against: dict[str, int]


class PromotionRequests:
    """Requests for promotions, their answers, and the policies that decide. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, caller: Caller, asked: Asked) -> Outcome:
        """Ask for a promotion; where nobody has to approve it takes place in the same transaction.

        Needs deployer, and editor only where somebody else decides. The same id gives the request that it was the first
        time. A later request supersedes those that wait for the same environment. What the gate refused is recorded as
        ``refused``, unless the glass is broken.

        Raises NotFoundError; ConflictError for an id of another request; GateRefusedError when the verdict is of other
        bytes; MovedError when an alias has moved since it was given.
        """
        require(caller, Role.EDITOR)
        check_name("alias", asked.environment)
        return self._database.write(lambda tx: _ask(tx, caller, asked))

    def answer(
        self, caller: Caller, request_id: str, approved: bool, note: str = "", anew: Judged | None = None
    ) -> Outcome:
        """Approve a request or reject it; the last approval that it takes promotes, in the same transaction.

        anew: what the gate found when it judged anew. The same answer again changes nothing.
        Raises NotFoundError, ConflictError for a request that has ended, ForbiddenError for who may not answer,
        MovedError when an alias has moved since the gate judged.
        """
        require(caller, Role.VIEWER)
        given = Answer(caller.name, approved, storable(note.strip()), "")
        request, promotion, trouble = self._database.write(lambda tx: _answer(tx, caller, (request_id, given), anew))
        if trouble:
            raise ConflictError(trouble)
        return request, promotion

    def refuse(self, caller: Caller, request_id: str, verdict_id: str, sentence: str) -> PromotionRequest:
        """Record that a gate that judged anew refuses what waits for approval."""
        require(caller, Role.VIEWER)

        def store(tx: Transaction) -> PromotionRequest:
            request = _pending(tx, caller.project, request_id)
            return _end(tx, caller, replace(request, verdict_id=verdict_id), (REFUSED, sentence))

        return self._database.write(store)

    def cancel(self, caller: Caller, request_id: str) -> PromotionRequest:
        """Take a request back. Needs to be who asked, or a deployer. Raises NotFoundError, ConflictError."""
        require(caller, Role.VIEWER)

        def store(tx: Transaction) -> PromotionRequest:
            request = _pending(tx, caller.project, request_id)
            if caller.name != request.asked_by and caller.role < Role.DEPLOYER:
                raise ForbiddenError(f"{request.asked_by} asked for it; only they or a deployer may take it back")
            ended = _end(tx, caller, request, (CANCELLED, f"taken back by {caller.name}"))
            tx.emit(caller.name, caller.project, Event("approval.cancelled", request_id, _told(request)))
            return ended

        return self._database.write(store)

    def restore(self, caller: Caller, id_: str, reference: str, environment: str, note: str) -> Outcome:
        """Point an environment back at a version that once came into it through its policy. Needs deployer.

        Raises NotFoundError; GateRefusedError for a version that never did.
        """
        require(caller, Role.DEPLOYER)
        return self._database.write(lambda tx: _restore(tx, caller, Asked(id_, reference, environment, "", note=note)))

    def demote(self, caller: Caller, model: str, alias: str, note: str = "") -> ModelVersion:
        """Take a model's version out of an environment, or an alias away, and return it. Needs deployer.

        Raises NotFoundError; ConflictError for the one that an endpoint serves.
        """
        require(caller, Role.DEPLOYER)
        return self._database.write(lambda tx: _demote(tx, caller, (model, alias), note))

    def get(self, caller: Caller, request_id: str) -> PromotionRequest:
        """Return a request with its answers. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: _get(tx, caller.project, request_id))

    def list_requests(
        self, caller: Caller, state: str | None = None, model: str | None = None, limit: int = 100
    ) -> list[PromotionRequest]:
        """Return requests, the latest first, without their answers; what has waited too long is not ``pending``."""
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> list[PromotionRequest]:
            found = rows.list_requests(tx, caller.project, state, model, limit)
            return [each for each in found if each.state != PENDING or state != PENDING or not _late(tx, each)]

        return self._database.read(read)

    def policy(self, caller: Caller, model: str, alias: str) -> PolicyInForce | None:
        """Return what governs an alias of a model; None when nothing does."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.find_policy(tx, caller.project, model, alias))

    def policies(self, caller: Caller, model: str) -> list[PolicyInForce]:
        """Return what governs a model's environments, the one that is served last."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_policies(tx, caller.project, model))

    def govern(self, caller: Caller, model: str, endpoint: str, policies: Sequence[PolicyInForce]) -> None:
        """Let policies be those in force for an endpoint's model, and no others of it. Needs deployer."""
        require(caller, Role.DEPLOYER)
        self._database.write(lambda tx: record_policies(tx, caller, (model, endpoint, list(policies))))

    def expire(self, caller: Caller) -> int:
        """End what has waited too long, and return how many. Needs deployer."""
        require(caller, Role.DEPLOYER)

        def store(tx: Transaction) -> int:
            late = rows.list_late(tx, caller.project)
            for each in late:
                _expire(tx, caller, each)
            return len(late)

        # Looked at often, and seldom there is one: reading keeps nobody from writing.
        return self._database.write(store) if self._database.read(lambda tx: rows.list_late(tx, caller.project)) else 0


def record_policies(tx: Transaction, caller: Caller, of: tuple[str, str, list[PolicyInForce]]) -> None:
    """Let policies be those in force for an endpoint's model, and tell of it when that is news."""
    model, endpoint, policies = of
    if rows.store_policies(tx, caller.project, caller.name, of):
        data = {"endpoint": endpoint, "digests": {each.environment: each.digest for each in policies}}
        tx.emit(caller.name, caller.project, Event("policy.recorded", model, data))


def take_back_waiting(tx: Transaction, caller: Caller, model: str, version: int | None = None) -> None:
    """End what waits for answers of a model, or of one of its versions, since that is taken away; it is told of."""
    for each in rows.pending(tx, caller.project, model):
        if version in {None, each.version}:
            tx.emit(caller.name, caller.project, Event("approval.cancelled", each.id, _told(each)))
            _end(tx, caller, each, (CANCELLED, f"{each.reference} was deleted by {caller.name}"))


def require_let_in(tx: Transaction, project: str, version: ModelVersion, alias: str) -> None:
    """Do nothing when a version once came through the policy of an alias, or nothing governs that. Raises
    GateRefusedError."""
    policy = rows.find_policy(tx, project, version.model, alias)
    if policy is not None and not was_let_in(tx, project, version, policy):
        raise GateRefusedError(f"{version.reference} never came in: {why_not_moved(tx, project, version.model, alias)}")


def _ask(tx: Transaction, caller: Caller, asked: Asked) -> Outcome:
    project, version = caller.project, resolve(tx, caller.project, ModelReference.parse(asked.reference))
    policy = rows.find_policy(tx, project, version.model, asked.environment)
    known = rows.find_request(tx, project, asked.id)
    if known is not None:
        return _same(known, version, policy.environment if policy else asked.environment, asked)
    verdict = versions.find_verdict(tx, project, asked.verdict_id)
    if verdict is None:
        raise not_found("gate verdict", asked.verdict_id, [])
    request = _drafted(tx, caller, (version, policy), asked)
    require_same_bytes(version, (verdict.package_digest, verdict.report_digest))
    require_standing(tx, project, version.model, asked.against)
    if verdict.passed and not asked.break_glass:
        require_every_rule(policy, verdict)
    request = _decided(tx, caller, request, verdict)
    if request.state != REFUSED:
        _supersede(tx, caller, request)
    rows.insert_request(tx, project, request)
    if request.state == PENDING:
        tx.emit(caller.name, project, Event("approval.requested", request.id, _told(request)))
    if request.state != APPROVED:
        return request, None
    if asked.break_glass:
        told = _told(request) | {"reason": request.note, "verdict_id": request.verdict_id, "passed": verdict.passed}
        tx.emit(caller.name, project, Event("break_glass.used", version.reference, told))
    return request, switch(tx, Mover(project, caller.name), version, aliases_of(policy, asked.environment), request)


def _decided(tx: Transaction, caller: Caller, request: PromotionRequest, verdict: VerdictRecord) -> PromotionRequest:
    """Return a request as it stands once its gate has spoken. Raises ForbiddenError."""
    if request.kind == BREAK_GLASS:
        state, sentence = APPROVED, f"without its gate: {request.note}"
    elif not verdict.passed:
        state, sentence = REFUSED, _first_refusal(verdict.verdict)
    elif request.n_approvals:
        return request
    else:
        state, sentence = APPROVED, "its gate passed, and nobody is asked"
    if state == APPROVED:
        require(caller, Role.DEPLOYER)
    return replace(request, state=state, sentence=sentence, decided_at=iso(tx.now), decided_by=caller.name)


def _same(known: PromotionRequest, version: ModelVersion, environment: str, asked: Asked) -> Outcome:
    if (known.model, known.version) != (version.model, version.version) or known.environment != environment:
        raise ConflictError(
            f"the request {asked.id} asked for {known.reference} into {known.environment}; give another one a new id"
        )
    return known, None


def _drafted(
    tx: Transaction, caller: Caller, of: tuple[ModelVersion, PolicyInForce | None], asked: Asked
) -> PromotionRequest:
    version, policy = of
    n_approvals = policy.n_approvals if policy and not asked.break_glass else 0
    expires = iso(tx.now + timedelta(seconds=policy.expires_s)) if policy and n_approvals else None
    return PromotionRequest(
        id=asked.id,
        kind=BREAK_GLASS if asked.break_glass else PROMOTION,
        model=version.model,
        version=version.version,
        environment=policy.environment if policy else asked.environment,
        package_digest=version.package_digest,
        report_digest=version.report_digest,
        verdict_id=asked.verdict_id,
        policy_digest=policy.digest if policy else "",
        against=dict(asked.against),
        approvers=policy.approvers if policy else (),
        four_eyes=policy.four_eyes if policy else False,
        n_approvals=n_approvals,
        state=PENDING,
        asked_at=iso(tx.now),
        asked_by=caller.name,
        made_by=tuple(dict.fromkeys((version.created_by, *asked.made_by))),
        note=storable(asked.break_glass or asked.note),
        impact=asked.impact,
        expires_at=expires,
    )


def _answer(
    tx: Transaction, caller: Caller, of: tuple[str, Answer], anew: Judged | None
) -> tuple[PromotionRequest, Promotion | None, str]:
    """Return the request as it stands then, the promotion when it took place, and why the answer was not taken."""
    id_, given = of
    request = _get(tx, caller.project, id_)
    before = next((each for each in request.answers if each.answered_by == caller.name), None)
    if before is not None and before.approved == given.approved:
        return request, None, ""
    refused = request.why_not(caller, approve=given.approved)
    if refused and request.state == PENDING:
        raise ForbiddenError(refused)
    if refused or before is not None:
        raise ConflictError(refused or f"{caller.name} has said {'no' if given.approved else 'yes'} already")
    policy = rows.find_policy(tx, caller.project, request.model, request.environment)
    if _late(tx, request):
        return _expire(tx, caller, request), None, f"it waited until {request.expires_at} and has expired; ask again"
    if (policy.digest if policy else "") != request.policy_digest:
        said = f"the policy of {request.environment} has changed since it was asked for; ask again"
        return _superseded(tx, caller, request, said), None, said
    answer = replace(given, answered_at=iso(tx.now))
    rows.insert_answer(tx, caller.project, id_, answer)
    request = replace(request, answers=(*request.answers, answer))
    if anew is not None:
        request = replace(request, verdict_id=anew.verdict_id, against=anew.against)
    if not answer.approved:
        tx.emit(caller.name, caller.project, Event("approval.rejected", id_, _told(request)))
        return _end(tx, caller, request, (REJECTED, answer.note or f"rejected by {caller.name}")), None, ""
    tx.emit(caller.name, caller.project, Event("approval.approved", id_, _told(request)))
    if sum(each.approved for each in request.answers) < request.n_approvals:
        return request, None, ""
    return (*_take_place(tx, caller, request, policy), "")


def _take_place(tx: Transaction, caller: Caller, request: PromotionRequest, policy: PolicyInForce | None) -> Outcome:
    project = caller.project
    version = resolve(tx, project, ModelReference.parse(request.reference))
    verdict = versions.find_verdict(tx, project, request.verdict_id)
    if verdict is None or not verdict.passed:
        raise GateRefusedError(f"the gate did not let {request.reference} pass: ask again")
    require_every_rule(policy, verdict)
    require_same_bytes(version, (verdict.package_digest, verdict.report_digest))
    require_standing(tx, project, request.model, request.against)
    by = ", ".join(each.answered_by for each in request.answers if each.approved)
    ended = _end(tx, caller, request, (APPROVED, f"approved by {by}"))
    return ended, switch(tx, Mover(project, caller.name), version, aliases_of(policy, request.environment), ended)


def _restore(tx: Transaction, caller: Caller, asked: Asked) -> Outcome:
    project, version = caller.project, resolve(tx, caller.project, ModelReference.parse(asked.reference))
    policy = rows.find_policy(tx, project, version.model, asked.environment)
    if policy is not None and not was_let_in(tx, project, version, policy):
        raise GateRefusedError(
            f"{version.reference} never came into {policy.environment}, so there is no going back to it: promote it"
        )
    asked = replace(asked, verdict_id=version.verdict_id)
    draft = replace(_drafted(tx, caller, (version, policy), asked), kind=ROLL_BACK, n_approvals=0, expires_at=None)
    request = replace(draft, state=APPROVED, sentence=asked.note, decided_at=iso(tx.now), decided_by=caller.name)
    _supersede(tx, caller, request)
    rows.insert_request(tx, project, request)
    return request, switch(tx, Mover(project, caller.name), version, aliases_of(policy, asked.environment), request)


def _demote(tx: Transaction, caller: Caller, of: tuple[str, str], note: str) -> ModelVersion:
    model, alias = of
    version = resolve(tx, caller.project, ModelReference(model, None, alias))
    policy = rows.find_policy(tx, caller.project, model, alias)
    if policy is not None and policy.serves:
        raise ConflictError(
            f"endpoint {policy.endpoint!r} serves {model}@{alias}, and something must: 'tidemill roll-back "
            f"{policy.endpoint}' serves what was served before, 'tidemill promote' another version"
        )
    for each in aliases_of(policy, alias):
        versions.remove_alias(tx, caller.project, model, each)
    version_rows.remove_from(tx, caller.project, (model, version.version), alias)
    data = {"alias": alias, "note": bool(note)}
    tx.emit(caller.name, caller.project, Event("model_version.demoted", version.reference, data))
    return version


def _supersede(tx: Transaction, caller: Caller, by: PromotionRequest) -> None:
    for each in rows.pending(tx, caller.project, by.model, by.environment):
        _superseded(tx, caller, each, f"{by.reference} was asked for later")


def _superseded(tx: Transaction, caller: Caller, request: PromotionRequest, said: str) -> PromotionRequest:
    tx.emit(caller.name, caller.project, Event("approval.superseded", request.id, _told(request)))
    return _end(tx, caller, request, (SUPERSEDED, said))


def _expire(tx: Transaction, caller: Caller, request: PromotionRequest) -> PromotionRequest:
    tx.emit(caller.name, caller.project, Event("approval.expired", request.id, _told(request)))
    return _end(tx, caller, request, (EXPIRED, f"nobody had answered until {request.expires_at}"))


def _end(tx: Transaction, caller: Caller, request: PromotionRequest, how: tuple[str, str]) -> PromotionRequest:
    state, sentence = how
    ended = replace(request, state=state, sentence=sentence, decided_at=iso(tx.now), decided_by=caller.name)
    rows.settle(tx, caller.project, ended)
    return ended


def _get(tx: Transaction, project: str, request_id: str) -> PromotionRequest:
    found = rows.find_request(tx, project, request_id)
    if found is None:
        waits = [each.id for each in rows.list_requests(tx, project, PENDING, None, 20)]
        raise not_found("promotion request", request_id[:80], waits)
    return found


def _pending(tx: Transaction, project: str, request_id: str) -> PromotionRequest:
    request = _get(tx, project, request_id)
    if request.state != PENDING:
        raise ConflictError(f"the request {request_id} is {request.state} by now; nothing waits")
    return request


def _late(tx: Transaction, request: PromotionRequest) -> bool:
    return request.expires_at is not None and from_iso(request.expires_at) <= tx.now


def _told(request: PromotionRequest) -> dict[str, Any]:
    return {
        "version": request.reference,
        "environment": request.environment,
        "package_digest": request.package_digest,
        "verdict_id": request.verdict_id,
    }


def _first_refusal(verdict: Mapping[str, Any]) -> str:
    failed = [check["sentence"] for check in verdict["checks"] if not check["passed"]]
    return storable("; ".join(failed) or "its gate refused it")
