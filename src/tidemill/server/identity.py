"""Who calls: a bearer token, a token from the sign-in page's cookie, or the person at this machine.

Clients of MLflow's API may send a token as the password of Basic as well; the user name is for them to choose.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from tidemill.access import Caller, check_host, is_loopback, local_caller
from tidemill.access.tokens import Tokens
from tidemill.core import ForbiddenError, UnauthenticatedError
from tidemill.server.options import ServerOptions

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_LONGEST_NEXT = 2000


@dataclass(frozen=True)
class Identity:
    """A caller and how it was known; `secret` is its token, which goes nowhere but to this host's data plane."""

    caller: Caller
    secret: str | None = None
    by_cookie: bool = False


class Identities:
    """Tells who calls. Thread-safe; a revoked token is refused at the next request."""

    def __init__(self, tokens: Tokens, options: ServerOptions) -> None:
        self._tokens = tokens
        self._options = options

    @property
    def nobody(self) -> Caller:
        """The caller of what everybody may ask."""
        return Caller("nobody", self._options.settings.project)

    def of(self, request: Request, *, basic: bool = False) -> Identity:
        """Return who sends a request; `basic`: where a token may come as a password too.

        Raises UnauthenticatedError, ForbiddenError.
        """
        authorization = request.headers.get("authorization")
        if authorization is not None:
            secret = _secret(authorization, basic=basic)
            return Identity(self._tokens.caller(secret), secret)
        secret = request.cookies.get(self._options.cookie, "")
        if secret:
            _require_own_page(request)
            return Identity(self._tokens.caller(secret), secret, by_cookie=True)
        if not self._is_local(request):
            raise UnauthenticatedError(
                "a token is needed; send 'Authorization: Bearer TOKEN', an admin makes one with "
                "'tidemill token create NAME'"
            )
        return Identity(local_caller(self._options.settings.project))

    def _is_local(self, request: Request) -> bool:
        # A name that is not this machine's own means a proxy in front, with others behind it.
        host = check_host(request.headers.getlist("host"), self._options.settings.allowed_hosts)
        return self._options.local and is_loopback(host)


def own_path(path: str) -> str:
    """Return a path of this site to go on to, ``/`` for whatever else was asked for.

    >>> own_path("/models/delay?x=1"), own_path("//evil.example"), own_path("/\\\\evil"), own_path("https:evil")
    ('/models/delay?x=1', '/', '/', '/')
    """
    parts = urlsplit(path)
    plain = path.isprintable() and path.isascii() and "\\" not in path and len(path) <= _LONGEST_NEXT
    own = path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc
    return path if plain and own else "/"


def _secret(authorization: str, *, basic: bool) -> str:
    """Return the token in an Authorization header. Raises UnauthenticatedError."""
    scheme, _, given = authorization.partition(" ")
    given = given.strip()
    if scheme.lower() == "bearer" and given:
        return given
    if basic and scheme.lower() == "basic":
        user, _, password = _decoded(given).partition(":")
        if password or user:
            return password or user
    ways = "'Bearer TOKEN', or 'Basic' with the token as the password" if basic else "'Bearer TOKEN'"
    raise UnauthenticatedError(f"the Authorization header is not understood; send {ways}")


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _require_own_page(request: Request) -> None:
    # The guard has refused foreign origins; a browser always tells its origin with a request that changes something.
    told = "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"
    if request.method not in _SAFE_METHODS and not told:
        raise ForbiddenError(
            "a change by cookie must come from a page of this server; programs send 'Authorization: Bearer TOKEN'"
        )
