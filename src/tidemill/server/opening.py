"""The server while it opens: it says that it lives from its first moment, and answers the rest as soon as it can.

What takes most of a start is loading code. So the store is opened first, `/health` is answered then, MLflow's API as
soon as the rooms behind it are loaded, and everything else when all is. Whoever asks too early waits.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import Future

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tidemill.access import check_host
from tidemill.core import ForbiddenError
from tidemill.server.mlflow_paths import is_mlflow_path

_HEALTH = "/health"
_OK = b"OK"
_HEADERS = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]


class Opening:
    """ASGI application in front of one that is still being loaded; once it is there, it is called and nothing else."""

    def __init__(self, allowed_hosts: tuple[str, ...] = ()) -> None:
        self._allowed = allowed_hosts
        self._door, self._whole = _promise(), _promise()
        self._application: ASGIApp | None = None

    def open_door(self, application: ASGIApp) -> None:
        """Have MLflow's API answered from now on."""
        self._door.set_result(application)

    def open(self, application: ASGIApp) -> None:
        """Have everything answered from now on."""
        self._application = application
        self._whole.set_result(application)

    def fail(self) -> None:
        """Let everybody go who waits: it will not be opened."""
        for promise in (self._door, self._whole):
            if not promise.done():
                promise.set_result(_closed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if self._application is not None:
            await self._application(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == _HEALTH and self._may_ask(scope):
            await _answer(send, 200, _HEADERS, b"" if scope["method"] == "HEAD" else _OK)
        else:
            early = scope["type"] == "http" and is_mlflow_path(scope["path"])
            application = await asyncio.wrap_future(self._door if early else self._whole)
            await application(scope, receive, send)

    def _may_ask(self, scope: Scope) -> bool:
        """Tell whether this is the plain question; any other is answered by who knows how to refuse it."""
        hosts = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
        foreign = any(key == b"origin" for key, _ in scope["headers"])
        try:
            check_host(hosts, self._allowed)
        except ForbiddenError:
            return False
        return scope["method"] in {"GET", "HEAD"} and not foreign


def _promise() -> Future[ASGIApp]:
    promise: Future[ASGIApp] = Future()
    promise.set_running_or_notify_cancel()  # so that nobody who stops waiting cancels it for the others
    return promise


# Not 503, which says that it is worth while to come again.
async def _closed(scope: Scope, _receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        message = "the server could not be opened and ends; its log has the reason"
        body = json.dumps({"error": {"code": "unavailable", "message": message}}).encode()
        await _answer(send, 502, [(b"content-type", b"application/json")], body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    start: Message = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await send(start)
    await send({"type": "http.response.body", "body": body})
