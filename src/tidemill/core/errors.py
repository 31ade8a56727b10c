"""The error tree of Tidemill.

    TidemillError            something could not be done
    ├── UsageError           the caller asked for something that cannot be (exit 2, HTTP 400)
    ├── NotFoundError        a named thing does not exist (HTTP 404)
    ├── ConflictError        the state has moved on, or a name is taken (HTTP 409)
    ├── ForbiddenError       the caller's role does not allow it (HTTP 403)
    ├── UnauthenticatedError nobody known is calling (HTTP 401)
    ├── UnavailableError     a part that is needed does not answer now (HTTP 503)
    └── DamagedError         stored bytes are not what was stored (HTTP 500)

Every message is one line: what, the value, what is allowed, what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class TidemillError(Exception):
    """Something could not be done; the message says what to do next in one line."""

    code = "failed"
    http_status = 500
    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class UsageError(TidemillError):
    """The caller asked for something that cannot be: a wrong value, type, file or name."""

    code = "invalid"
    http_status = 400
    exit_code = 2


class NotFoundError(TidemillError):
    """A named thing does not exist in this project."""

    code = "not_found"
    http_status = 404


class ConflictError(TidemillError):
    """The state has moved on since it was read, or a name is already taken."""

    code = "conflict"
    http_status = 409


class ForbiddenError(TidemillError):
    """The caller is known, and its role does not allow this."""

    code = "forbidden"
    http_status = 403


class UnauthenticatedError(TidemillError):
    """No valid token came with the call."""

    code = "unauthenticated"
    http_status = 401


class UnavailableError(TidemillError):
    """A part that is needed does not answer now; the same call may succeed later."""

    code = "unavailable"
    http_status = 503


class DamagedError(TidemillError):
    """Stored bytes do not have the digest under which they were stored, or cannot be read."""

    code = "damaged"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for a near miss, else an empty string.

    >>> did_you_mean("carier", ["carrier", "origin"])
    " Did you mean 'carrier'?"
    >>> did_you_mean("zzz", ["carrier"])
    ''
    """
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def not_found(kind: str, name: str, known: Iterable[str]) -> NotFoundError:
    """Build the error for an unknown name, naming what there is.

    >>> str(not_found("model", "dealy", ["delay"]))
    "There is no model 'dealy'. Did you mean 'delay'? There is: delay."
    """
    names = sorted(known)
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    there = f" There is: {shown}." if names else f" There is no {kind} yet."
    return NotFoundError(f"There is no {kind} {name!r}.{did_you_mean(name, names)}{there}")
