"""The gatekeeper: asks a gate, then whoever must approve, and lets a version in; it serves nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tidemill.access import Caller, Role
from tidemill.core import new_id
from tidemill.deployment.contender import Contender
from tidemill.deployment.judgement import Judge, Judgement, resolved
from tidemill.evaluation import LOADS, CustomRule, GateCheck, GateVerdict, Rule
from tidemill.registry import (
    PENDING,
    Asked,
    Judged,
    ModelVersion,
    MovedError,
    PolicyInForce,
    Promotion,
    PromotionRequest,
    PromotionRequests,
    Registry,
    StoredCandidate,
    VerdictRecord,
)

_TRIES = 20


@dataclass(frozen=True)
class Wish:
    """How a promotion is asked for.

    id: made by who asks; the same one again asks for nothing new. break_glass: the reason for doing without the gate.
    own: the project's own rules by name, where its code is loaded.
    """

    id: str = ""
    note: str = ""
    break_glass: str = ""
    own: Mapping[str, CustomRule] = field(default_factory=dict)


class Gatekeeper:
    """Lets versions into environments. Thread-safe."""

    def __init__(self, registry: Registry, requests: PromotionRequests, judge: Judge) -> None:
        self._registry = registry
        self.requests = requests
        self.judge = judge

    def ask(
        self,
        caller: Caller,
        of: tuple[ModelVersion, Contender | str, PolicyInForce],
        wish: Wish,
        just: Judged | None = None,
    ) -> tuple[PromotionRequest, Promotion | None]:
        """Judge a version for an environment and ask for its promotion; judge anew while aliases move meanwhile.

        of: the version, as its gate sees it or why it cannot, and what governs the environment.
        just: what the same rules have found in this very call, so that the first time they are not asked again.
        Raises MovedError when they never stand still, and what judging and asking raise.
        """
        version, contender, policy = of
        id_ = wish.id or new_id()
        made_by: tuple[str, ...] = ()
        if version.verdict_id:
            made_by = (self._registry.get_verdict(caller, version.verdict_id).judged_by,)
        impact: dict[str, Any] | None = None
        for left in reversed(range(_TRIES)):
            if just is None:
                judged = self._judged(caller, contender, resolved(policy.rules, wish.own))
                just = Judged(self.record(caller, version, judged.verdict, policy.endpoint).id, judged.against)
            if impact is None:
                impact = {}
                if policy.n_approvals and isinstance(contender, Contender):
                    impact = self.judge.impact(caller, contender, policy)
            asked = Asked(
                id=id_,
                reference=version.reference,
                environment=policy.environment,
                verdict_id=just.verdict_id,
                against={} if wish.break_glass else just.against,
                made_by=made_by,
                note=wish.note,
                break_glass=wish.break_glass,
                impact=impact,
            )
            try:
                return self.requests.ask(caller, asked)
            except MovedError:
                if not left:
                    raise
                just = None
        raise AssertionError("unreachable")

    def approve(
        self,
        caller: Caller,
        request: PromotionRequest,
        note: str,
        contender: Callable[[], Contender],
        own: Mapping[str, CustomRule],
    ) -> tuple[PromotionRequest, Promotion | None]:
        """Approve a request; when the aliases have moved since its gate judged, it judges anew before."""
        anew: Judged | None = None
        for left in reversed(range(_TRIES)):
            try:
                return self.requests.answer(caller, request.id, True, note, anew)
            except MovedError:
                if not left:
                    raise
            found = self._judge_anew(caller, request, contender(), own)
            if isinstance(found, PromotionRequest):
                return found, None
            anew = found
        raise AssertionError("unreachable")

    def record(self, caller: Caller, version: ModelVersion, verdict: GateVerdict, endpoint: str) -> VerdictRecord:
        """Record what a gate found of a version."""
        seen = StoredCandidate(
            version.run_id, version.package_digest, version.files, version.report_digest, version.serving
        )
        # Who approves may have less than an editor's role; what they approve is judged in their name all the same.
        caller = replace(caller, role=max(caller.role, Role.EDITOR))
        return self._registry.record_verdict(caller, version.model, seen, verdict, endpoint)

    def _judged(self, caller: Caller, contender: Contender | str, rules: Sequence[Rule]) -> Judgement:
        if isinstance(contender, Contender):
            return self.judge.judge(caller, contender, rules)
        said = f"it cannot be judged: {contender}"
        check = GateCheck(LOADS, LOADS.metric, None, None, None, 0.0, passed=False, sentence=said)
        return Judgement(GateVerdict(passed=False, checks=(check,)), {})

    def _judge_anew(
        self, caller: Caller, request: PromotionRequest, contender: Contender, own: Mapping[str, CustomRule]
    ) -> Judged | PromotionRequest:
        policy = self.requests.policy(caller, request.model, request.environment)
        rules: Sequence[Any] = resolved(policy.rules if policy else (), own)
        judged: Judgement = self.judge.judge(caller, contender, rules)
        version = self._registry.get(caller, request.reference)
        verdict = self.record(caller, version, judged.verdict, policy.endpoint if policy else request.model)
        if not judged.verdict.passed:
            return self.requests.refuse(caller, request.id, verdict.id, judged.verdict.sentence)
        return Judged(verdict.id, judged.against)


def waits(request: PromotionRequest) -> str:
    """Say that a request waits, for whom, and how they answer."""
    if request.state != PENDING:
        return f"{request.reference} did not come into {request.environment}: {request.sentence}"
    who = " or ".join(request.approvers) or "a deployer"
    return (
        f"{request.reference} waits for {who} to approve it for {request.environment}: "
        f"'tidemill approve {request.id}', or reject"
    )
