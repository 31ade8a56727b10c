"""What the data plane serves at this moment, as it says itself. It may be away; then that is the answer."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

_TIMEOUT_S = 0.5
_FRESH_S = 1.0
_MOST_BYTES = 4 << 20
_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to listen on, not to call


@dataclass(frozen=True)
class LoadedRevision:
    """What the data plane reports of one endpoint; `error` says why its last load failed."""

    project: str
    endpoint: str
    revision: int | None = None
    model: str | None = None
    runtime: str | None = None
    loaded_at: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class PlaneReport:
    """The endpoints of one project that the data plane knows; `trouble` says why it could not be asked."""

    endpoints: dict[str, LoadedRevision] = field(default_factory=dict)
    trouble: str = ""

    @property
    def reachable(self) -> bool:
        """Whether the data plane has answered."""
        return not self.trouble


class DataPlane:
    """Asks the data plane of this host, at most once a second for a project. Thread-safe."""

    def __init__(self, host: str, port: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = _REACHABLE.get(host, host)
        self.port = port
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, PlaneReport]] = {}

    def report(self, project: str, secret: str | None = None) -> PlaneReport:
        """Return what is loaded for a project; `secret` is the caller's token, which a data plane may ask for."""
        with self._lock:
            known = self._known.get(project)
            if known is not None and self._clock() - known[0] < _FRESH_S:
                return known[1]
            asked = self._ask(project, secret)
            self._known[project] = (self._clock(), asked)
            return asked

    def _ask(self, project: str, secret: str | None) -> PlaneReport:
        connection = http.client.HTTPConnection(self._host, self.port, timeout=_TIMEOUT_S)
        headers = {"Host": f"127.0.0.1:{self.port}"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
        try:
            connection.request("GET", "/endpoints", headers=headers)
            response = connection.getresponse()
            body = response.read(_MOST_BYTES)
            if response.status != http.client.OK:
                return PlaneReport(trouble=f"the data plane on port {self.port} answered {response.status}")
            found = msgspec.json.decode(body, type=dict[str, list[LoadedRevision]])["endpoints"]
        except (OSError, http.client.HTTPException):
            return PlaneReport(trouble=f"the data plane does not answer on port {self.port}; 'tidemill up' starts it")
        except (msgspec.MsgspecError, KeyError):
            return PlaneReport(trouble=f"what answers on port {self.port} is not the data plane of this Tidemill")
        finally:
            connection.close()
        return PlaneReport({each.endpoint: each for each in found if each.project == project})
