"""The guard around everything: what no route should ever see, and headers that every answer carries.

Refused before any route: a missing, doubled or foreign Host; a foreign Origin, whatever the method; a body that is
neither JSON nor a form, is larger than 1 MiB, or does not come within half a minute; every WebSocket. A piece of an
upload, a pack or a file of a run, and nothing else, may be bytes of any kind and 4 MiB; it is not read before the
caller is known.
MLflow's API has limits of its own, and is told what is wrong in its own words (`mlflow_door`).
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tidemill.access import CONTENT_SECURITY_POLICY, check_host, check_origin
from tidemill.core import ForbiddenError, TidemillError
from tidemill.server.media_types import FORM, JSON, OCTETS, UnsupportedMediaTypeError, media_type
from tidemill.server.mlflow_door import Answer, MlflowDoor, refusal
from tidemill.server.mlflow_paths import is_mlflow_path
from tidemill.storage.blobs.uploads import MOST_PIECE_BYTES

MOST_BYTES = 1 << 20
_PIECES = "/api/uploads/"
_PACKS = "/api/packs"
_RUNS = "/api/runs/"
_BODY_WITHIN_S = 30.0
_FORBIDDEN_SOCKET = 4403
_STATIC = "/static/"
_SECURITY = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not "no-referrer": with that browsers send "Origin: null" with a form.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class TooLargeError(TidemillError):
    """The body is larger than any route takes."""

    code = "too_large"
    http_status = 413


class TooSlowError(TidemillError):
    """The body did not come in time."""

    code = "too_slow"
    http_status = 408


class Guard:
    """ASGI middleware around the application. It keeps nothing of a request."""

    def __init__(self, app: ASGIApp, mlflow: MlflowDoor, allowed_hosts: tuple[str, ...] = ()) -> None:
        self._app = app
        self._mlflow = mlflow
        self._allowed = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": _FORBIDDEN_SOCKET})
            return
        own_words = is_mlflow_path(scope["path"])
        answer = _Answer(send, scope, refusal if own_words else _refusal)
        try:
            self._check(scope)
            if own_words:
                await self._mlflow(scope, receive, answer.send)
                return
            _check_declared(scope)
            if _is_piece(scope):
                await self._app(scope, _bounded(scope, receive), answer.send)
                return
            await self._app(scope, _replay(await _read_body(scope, receive), receive), answer.send)
        except TidemillError as error:
            await answer.refuse(error)
        except Exception as error:  # noqa: BLE001 - the boundary: a caller gets one line, the log the rest
            sys.stderr.write("".join(traceback.format_exception(error)))
            await answer.refuse(TidemillError("the request could not be answered; the server's log has the reason"))

    def _check(self, scope: Scope) -> None:
        hosts = _headers(scope, b"host")
        check_host(hosts, self._allowed)
        origins = _headers(scope, b"origin")
        if len(origins) > 1:
            raise ForbiddenError(f"the request has {len(origins)} Origin headers; one is allowed")
        check_origin(scope["method"], origins[0] if origins else None, hosts[0])


class _Answer:
    """Sends an answer with the headers that every answer carries; an error instead when nothing was sent yet."""

    def __init__(self, send: Send, scope: Scope, words: Callable[[TidemillError], Answer]) -> None:
        self._send = send
        self._words = words
        self._cache = _cache_header(scope)
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = list(message.get("headers", ()))
            held = {name for name, _ in headers}
            added = [*_SECURITY, self._cache]
            message["headers"] = headers + [(name, value) for name, value in added if name not in held]
        await self._send(message)

    async def refuse(self, error: TidemillError) -> None:
        if self._begun:
            raise error
        status, headers, body = self._words(error)
        length = (b"content-length", str(len(body)).encode())
        await self.send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await self.send({"type": "http.response.body", "body": body})


def _refusal(error: TidemillError) -> Answer:
    body = msgspec.json.encode({"error": {"code": error.code, "message": str(error)}})
    return error.http_status, [(b"content-type", JSON.encode())], body


def _cache_header(scope: Scope) -> tuple[bytes, bytes]:
    if not scope["path"].startswith(_STATIC):
        return b"cache-control", b"no-store"
    # The digest of a static file is in its address, so what is kept can never be stale.
    named = b"v=" in scope["query_string"]
    return b"cache-control", b"public, max-age=31536000, immutable" if named else b"no-cache"


def _check_declared(scope: Scope) -> None:
    most = MOST_PIECE_BYTES if _is_piece(scope) else MOST_BYTES
    declared = next(iter(_headers(scope, b"content-length")), "")
    if declared.isdigit() and int(declared[:18]) > most:
        raise _too_large(most)


def _check_kind(scope: Scope, kinds: set[str]) -> None:
    given = _headers(scope, b"content-type")
    kind = media_type(given[0]) if len(given) == 1 else ""
    if kind not in kinds:
        shown, allowed = ", ".join(given)[:80] or "missing", " and ".join(sorted(kinds))
        raise UnsupportedMediaTypeError(f"the content type is {shown!r}; allowed are {allowed}")


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    """Return the whole body, of a kind and size that may be read."""
    try:
        async with asyncio.timeout(_BODY_WITHIN_S):
            body = await _gather(receive, MOST_BYTES)
    except TimeoutError as error:
        raise _too_slow() from error
    if body:
        _check_kind(scope, {JSON, FORM})
    return body


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Let a piece through as it is asked for, refusing another kind, what is too large, and what is too slow then."""
    size, ended, deadline = 0, False, 0.0

    async def bounded() -> Message:
        nonlocal size, ended, deadline
        if ended:
            return await receive()
        _check_kind(scope, {OCTETS})
        deadline = deadline or asyncio.get_running_loop().time() + _BODY_WITHIN_S
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            raise _too_slow() from error
        size += len(message.get("body", b""))
        if size > MOST_PIECE_BYTES:
            raise _too_large(MOST_PIECE_BYTES)
        ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return bounded


async def _gather(receive: Receive, most: int) -> bytes:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        chunks.append(chunk)
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _is_piece(scope: Scope) -> bool:
    path = str(scope["path"])
    return scope["method"] == "PUT" and (path.startswith(_PIECES) or path == _PACKS or _is_file(path))


def _is_file(path: str) -> bool:
    return path.startswith(_RUNS) and "/artifacts/" in path


def _too_slow() -> TooSlowError:
    return TooSlowError(f"the body did not come within {_BODY_WITHIN_S:g} s; send it again")


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"the body is larger than {most >> 20} MiB, the most that is read here")
