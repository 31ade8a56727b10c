"""Which role a route needs. A route that names none, and is not one of the few public ones, stops the start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from tidemill.access import Caller, Role, require
from tidemill.core import TidemillError
from tidemill.server.data_plane import DataPlane
from tidemill.server.identity import Identities, Identity
from tidemill.ui import urls
from tidemill.workspace import Workspace

PUBLIC = frozenset({"/health", "/ready", urls.SIGN_IN})


class RoleMissingError(TidemillError):
    """A route says neither which role it needs nor that it is public."""


@dataclass(frozen=True)
class House:
    """What every route may use: the rooms, who calls, what the data plane reports, the sign-in cookie's name."""

    rooms: Workspace
    identities: Identities
    data_plane: DataPlane
    cookie: str


@dataclass(frozen=True)
class Call:
    """One call by somebody whose role is enough for it."""

    caller: Caller
    rooms: Workspace
    house: House
    identity: Identity
    request: Request


class Allow:
    """Dependency: lets callers with a role pass and gives them their `Call`."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, request: Request) -> Call:
        """Raises UnauthenticatedError, ForbiddenError."""
        house: House = request.app.state.house
        identity = house.identities.of(request)
        require(identity.caller, self.role)
        return Call(identity.caller, house.rooms, house, identity, request)


Viewer = Annotated[Call, Depends(Allow(Role.VIEWER))]
Labeller = Annotated[Call, Depends(Allow(Role.LABELLER))]
Editor = Annotated[Call, Depends(Allow(Role.EDITOR))]
Deployer = Annotated[Call, Depends(Allow(Role.DEPLOYER))]
Admin = Annotated[Call, Depends(Allow(Role.ADMIN))]


def role_of(route: BaseRoute) -> Role | None:
    """Return the role that a route needs, the strongest when it names several; None when it names none."""
    roles = [allow.role for allow in _allows(route.dependant)] if isinstance(route, APIRoute) else []
    return max(roles, default=None)


def require_roles(routes: Iterable[BaseRoute]) -> None:
    """Do nothing when every route names a role or is public. Raises RoleMissingError with those that do not."""
    open_routes = [
        path for route in routes if role_of(route) is None and (path := _path(route)) not in {*PUBLIC, urls.STATIC}
    ]
    if open_routes:
        raise RoleMissingError(
            f"these routes name no role: {', '.join(sorted(open_routes))}; "
            "take a Viewer, Labeller, Editor, Deployer or Admin"
        )


def _path(route: BaseRoute) -> str:
    return route.path if isinstance(route, APIRoute | Mount) else repr(route)


def _allows(dependant: Dependant) -> list[Allow]:
    own = [dependant.call] if isinstance(dependant.call, Allow) else []
    return own + [allow for each in dependant.dependencies for allow in _allows(each)]
