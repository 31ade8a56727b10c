"""MLflow's REST API beside the application: a plain ASGI application under the same guard.

It reads no more of a request than it needs: experiments are logged by one call for each metric. Whoever has no role
for an endpoint is refused before its fields are looked at; what there is, is nothing for strangers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

import msgspec
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from tidemill.access import Role, require
from tidemill.compat.mlflow import (
    ENDPOINT_NOT_FOUND,
    ENDPOINTS,
    MLFLOW_VERSION,
    Endpoint,
    EndpointTable,
    Found,
    MlflowCall,
    MlflowError,
    code_of,
    fields_of_body,
    fields_of_query,
    message_of,
    status_of,
)
from tidemill.core import TidemillError, UnauthenticatedError
from tidemill.server.identity import Identities, Identity
from tidemill.server.media_types import JSON
from tidemill.server.mlflow_artifacts import STREAMS
from tidemill.server.mlflow_bodies import SMALL_BYTES, check_kind, declared_bytes, read_body
from tidemill.server.mlflow_streams import StreamCall, StreamEndpoint, StreamTable
from tidemill.server.slots import Slots
from tidemill.workspace import Workspace

_VERSION = b"/version"
_MOST_THREADS = 32
_MOST_LARGE_OF_ONE, _MOST_LARGE = 4, 8
_TEXT = b"text/plain; charset=utf-8"
_CHALLENGE = (b"www-authenticate", b'Basic realm="mlflow"')
_AGAIN = (b"retry-after", b"1")
_LONGEST = 200

T = TypeVar("T")
Given = TypeVarTuple("Given")

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class MlflowDoor:
    """Answers the paths of MLflow's API; everything else is not for it."""

    def __init__(self, rooms: Workspace, identities: Identities) -> None:
        self._rooms = rooms
        self._identities = identities
        self._table = EndpointTable(ENDPOINTS)
        self._streams = StreamTable(STREAMS)
        self._threads = ThreadPoolExecutor(_MOST_THREADS, "mlflow")
        self._slots = Slots(_MOST_LARGE_OF_ONE, _MOST_LARGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises TidemillError for what `refusal` then tells."""
        raw_path: bytes = scope["raw_path"]
        if raw_path == _VERSION and scope["method"] in {"GET", "HEAD"}:
            await _send(send, (200, [(b"content-type", _TEXT)], MLFLOW_VERSION.encode()), scope)
            return
        stream = self._streams.find(scope["method"], raw_path)
        if stream is not None:
            await self._stream(stream, scope, receive, send)
            return
        found = self._table.find(scope["method"], raw_path)
        endpoint = found.endpoint
        if endpoint is None:
            await self._in_thread(self._identify, scope, None)
            await _send(send, _nothing(scope, found), scope)
            return
        if endpoint.verb == "GET":
            answer = await self._in_thread(self._answer, endpoint, found, scope, b"")
        else:
            answer = await self._with_body(endpoint, found, scope, receive)
        await _send(send, (200, [(b"content-type", JSON.encode())], answer), scope)

    async def _with_body(self, endpoint: Endpoint, found: Found, scope: Scope, receive: Receive) -> bytes:
        size = declared_bytes(scope)
        if size is not None and size <= SMALL_BYTES:
            return await self._in_thread(self._answer, endpoint, found, scope, await read_body(receive, large=False))
        identity = await self._in_thread(self._identify, scope, endpoint.role)
        check_kind(scope)
        with self._slots.taken(f"{identity.caller.project}/{identity.caller.name}"):
            body = await read_body(receive, large=True)
            return await self._in_thread(self._answer, endpoint, found, scope, body)

    async def _stream(self, found: tuple[StreamEndpoint, str], scope: Scope, receive: Receive, send: Send) -> None:
        endpoint, tail = found
        identity = await self._in_thread(self._identify, scope, endpoint.role)
        query = fields_of_query(scope["query_string"])
        await endpoint.handler(StreamCall(identity.caller, self._rooms, tail, query, scope, receive, send))

    async def _in_thread(self, function: Callable[[*Given], T], *given: *Given) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *given)

    def _identify(self, scope: Scope, role: Role | None) -> Identity:
        identity = self._identities.of(Request(scope), basic=True)
        if role is not None:
            require(identity.caller, role)
        return identity

    def _answer(self, endpoint: Endpoint, found: Found, scope: Scope, body: bytes) -> bytes:
        role = endpoint.role
        caller = self._identities.nobody if role is None else self._identify(scope, role).caller
        if endpoint.verb == "GET":
            fields = fields_of_query(scope["query_string"], endpoint.lists)
        else:
            check_kind(scope)
            fields = fields_of_body(body) if body else fields_of_query(scope["query_string"], endpoint.lists)
        if found.path_fields:
            fields = fields.with_path(found.path_fields)
        return msgspec.json.encode(endpoint.handler(MlflowCall(caller, self._rooms, fields)))


def refusal(error: TidemillError) -> Answer:
    """Return the answer that an error calls for, in MLflow's words."""
    if isinstance(error, UnauthenticatedError):
        return 401, [_CHALLENGE, (b"content-type", _TEXT)], str(error).encode()
    headers = [(b"content-type", JSON.encode())]
    if error.http_status in {429, 503}:
        headers.append(_AGAIN)
    told = {"error_code": code_of(error), "message": message_of(error)}
    return status_of(error), headers, msgspec.json.encode(told)


def _nothing(scope: Scope, found: Found) -> Answer:
    path, verb = scope["path"][:_LONGEST], scope["method"]
    if not found.verbs:
        message = f"there is no {path!r} here; docs/guide/mlflow.md lists what of MLflow's API is served"
        return refusal(MlflowError(ENDPOINT_NOT_FOUND, message))
    allowed = ", ".join(sorted(found.verbs))
    told = MlflowError(ENDPOINT_NOT_FOUND, f"{verb} {path} is not served; allowed is {allowed}")
    _, headers, body = refusal(told)
    return 405, [*headers, (b"allow", allowed.encode())], body


async def _send(send: Send, answer: Answer, scope: Scope) -> None:
    status, headers, body = answer
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
