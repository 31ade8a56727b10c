"""What went wrong, in MLflow's words: an error code, a message, a status.

A client raises what the code says, and tries again after 408, 429 and 5xx: so a user's mistake is never one of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tidemill.core import (
    ConflictError,
    DamagedError,
    ForbiddenError,
    NotFoundError,
    TidemillError,
    UnauthenticatedError,
    UnavailableError,
    UsageError,
)
from tidemill.registry import GateRefusedError
from tidemill.tracking import InvalidPathError

INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"
RESOURCE_ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
RESOURCE_DOES_NOT_EXIST = "RESOURCE_DOES_NOT_EXIST"
ENDPOINT_NOT_FOUND = "ENDPOINT_NOT_FOUND"
NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
PERMISSION_DENIED = "PERMISSION_DENIED"
RESOURCE_CONFLICT = "RESOURCE_CONFLICT"
BAD_REQUEST = "BAD_REQUEST"

STATUS_OF: dict[str, int] = {
    INVALID_PARAMETER_VALUE: 400,
    BAD_REQUEST: 400,
    RESOURCE_ALREADY_EXISTS: 400,
    "UNAUTHENTICATED": 401,
    PERMISSION_DENIED: 403,
    RESOURCE_DOES_NOT_EXIST: 404,
    ENDPOINT_NOT_FOUND: 404,
    RESOURCE_CONFLICT: 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL_ERROR": 500,
    "DATA_LOSS": 500,
    NOT_IMPLEMENTED: 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}
_CODE_OF: tuple[tuple[type[TidemillError], str], ...] = (
    (GateRefusedError, PERMISSION_DENIED),  # a conflict, but it is not to be tried again
    (UsageError, INVALID_PARAMETER_VALUE),
    (NotFoundError, RESOURCE_DOES_NOT_EXIST),
    (ConflictError, RESOURCE_CONFLICT),
    (ForbiddenError, PERMISSION_DENIED),
    (UnauthenticatedError, "UNAUTHENTICATED"),
    (UnavailableError, "TEMPORARILY_UNAVAILABLE"),
    (DamagedError, "DATA_LOSS"),
)
_ABSENT = re.compile(r"There is no (run|tag) ['\"](.*?)['\"]\.", re.DOTALL)
_CODE_OF_STATUS = {408: "DEADLINE_EXCEEDED", 429: "RESOURCE_EXHAUSTED"}


class MlflowError(TidemillError):
    """An error with a code of MLflow's own.

    >>> error = MlflowError(ENDPOINT_NOT_FOUND, "there is no such thing")
    >>> error.http_status, error.code
    (404, 'ENDPOINT_NOT_FOUND')
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.http_status = STATUS_OF[code]


class MissingValueError(MlflowError):
    """A field that is needed was not given."""


def code_of(error: TidemillError) -> str:
    """Return MLflow's code for an error of the house.

    >>> code_of(NotFoundError("gone"))
    'RESOURCE_DOES_NOT_EXIST'
    """
    if isinstance(error, MlflowError):
        return error.code
    for kind, code in _CODE_OF:
        if isinstance(error, kind):
            return code
    if error.http_status in _CODE_OF_STATUS:
        return _CODE_OF_STATUS[error.http_status]
    return INVALID_PARAMETER_VALUE if error.http_status < 500 else "INTERNAL_ERROR"


def status_of(error: TidemillError) -> int:
    """Return the status of an answer that tells an error of the house: what a gate refuses is 403, not a conflict.

    >>> status_of(GateRefusedError("no")), status_of(UsageError("no"))
    (403, 400)
    """
    return STATUS_OF[PERMISSION_DENIED] if isinstance(error, GateRefusedError) else error.http_status


def message_of(error: TidemillError) -> str:
    """Return what went wrong; of a path, a run or a tag that is not there, in the words that clients look for.

    >>> message_of(NotFoundError("There is no run 'r'. There is no run yet."))
    'Run with id=r not found'
    """
    if isinstance(error, InvalidPathError):
        return "Invalid path"
    found = _ABSENT.match(str(error)) if isinstance(error, NotFoundError) else None
    if found is None:
        return str(error)
    return f"Run with id={found[2]} not found" if found[1] == "run" else f"No tag with name: {found[2]}"


def invalid(message: str) -> MlflowError:
    """Return the error for a request that cannot be: 400."""
    return MlflowError(INVALID_PARAMETER_VALUE, message)


def missing(message: str) -> MlflowError:
    """Return the error for what is not there: 404."""
    return MlflowError(RESOURCE_DOES_NOT_EXIST, message)


@contextmanager
def taken_is_exists() -> Iterator[None]:
    """Say that a name is taken as MLflow says it: 400, not 409."""
    try:
        yield
    except ConflictError as error:
        raise MlflowError(RESOURCE_ALREADY_EXISTS, str(error)) from error


@contextmanager
def absent_tag(key: str, of: str) -> Iterator[None]:
    """Say that a run or an experiment lacks a tag as MLflow says it; `of` is such as "run with id 1"."""
    try:
        yield
    except NotFoundError as error:
        found = _ABSENT.match(str(error))
        if found is None or found[1] != "tag":
            raise
        raise missing(f"No tag with name: {key[:300]} in {of}") from error


@contextmanager
def conflict_is_invalid() -> Iterator[None]:
    """Say that the state does not allow something as MLflow says it: a parameter that is not valid, 400.

    What a gate refuses is told as that, 403.
    """
    try:
        yield
    except GateRefusedError:
        raise
    except ConflictError as error:
        raise invalid(str(error)) from error
