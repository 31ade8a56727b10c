"""Endpoints of MLflow's API that take or give a stream of bytes: any content type, any size, nothing held in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.types import Receive, Scope, Send

from tidemill.access import Caller, Role
from tidemill.compat.mlflow import DOORS, Fields
from tidemill.workspace import Workspace


@dataclass(frozen=True, slots=True)
class StreamCall:
    """One call by somebody whose role is enough for it.

    tail: what follows the path of the endpoint, or stands in its braces, percent-decoded once.
    query: the fields of the query. The body has not
    been read: it comes by `receive`, and the answer goes out by `send`, with any work that waits in a thread.
    """

    caller: Caller
    rooms: Workspace
    tail: str
    query: Fields
    scope: Scope
    receive: Receive
    send: Send


@dataclass(frozen=True, slots=True)
class StreamEndpoint:
    """A verb and a path, who may call it, and what answers.

    path: below ``/api/2.0`` and ``/ajax-api/2.0``, or as it is when `apis` is empty. One that ends in ``/`` stands for
    all below it, one with a segment in braces for any segment there.
    An error that is raised before anything was sent becomes the answer.
    """

    verb: str
    path: str
    role: Role
    handler: Callable[[StreamCall], Awaitable[None]]
    apis: tuple[str, ...] = ("2.0",)
    doors: tuple[str, ...] = DOORS

    @property
    def paths(self) -> tuple[str, ...]:
        """The whole paths by which it is called."""
        if not self.apis:
            return (self.path,)
        return tuple(f"/{door}/{api}{self.path}" for door in self.doors for api in self.apis)


class StreamTable:
    """Finds streaming endpoints by verb and path."""

    def __init__(self, endpoints: Iterable[StreamEndpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._by_path: dict[tuple[str, bytes], StreamEndpoint] = {}
        for endpoint in self.endpoints:
            for path in endpoint.paths:
                self._by_path[endpoint.verb, path.encode()] = endpoint
        self._below = [(verb, path) for verb, path in self._by_path if path.endswith(b"/")]
        self._around = [
            (verb, path, path[: path.index(b"{")], path[path.index(b"}") + 1 :])
            for verb, path in self._by_path
            if b"{" in path
        ]

    def find(self, verb: str, raw_path: bytes) -> tuple[StreamEndpoint, str] | None:
        """Return an endpoint and what follows its path; None when there is none."""
        verb = "GET" if verb == "HEAD" else verb
        exact = self._by_path.get((verb, raw_path))
        if exact is not None:
            return exact, ""
        for known, path in self._below:
            if known == verb and raw_path.startswith(path):
                tail = unquote_to_bytes(raw_path[len(path) :]).decode("utf-8", "replace")
                return self._by_path[known, path], tail
        for known, path, before, behind in self._around:
            given = raw_path[len(before) : len(raw_path) - len(behind)]
            if known == verb and raw_path == before + given + behind and given and b"/" not in given:
                return self._by_path[known, path], unquote_to_bytes(given).decode("utf-8", "replace")
        return None
