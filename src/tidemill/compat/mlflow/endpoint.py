"""An endpoint of MLflow's REST API, and the table in which it is found by verb and path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from tidemill.access import Caller, Role
from tidemill.compat.mlflow.fields import Fields
from tidemill.workspace import Workspace

DOORS = ("api", "ajax-api")


@dataclass(frozen=True, slots=True)
class MlflowCall:
    """One call by somebody whose role is enough for it. `fields` hold those of the path as well."""

    caller: Caller
    rooms: Workspace
    fields: Fields


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A verb and a path below ``/api/2.0``, who may call it, and the function that answers.

    path: such as ``/mlflow/logged-models/{model_id}``; its parts in braces become fields. role: None for everybody,
    with or without a token. handler: gives the answer's fields, without those that are unset or empty lists; it runs in
    a thread. apis: the versions of the API that have it. doors: ``api``, ``ajax-api`` or both. lists: the fields of a
    query that may be repeated.
    """

    verb: str
    path: str
    role: Role | None
    handler: Callable[[MlflowCall], dict[str, Any]]
    apis: tuple[str, ...] = ("2.0",)
    doors: tuple[str, ...] = DOORS
    lists: frozenset[str] = frozenset()

    @property
    def paths(self) -> tuple[str, ...]:
        """The whole paths by which it is called.

        >>> Endpoint("GET", "/mlflow/runs/get", Role.VIEWER, lambda call: {}).paths
        ('/api/2.0/mlflow/runs/get', '/ajax-api/2.0/mlflow/runs/get')
        """
        return tuple(f"/{door}/{api}{self.path}" for door in self.doors for api in self.apis)


@dataclass(frozen=True, slots=True)
class Found:
    """The endpoint that a path names, with the path's own fields; None with the verbs that the path does have."""

    endpoint: Endpoint | None
    path_fields: dict[str, str]
    verbs: frozenset[str] = frozenset()


class EndpointTable:
    """Finds endpoints: those of a fixed path at once, others segment by segment.

    >>> table = EndpointTable([Endpoint("GET", "/mlflow/traces/{trace_id}", Role.VIEWER, lambda call: {})])
    >>> table.find("GET", b"/api/2.0/mlflow/traces/tr-1%2F2").path_fields
    {'trace_id': 'tr-1/2'}
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._fixed: dict[bytes, dict[str, Endpoint]] = {}
        self._open: dict[int, list[tuple[tuple[bytes, ...], Endpoint]]] = {}
        for endpoint in self.endpoints:
            for path in endpoint.paths:
                self._add(path.encode(), endpoint)

    def find(self, verb: str, raw_path: bytes) -> Found:
        """Return what a path names, as it came over the wire: each of its segments is percent-decoded once, here."""
        verb = "GET" if verb == "HEAD" else verb
        by_verb = self._fixed.get(raw_path)
        if by_verb is not None and verb in by_verb:
            return Found(by_verb[verb], {})
        verbs, segments = set(by_verb or ()), raw_path.split(b"/")
        for pattern, endpoint in self._open.get(len(segments), ()):
            if all(part == given or (_is_open(part) and given) for part, given in zip(pattern, segments, strict=True)):
                if endpoint.verb == verb:
                    return Found(endpoint, _path_fields(pattern, segments))
                verbs.add(endpoint.verb)
        return Found(None, {}, frozenset(verbs))

    def _add(self, path: bytes, endpoint: Endpoint) -> None:
        if b"{" not in path:
            known = self._fixed.setdefault(path, {})
            if endpoint.verb in known:
                raise ValueError(f"two endpoints for {endpoint.verb} {path.decode()}")
            known[endpoint.verb] = endpoint
            return
        segments = tuple(path.split(b"/"))
        self._open.setdefault(len(segments), []).append((segments, endpoint))


def known(**fields: Any) -> dict[str, Any]:
    """Return the fields that are set: neither None nor an empty list.

    >>> known(a=1, b=None, c=[], d="")
    {'a': 1, 'd': ''}
    """
    return {name: value for name, value in fields.items() if value is not None and value != []}


def _is_open(part: bytes) -> bool:
    return part[:1] == b"{"


def _path_fields(pattern: tuple[bytes, ...], segments: list[bytes]) -> dict[str, str]:
    return {
        part[1:-1].decode(): unquote_to_bytes(given).decode("utf-8", "replace")
        for part, given in zip(pattern, segments, strict=True)
        if _is_open(part)
    }
