"""What the data plane serves right now: one immutable value, replaced as a whole.

A request reads `StateHolder.state` once and works with what it got, so it can never mix two revisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import msgspec

from tidemill.serving.served_endpoint import ServedEndpoint
from tidemill.serving.telemetry import InferenceSeries
from tidemill.serving.turn import Turn


class EndpointReport(msgspec.Struct, frozen=True):
    """One endpoint as `GET /endpoints` tells it.

    revision, model, runtime: what answers now, None while nothing does. error: why the last load failed.
    """

    project: str
    endpoint: str
    revision: int | None = None
    model: str | None = None
    runtime: str | None = None
    loaded_at: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Route:
    """What a request path leads to."""

    endpoint: ServedEndpoint
    turn: Turn
    series: InferenceSeries


@dataclass(frozen=True)
class State:
    """Everything that is served. `looked`: every endpoint found at the start was loaded or has failed."""

    routes: Mapping[str, Route] = field(default_factory=lambda: MappingProxyType({}))
    reports: Mapping[tuple[str, str], EndpointReport] = field(default_factory=lambda: MappingProxyType({}))
    looked: bool = False

    def with_route(self, report: EndpointReport, route: Route) -> State:
        """Return the state in which the route answers for the report's endpoint."""
        routes = {**self.routes, **dict.fromkeys(paths(report.project, report.endpoint), route)}
        return replace(self, routes=MappingProxyType(routes)).with_report(report)

    def with_report(self, report: EndpointReport) -> State:
        """Return the state with one report replaced; what answers stays."""
        reports = {**self.reports, (report.project, report.endpoint): report}
        return replace(self, reports=MappingProxyType(reports))

    def without(self, project: str, endpoint: str) -> State:
        """Return the state without an endpoint."""
        gone = paths(project, endpoint)
        routes = {path: route for path, route in self.routes.items() if path not in gone}
        reports = {key: report for key, report in self.reports.items() if key != (project, endpoint)}
        return replace(self, routes=MappingProxyType(routes), reports=MappingProxyType(reports))


class StateHolder:
    """Holds the one reference. Written by the watcher's thread only, read by anyone."""

    def __init__(self) -> None:
        self.state = State()


def paths(project: str, endpoint: str) -> tuple[str, ...]:
    """Return the request paths of an endpoint; those of the default project are short.

    >>> paths("default", "delay")
    ('/predict/default/delay', '/predict/delay')
    """
    full = f"/predict/{project}/{endpoint}"
    return (full, f"/predict/{endpoint}") if project == "default" else (full,)
