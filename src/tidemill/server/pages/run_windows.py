"""One window of the table of runs: only what its columns show is read, and never a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidemill.server.pages.run_address import RunsAsked
from tidemill.server.pages.run_cells import KINDS, kind_of
from tidemill.server.roles import Call
from tidemill.tracking import Condition, Order, RunDetail, RunQuery, Shown, parse_order, parse_where, run_place

WINDOW = 100


@dataclass(frozen=True)
class Window:
    """The runs of a window, and how many match in all."""

    details: tuple[RunDetail, ...]
    n_runs: int


def read_window(call: Call, asked: RunsAsked, size: int = WINDOW, n_runs: int | None = None) -> Window:
    """Return the runs that match from a place on; n_runs: how many match, when that was counted before.

    Raises UsageError for a filter or an order that is not understood.
    """
    tracking, query = call.rooms.tracking, query_of(asked, size)
    if n_runs is None:
        n_runs = sum(tracking.count_runs(call.caller, query).values())
    if asked.at:
        after = run_place(call.rooms.database, call.caller, query, asked.at)
        if after is None:
            return Window((), n_runs)
        query = query_of(asked, size, after)
    return Window(tuple(tracking.search_runs(call.caller, query).runs), n_runs)


def query_of(asked: RunsAsked, size: int = WINDOW, after: str | None = None) -> RunQuery:
    """Return the search that an address asks for. Raises UsageError for a filter or an order that is not understood."""
    where: tuple[Condition, ...] = parse_where(asked.where)
    orders: tuple[Order, ...] = (parse_order(asked.order),) if asked.order else ()
    return RunQuery(where, orders, asked.experiments, size, after, shown=_shown(asked.columns))


def _shown(columns: Sequence[str]) -> Shown:
    """Return what is read for these columns: of no key more than is shown; all for the usual ones."""
    if not columns:
        return Shown()
    keys: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for each in columns:
        kind, key = kind_of(each)
        if kind:
            keys[kind].append(key)
    return Shown(**{kind: tuple(named) for kind, named in keys.items()})


def read_details(call: Call, run_ids: Sequence[str]) -> tuple[tuple[RunDetail, ...], tuple[str, ...]]:
    """Return these runs in their order, and the ids of those that are not there."""
    where = (Condition("attributes", "run_id", "IN", tuple(run_ids)),)
    page = call.rooms.tracking.search_runs(call.caller, RunQuery(where, limit=len(run_ids), view="all"))
    found = {detail.run.id: detail for detail in page.runs}
    return tuple(found[each] for each in run_ids if each in found), tuple(each for each in run_ids if each not in found)
