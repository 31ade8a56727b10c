"""What every page shows around itself, and the ways to take it along."""

from __future__ import annotations

from fastapi import Request

from tidemill import __version__
from tidemill.access import Role
from tidemill.server.identity import Identity
from tidemill.server.roles import Call, House
from tidemill.ui import views


def frame_of(call: Call) -> views.Frame:
    """Return the frame of the page that a call asks for."""
    return frame(call.request, call.house, call.identity)


def frame(request: Request, house: House, identity: Identity) -> views.Frame:
    """Return the frame for somebody who is known, whatever the page."""
    query = request.url.query
    return views.Frame(
        project=identity.caller.project,
        caller=identity.caller.name,
        path=request.url.path.removesuffix(".json") + (f"?{query}" if query else ""),
        now=house.rooms.clock.now(),
        version=__version__,
        is_admin=identity.caller.role >= Role.ADMIN,
        can_sign_out=identity.by_cookie,
    )


def python_of(call: Call, path: str) -> str:
    """Return Python that prints what a path of the JSON API answers."""
    address = str(call.request.base_url).rstrip("/")
    token = ", token=TOKEN" if call.identity.secret else ""
    return f'import tidemill as tm\n\nprint(tm.Client("{address}"{token}).get("{path}"))'
