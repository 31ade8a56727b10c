"""One window of the table of runs: only what its columns show is read, and never a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidemill.core import NotFoundError
from tidemill.server.pages.run_address import RunsAsked
from tidemill.server.roles import Call
from tidemill.tracking import RunDetail, RunOrder, RunQuery, parse_where

WINDOW = 100


@dataclass(frozen=True)
class Window:
    """The runs of a window, and how many match in all."""

    details: tuple[RunDetail, ...]
    n_runs: int


def read_window(call: Call, asked: RunsAsked, size: int = WINDOW) -> Window:
    """Return the runs that match from a place on. Raises UsageError for a filter or order that is not understood."""
    tracking = call.rooms.tracking
    by = None
    if asked.order:
        by = RunOrder(asked.order.split()[0].partition(".")[2].strip("`"), asked.order.endswith("DESC"))
    page = tracking.search_runs(
        call.caller, RunQuery(parse_where(asked.where) if asked.where else (), by, asked.experiments, limit=1000)
    )
    return Window(tuple(page.runs[asked.at : asked.at + size]), len(page.runs))


def read_details(call: Call, run_ids: Sequence[str]) -> tuple[tuple[RunDetail, ...], tuple[str, ...]]:
    """Return these runs in their order, and the ids of those that are not there."""
    found, lacking = [], []
    for run_id in run_ids:
        try:
            found.append(call.rooms.tracking.get_run(call.caller, run_id))
        except NotFoundError:
            lacking.append(run_id)
    return tuple(found), tuple(lacking)
