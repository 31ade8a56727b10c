"""Records of traces: one call of a program, how long it took, and what was asked and answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidemill.core import UsageError
from tidemill.tracking.searching import Condition, Order

STATES = ("STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS")
LARGEST_TRACE_PAGE = 500


@dataclass(frozen=True)
class Trace:
    """A trace. Its spans are a file of its own (`Artifacts`, owned by the trace's id).

    experiment: its number. started_ms: milliseconds since 1970 UTC. duration_ms: None while it goes on.
    state: OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED. request, response: the beginnings of what was asked and
    answered, which may tell of persons: sealed in an encrypted store. run_id: the run that it belongs to.
    """

    id: str
    experiment: int
    started_ms: int
    duration_ms: int | None = None
    state: str = "IN_PROGRESS"
    request: str | None = None
    response: str | None = None
    client_request_id: str | None = None
    name: str | None = None
    run_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TraceQuery:
    """Which traces: of experiments by their numbers, that fulfil all conditions, in order or else newest first.

    after: the `next` of the page before. Raises UsageError for a page that is too large.
    """

    numbers: tuple[int, ...]
    where: tuple[Condition, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: int = 100
    after: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.limit <= LARGEST_TRACE_PAGE:
            raise UsageError(f"a page of {self.limit} traces; use 1 to {LARGEST_TRACE_PAGE}")


@dataclass(frozen=True)
class TracePage:
    """Some traces; `next` asks for those after them, None when there are no more."""

    traces: tuple[Trace, ...]
    next: str | None
