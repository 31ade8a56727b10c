"""Turns whose version waits for approval: brought on when it was approved, and ended when somebody has answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tidemill.access import Caller
from tidemill.core import NotFoundError, TidemillError, UnavailableError
from tidemill.deployment import Deployments, Endpoint
from tidemill.loop.turn import WAITING, Turn
from tidemill.registry import APPROVED, PENDING, PromotionRequest


class WaitingTurns:
    """What has become of turns that wait. It changes no turn itself."""

    def __init__(self, deployments: Deployments) -> None:
        self._deployments = deployments

    def after(self, caller: Caller, turn: Turn, declared: Mapping[str, Endpoint]) -> Turn | None:
        """Return a turn with what came of its request; None while that waits, or while nobody can bring it on.

        What was approved for an environment is brought on into those that are left, when its endpoint is declared.
        Raises UnavailableError when the gate of the next one cannot look now.
        """
        try:
            request = self._deployments.requests.get(caller, turn.request_id or "")
        except NotFoundError:
            return replace(turn, state="refused", outcome="the version that waited for approval was deleted")
        if request.state == PENDING:
            return None
        if request.state != APPROVED:
            return replace(turn, state="refused", outcome=_ended(request))
        policy = self._deployments.requests.policy(caller, request.model, request.environment)
        if policy is None or policy.serves:
            return replace(turn, state="promoted", after=request.reference, outcome=request.sentence)
        endpoint = declared.get(turn.endpoint)
        return None if endpoint is None else self._brought_on(caller, turn, endpoint, request.reference)

    def _brought_on(self, caller: Caller, turn: Turn, endpoint: Endpoint, reference: str) -> Turn:
        try:
            asked, promotion, note = self._deployments.bring_on(caller, endpoint, reference)
        except UnavailableError:  # says nothing about a version, so it is tried again
            raise
        except TidemillError as error:
            return replace(turn, state="refused", outcome=str(error))
        if promotion is not None:
            return replace(turn, state="promoted", after=reference, outcome=f"{reference} came in everywhere")
        waits = asked[-1] if asked else None
        if waits is not None and waits.state == PENDING:
            return replace(turn, state=WAITING, outcome=note, request_id=waits.id)
        return replace(turn, state="refused", outcome=note)


def _ended(request: PromotionRequest) -> str:
    return f"{request.reference} did not come into {request.environment}: {request.state}, {request.sentence}"
