"""Promotions over HTTP: asking, answering, demoting, rolling back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tidemill.core import UsageError

Ask = Callable[..., Any]


class Promotions:
    """Promotions of a server's project, as `workspace.promotions` has them in a folder. Answers are JSON values."""

    def __init__(self, get: Ask, post: Ask) -> None:
        self._get = get
        self._post = post

    def promote(
        self, reference: str, to: str = "champion", *, note: str = "", request_id: str = "", break_glass: str = ""
    ) -> dict[str, Any]:
        """Ask for a version such as ``delay/3`` to come into an environment, or under an alias.

        Returns `request` (its `state` is approved, pending or refused), `promotion` and `revisions`. With the same
        request_id, 32 hex digits of your own making, again nothing happens twice.

        Raises UsageError, NotFoundError, ForbiddenError, ConflictError.
        """
        model, found, version = reference.partition("/")
        if not (found and model and version):
            raise UsageError(f"{reference[:120]!r} names no model version; write delay/3")
        asked = {"alias": to, "note": note, "request_id": request_id, "break_glass": break_glass}
        return self._answer(f"/api/models/{_part(model)}/{_part(version)}/promote", asked)

    def approve(self, request_id: str, note: str = "") -> dict[str, Any]:
        """Approve a request. Raises NotFoundError, ForbiddenError for who may not, ConflictError when it has ended."""
        return self._answer(f"/api/promotions/{_part(request_id)}/answer", {"approved": True, "note": note})

    def reject(self, request_id: str, note: str = "") -> dict[str, Any]:
        """Reject a request. Raises NotFoundError, ForbiddenError, ConflictError."""
        return self._answer(f"/api/promotions/{_part(request_id)}/answer", {"approved": False, "note": note})

    def cancel(self, request_id: str) -> dict[str, Any]:
        """Take a request back. Raises NotFoundError, ForbiddenError, ConflictError."""
        return self._answer(f"/api/promotions/{_part(request_id)}/cancel", {})

    def demote(self, model: str, alias: str, note: str = "") -> dict[str, Any]:
        """Take a version out of an environment, or an alias away. Raises NotFoundError, ConflictError."""
        return self._answer(f"/api/models/{_part(model)}/demote", {"alias": alias, "note": note})

    def roll_back(self, endpoint: str) -> dict[str, Any]:
        """Serve again what an endpoint served before. Raises NotFoundError, ConflictError."""
        return self._answer(f"/api/endpoints/{_part(endpoint)}/roll-back", {})

    def get(self, request_id: str) -> dict[str, Any]:
        """Return a request with its answers and its gate's verdict. Raises NotFoundError."""
        found: dict[str, Any] = self._get(f"/api/promotions/{_part(request_id)}")
        return found

    def waiting(self) -> dict[str, Any]:
        """Return what waits for answers: `promotions`, and what `runs` ask."""
        found: dict[str, Any] = self._get("/api/approvals")
        return found

    def _answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._post(path, body)
        return found


def _part(name: str) -> str:
    return quote(name, safe="")
