"""The data plane as an RSGI application: paths, status codes and headers; what they mean is elsewhere.

RSGI is granian's interface: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import msgspec

from tidemill.core import NotFoundError, TidemillError, UnavailableError, not_found
from tidemill.serving.door import Door
from tidemill.serving.log_writer import LogWriter
from tidemill.serving.request import MOST_BYTES, TooLargeError
from tidemill.serving.state import Route, StateHolder
from tidemill.serving.telemetry import CONTENT_TYPE, InferenceSeries, Telemetry

# Larger bodies take longer than the loop may stand still; a thread costs about 100 microseconds.
_IN_LOOP_BYTES = 64 << 10
_JSON = [("content-type", "application/json")]
_BODILESS = frozenset({"GET", "HEAD"})
_SAFE = [("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
_TEXT = [("content-type", CONTENT_TYPE), *_SAFE]


class UnsupportedMediaTypeError(TidemillError):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"
    http_status = 415


class MethodNotAllowedError(TidemillError):
    """The path exists, for another method."""

    code = "method_not_allowed"
    http_status = 405


class DataPlane:
    """Answers requests. Everything it reads is replaced as a whole by others; it keeps no state of its own."""

    def __init__(self, holder: StateHolder, door: Door, logs: LogWriter, telemetry: Telemetry) -> None:
        self._holder = holder
        self._door = door
        self._logs = logs
        self._telemetry = telemetry
        self._unrouted: InferenceSeries = telemetry.series("unknown")
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="large-request")
        self._pages: dict[str, Callable[[str | None], tuple[int, list[tuple[str, str]], bytes]]] = {
            "/health": self._health,
            "/ready": self._ready,
            "/endpoints": self._endpoints,
            "/metrics": self._metrics,
        }

    async def handle(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        began = perf_counter()
        path, method, headers = scope.path, scope.method, scope.headers
        route = self._holder.state.routes.get(path)
        body: bytes | None = None
        try:
            self._door.check(method, headers)
            if route is None or method != "POST":
                self._page(scope, protocol)
                return
            self._admit(route, headers)
            body = await _read_body(headers, protocol)
            large = len(body) > _IN_LOOP_BYTES
            answer = await (route.turn.alone(body, self._threads) if large else route.turn.join(body))
        except Exception as error:  # noqa: BLE001 - the boundary: whatever happens, the caller gets one line
            failure = error if isinstance(error, TidemillError) else _unexpected(error)
            unread = body is None and method not in _BODILESS
            protocol.response_bytes(failure.http_status, _failure_headers(failure, unread), _failure_body(failure))
            if path.startswith("/predict/"):
                series = self._unrouted if route is None else route.series
                series.observe(failure.http_status, perf_counter() - began)
            return
        protocol.response_bytes(200, _JSON, answer.body)
        route.series.observe(200, perf_counter() - began)

    def _admit(self, route: Route, headers: Any) -> None:
        """Refuse a request before its body is read."""
        project = self._door.project(headers)
        if project is not None and project != route.endpoint.snapshot.project:
            raise self._no_endpoint(route.endpoint.snapshot.endpoint, project)
        kind = headers.get("content-type")
        if kind != "application/json" and not _is_json(kind):
            raise UnsupportedMediaTypeError(
                f"the content type is {(kind or 'missing')[:80]!r}; allowed is application/json"
            )

    def _page(self, scope: Any, protocol: Any) -> None:
        path, method = scope.path, scope.method
        page = self._pages.get(path)
        project = None if path in {"/health", "/ready"} else self._door.project(scope.headers)
        if page is None:
            raise self._no_page(path, method, project)
        if method not in {"GET", "HEAD"}:
            raise MethodNotAllowedError(f"{method} {path} is not served; allowed is GET")
        status, headers, body = page(project)
        protocol.response_bytes(status, headers, body if method == "GET" else b"")

    def _no_page(self, path: str, method: str, project: str | None) -> TidemillError:
        if not path.startswith("/predict/"):
            pages = ", ".join(f"GET {page}" for page in self._pages)
            return NotFoundError(f"there is no {path[:80]!r}; served are POST /predict/ENDPOINT, {pages}")
        if path in self._holder.state.routes:
            return MethodNotAllowedError(f"{method} {path} is not served; allowed is POST")
        parts = path.removeprefix("/predict/").split("/")
        asked = ("default", parts[0]) if len(parts) == 1 else (parts[0], "/".join(parts[1:]))
        if project is not None and project != asked[0]:
            return self._no_endpoint(asked[1], project)
        report = self._holder.state.reports.get(asked)
        if report is not None:
            return UnavailableError(f"endpoint {asked[1]!r} has no loaded revision yet: {report.error}")
        if not self._holder.state.looked:
            return UnavailableError("the endpoints are being loaded; try again in a second")
        return self._no_endpoint(asked[1], asked[0])

    def _no_endpoint(self, name: str, project: str) -> NotFoundError:
        known = [endpoint for place, endpoint in self._holder.state.reports if place == project]
        return not_found("endpoint", name[:100], known)

    def _health(self, _: str | None) -> tuple[int, list[tuple[str, str]], bytes]:
        return 200, _JSON + _SAFE, b'{"status":"ok"}'

    def _ready(self, _: str | None) -> tuple[int, list[tuple[str, str]], bytes]:
        if self._holder.state.looked:
            return 200, _JSON + _SAFE, b'{"status":"ready"}'
        return 503, [*_JSON, *_SAFE, ("retry-after", "1")], b'{"status":"loading"}'

    def _endpoints(self, project: str | None) -> tuple[int, list[tuple[str, str]], bytes]:
        reports = self._holder.state.reports
        shown = [reports[key] for key in sorted(reports) if project in {None, key[0]}]
        return 200, _JSON + _SAFE, msgspec.json.encode({"endpoints": shown})

    def _metrics(self, _: str | None) -> tuple[int, list[tuple[str, str]], bytes]:
        return 200, _TEXT, self._telemetry.render(self._logs.logs())


async def _read_body(headers: Any, protocol: Any) -> bytes:
    declared = headers.get("content-length")
    if declared is not None and declared.isdigit():
        if int(declared) > MOST_BYTES:
            raise _too_large()
        whole: bytes = await protocol()
        return whole
    chunks, size = [], 0
    async for chunk in protocol:
        size += len(chunk)
        if size > MOST_BYTES:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> TooLargeError:
    return TooLargeError(f"the body is larger than {MOST_BYTES >> 20} MiB; send fewer rows in each request")


def _is_json(kind: str | None) -> bool:
    return (kind or "").partition(";")[0].strip().lower() == "application/json"


def _failure_headers(error: TidemillError, unread: bool) -> list[tuple[str, str]]:
    headers = [*_JSON, *_SAFE]
    if error.http_status == 503:
        headers.append(("retry-after", "1"))
    if unread:  # what is left of the body would be taken for the next request
        headers.append(("connection", "close"))
    return headers


def _failure_body(error: TidemillError) -> bytes:
    return msgspec.json.encode({"error": {"code": error.code, "message": str(error)}})


def _unexpected(error: Exception) -> TidemillError:
    sys.stderr.write("".join(traceback.format_exception(error)))
    return TidemillError("the request could not be answered; the server's log has the reason")
