"""Requests for a promotion: who asked for what, what the gate said, who answered, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tidemill.access import Caller, Role
from tidemill.core import ConflictError

PENDING, APPROVED, REJECTED, REFUSED = "pending", "approved", "rejected", "refused"
CANCELLED, SUPERSEDED, EXPIRED = "cancelled", "superseded", "expired"
PROMOTION, ROLL_BACK, BREAK_GLASS = "promotion", "roll_back", "break_glass"


class GateRefusedError(ConflictError):
    """A gate, or the policy of an environment, does not let a version in; the message says why."""

    code = "gate_refused"


class MovedError(ConflictError):
    """An alias has moved since the gate judged, so that it has to judge anew."""


@dataclass(frozen=True)
class Answer:
    """What somebody answered to a request."""

    answered_by: str
    approved: bool
    note: str
    answered_at: str


@dataclass(frozen=True)
class PromotionRequest:
    """A promotion that was asked for. All instants are ISO 8601 UTC.

    kind: ``promotion``, ``roll_back`` or ``break_glass``, whose reason is the note.
    package_digest, report_digest: of the very bytes that the gate saw. against: versions behind aliases at that moment.
    state: ``pending``; ``approved``, when it took place; ``refused`` by the gate; ``rejected`` by a person;
    ``cancelled``, ``superseded`` by a later one, or ``expired``. sentence: why it ended so.
    made_by: who made the candidate. impact: what would change for whom, as it was known then.
    """

    id: str
    kind: str
    model: str
    version: int
    environment: str
    package_digest: str
    report_digest: str
    verdict_id: str
    policy_digest: str
    against: dict[str, int]
    approvers: tuple[str, ...]
    four_eyes: bool
    n_approvals: int
    state: str
    asked_at: str
    asked_by: str
    made_by: tuple[str, ...] = ()
    note: str = ""
    impact: dict[str, Any] = field(default_factory=dict)
    expires_at: str | None = None
    decided_at: str | None = None
    decided_by: str | None = None
    sentence: str = ""
    answers: tuple[Answer, ...] = ()

    @property
    def reference(self) -> str:
        """Return ``delay/3``."""
        return f"{self.model}/{self.version}"

    def why_not(self, caller: Caller, *, approve: bool = True) -> str:
        """Say why a caller may not answer it; empty when they may."""
        if self.state != PENDING:
            return f"the promotion of {self.reference} to {self.environment} is {self.state} by now"
        if self.approvers and caller.name not in self.approvers:
            return f"{caller.name} does not approve {self.environment}: {_listed(self.approvers)} may"
        if not self.approvers and caller.role < Role.DEPLOYER:
            return f"{caller.name} is {caller.role.name.lower()}; approving {self.environment} needs deployer"
        if approve and self.four_eyes and caller.name in {self.asked_by, *self.made_by}:
            did = "asked for it" if caller.name == self.asked_by else "made the candidate"
            return f"{caller.name} {did}, and {self.environment} asks for four eyes: somebody else approves"
        return ""


@dataclass(frozen=True)
class Asked:
    """What is asked for: a version into an environment, with what its gate found.

    id: made by who asks, so that asking again changes nothing. verdict_id: of this very package and report.
    against: what the judge saw behind the aliases. break_glass: the reason for doing without gate and approval.
    """

    id: str
    reference: str
    environment: str
    verdict_id: str
    against: dict[str, int] = field(default_factory=dict)
    made_by: tuple[str, ...] = ()
    note: str = ""
    break_glass: str = ""
    impact: dict[str, Any] = field(default_factory=dict)


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
