"""Questions that a run asks people, and their answers."""

from __future__ import annotations

from dataclasses import dataclass

ASKED, APPROVED, REFUSED, EXPIRED = "asked", "approved", "refused", "expired"


@dataclass(frozen=True)
class RunApproval:
    """A question that a run asks, and its answer.

    state: ``asked``, ``approved``, ``refused``, or ``expired`` when nobody answered until `until`.
    role: who may answer: callers of this role or a higher one.
    """

    run_id: str
    position: int
    question: str
    role: str
    cache_key: str | None
    state: str
    asked_at: str
    until: str | None = None
    answered_at: str | None = None
    answered_by: str | None = None
    note: str = ""
