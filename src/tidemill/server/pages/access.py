"""The door: signing in with a token, and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tidemill.core import UnauthenticatedError
from tidemill.server.answers import form_body
from tidemill.server.identity import own_path
from tidemill.server.pages.page import Pages
from tidemill.server.roles import House, Viewer
from tidemill.server.routes.route import Route
from tidemill.ui import render, urls, views

_HINT = "An admin makes one with: tidemill token create NAME"


def sign_in_page(next: str = "/") -> HTMLResponse:  # noqa: A002 - the address's own word
    """Show the form."""
    return HTMLResponse(render(views.SignInPage(next_path=own_path(next), token_hint=_HINT)))


def sign_in(request: Request, form: Annotated[dict[str, str], form_body()]) -> Response:
    """Keep a valid token in a cookie that no script can read, and go on; else show the form again."""
    house: House = request.app.state.house
    token, path = form.get("token", "").strip(), own_path(form.get("next", "/"))
    try:
        house.rooms.tokens.caller(token)
    except UnauthenticatedError as error:
        page = views.SignInPage(next_path=path, error=str(error), token_hint=_HINT)
        return HTMLResponse(render(page), status_code=401)
    answer = RedirectResponse(path, status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(house.cookie, token, httponly=True, samesite="strict", secure=secure)
    return answer


def sign_out(call: Viewer) -> RedirectResponse:
    """Forget the cookie."""
    answer = RedirectResponse(urls.SIGN_IN, status_code=303)
    answer.delete_cookie(call.house.cookie, httponly=True, samesite="strict")
    return answer


PAGES = Pages(
    routes=(
        Route("GET", urls.SIGN_IN, sign_in_page),
        Route("POST", urls.SIGN_IN, sign_in),
        Route("POST", urls.SIGN_OUT, sign_out),
    )
)
