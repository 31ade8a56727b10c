"""Bodies of MLflow's API: JSON of up to 32 MiB, most of it far smaller.

A body of a dataset's profile may be large, so larger ones are read only once the caller is known, some at a time.
"""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope

from tidemill.compat.mlflow import MlflowError
from tidemill.core import TidemillError
from tidemill.server.media_types import JSON, media_type

SMALL_BYTES = 1 << 20
MOST_BYTES = 32 << 20
_SMALL_WITHIN_S, _LARGE_WITHIN_S = 30.0, 120.0


class BodyTooLargeError(TidemillError):
    """The body is larger than any endpoint takes."""

    code = "too_large"
    http_status = 413


class BodyTooSlowError(TidemillError):
    """The body did not come in time."""

    code = "too_slow"
    http_status = 408


def check_kind(scope: Scope) -> None:
    """Refuse what is not declared as JSON where a body is expected; parameters of the type are fine.

    Raises MlflowError with status 400.
    """
    given = [value.decode("latin-1") for key, value in scope["headers"] if key == b"content-type"]
    if not given:
        if scope["method"] == "POST" or declared_bytes(scope) != 0:
            raise MlflowError("INVALID_PARAMETER_VALUE", "Bad Request. Content-Type header is missing.")
        return
    if len(given) > 1 or media_type(given[0]) != JSON:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE",
            f"Bad Request. Content-Type must be one of ['{JSON}']; it is {', '.join(given)[:80]!r}.",
        )


def declared_bytes(scope: Scope) -> int | None:
    """Return how long a body is said to be, 0 when there is none; None when it comes in chunks.

    Raises BodyTooLargeError.
    """
    for key, value in scope["headers"]:
        if key == b"content-length":
            size = int(value[:18]) if value.isdigit() else 0
            if size > MOST_BYTES:
                raise _too_large()
            return size
        if key == b"transfer-encoding":
            return None
    return 0


async def read_body(receive: Receive, *, large: bool) -> bytes:
    """Return the whole body. Raises BodyTooLargeError, BodyTooSlowError."""
    message = await receive() if not large else None
    if message is not None and not message.get("more_body", False):
        return _own(message.get("body", b""))
    within = _LARGE_WITHIN_S if large else _SMALL_WITHIN_S
    first = b"" if message is None else message.get("body", b"")
    try:
        async with asyncio.timeout(within):
            return await _gather(receive, first)
    except TimeoutError as error:
        raise BodyTooSlowError(f"the body did not come within {within:g} s; send it again") from error


async def _gather(receive: Receive, first: bytes) -> bytes:
    chunks, size, more = [first], len(first), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MOST_BYTES:
            raise _too_large()
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _own(body: bytes) -> bytes:
    if len(body) > MOST_BYTES:
        raise _too_large()
    return body


def _too_large() -> BodyTooLargeError:
    return BodyTooLargeError(f"the body is larger than {MOST_BYTES >> 20} MiB, the most that is read here; send less")
