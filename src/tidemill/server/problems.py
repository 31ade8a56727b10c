"""What went wrong, told once and clearly: one line of JSON, or the error page to somebody with a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from tidemill.core import NotFoundError, TidemillError, UnauthenticatedError, UsageError, did_you_mean
from tidemill.server.answers import Json
from tidemill.server.pages.frame import frame
from tidemill.server.roles import House
from tidemill.ui import render, urls, views

_LONGEST = 200
_EXTRA: dict[int, dict[str, str]] = {
    401: {"www-authenticate": "Bearer"},
    429: {"retry-after": "1"},
    503: {"retry-after": "1"},
}


class MethodNotAllowedError(TidemillError):
    """The path is served for other methods."""

    code = "method_not_allowed"
    http_status = 405


def add_problem_handlers(application: FastAPI) -> None:
    """Answer every error of this package, of validation and of routing."""
    application.add_exception_handler(TidemillError, _tell)
    application.add_exception_handler(RequestValidationError, _tell_validation)
    application.add_exception_handler(HTTPException, _tell_routing)


def _tell(request: Request, error: Exception) -> Response:
    if not isinstance(error, TidemillError):
        raise error
    return tell(request, error)


def tell(request: Request, error: TidemillError) -> Response:
    """Return the answer that an error calls for."""
    headers = _EXTRA.get(error.http_status, {})
    if not _is_for_a_browser(request):
        content = {"error": {"code": error.code, "message": str(error)}}
        return Json(content, status_code=error.http_status, headers=headers)
    if isinstance(error, UnauthenticatedError):
        return _to_sign_in(request)
    house: House = request.app.state.house
    try:
        identity = house.identities.of(request)
    except TidemillError:
        return _to_sign_in(request)
    page = views.ErrorPage(frame=frame(request, house, identity), status=error.http_status, what=str(error))
    return HTMLResponse(render(page), status_code=error.http_status, headers=headers)


def _to_sign_in(request: Request) -> Response:
    path = request.url.path if request.method in {"GET", "HEAD"} else urls.HOME
    query = f"?{request.url.query}" if request.url.query and path != urls.HOME else ""
    address = f"{urls.SIGN_IN}?next={quote(path + query, safe='/')}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"hx-redirect": address})
    answer = RedirectResponse(address, status_code=303)
    # A cookie that is no longer good would lead back here from every page.
    answer.delete_cookie(request.app.state.house.cookie, httponly=True, samesite="strict")
    return answer


def _tell_validation(request: Request, error: Exception) -> Response:
    problems: Sequence[Mapping[str, Any]] = error.errors() if isinstance(error, RequestValidationError) else ()
    return tell(request, UsageError("; ".join(_line(problem) for problem in problems[:3]) or "that was not understood"))


def _line(problem: Mapping[str, Any]) -> str:
    place, *names = problem["loc"]
    name = ".".join(str(each) for each in names)
    value = repr(problem.get("input"))
    shown = value if len(value) <= 80 else f"{value[:77]}..."
    wanted = str(problem["msg"]).replace("Input should be", "it must be", 1)
    return f"{'the part' if place == 'path' else 'the query parameter'} {name!r} is {shown}: {wanted}"


def _tell_routing(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or error.status_code not in {404, 405}:
        raise error
    house: House = request.app.state.house
    try:
        house.identities.of(request)  # what there is, is nothing for strangers
    except TidemillError as refused:
        return tell(request, refused)
    path = request.url.path[:_LONGEST]
    if error.status_code == 405:
        allowed = sorted({method for route in _routes(request) for method in _methods_at(route, request.url.path)})
        answer = tell(
            request, MethodNotAllowedError(f"{request.method} {path} is not served; allowed is {', '.join(allowed)}")
        )
        answer.headers["allow"] = ", ".join(allowed)
        return answer
    known = {route.path for route in _routes(request)}
    return tell(request, NotFoundError(f"there is no {path!r} here.{did_you_mean(path, known)}"))


def _routes(request: Request) -> list[APIRoute]:
    return [route for route in request.app.routes if isinstance(route, APIRoute)]


def _methods_at(route: APIRoute, path: str) -> set[str]:
    return set(route.methods or ()) if route.path_regex.match(path) else set()


def _is_for_a_browser(request: Request) -> bool:
    path = request.url.path
    if path.startswith("/api/") or path.endswith(".json"):
        return False
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
