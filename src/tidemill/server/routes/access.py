"""Tokens: made, listed, revoked. A secret is told once, in the answer to its making."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Response

from tidemill.access import Role
from tidemill.access.tokens import Token
from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Admin
from tidemill.server.routes.route import Route


@dataclass(frozen=True)
class TokenAsked:
    """A token to make: a name, a role, and how long it is valid."""

    name: str
    role: str = "viewer"
    valid_for: str = "90d"


def list_tokens(call: Admin) -> Json:
    """Return the project's tokens without their secrets, newest first."""
    return Json({"tokens": [_shown(token) for token in call.rooms.tokens.list(call.caller)]})


def create_token(call: Admin, asked: Annotated[TokenAsked, json_body(TokenAsked)]) -> Json:
    """Make a token and return its secret, which cannot be had again."""
    secret = call.rooms.tokens.create(call.caller, asked.name, Role.parse(asked.role), asked.valid_for)
    return Json({"name": asked.name, "role": asked.role, "token": secret}, status_code=201)


def revoke_token(call: Admin, name: str) -> Response:
    """End a token at once."""
    call.rooms.tokens.revoke(call.caller, name)
    return Response(status_code=204)


def _shown(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "role": token.role.name.lower(),
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }


ROUTES = (
    Route("GET", "/api/tokens", list_tokens),
    Route("POST", "/api/tokens", create_token),
    Route("DELETE", "/api/tokens/{name}", revoke_token),
)
