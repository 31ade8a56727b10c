"""What runs are searched by: conditions, orders, experiments, which of what they logged is wanted, and which page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from tidemill.core import UsageError, did_you_mean
from tidemill.tracking.runs import RunDetail
from tidemill.tracking.searching import RUNS, Condition, Order
from tidemill.tracking.searching.grammar import read_name

View = Literal["active", "deleted", "all"]
LARGEST_PAGE = 50_000
MOST_CONDITIONS = 100
MOST_ORDERS = 20
_LOGGED = {"metrics": "metrics", "metric": "metrics", "params": "params", "param": "params"}
_LOGGED |= {"tags": "tags", "tag": "tags"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Which metrics, params and tags of a run are read: these keys, all with None, none with ()."""

    metrics: tuple[str, ...] | None = None
    params: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None


ALL, NONE = Shown(), Shown((), (), ())


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs: those that fulfil all conditions, in order or else newest first, a page of them.

    experiments: of these only, by name or id, unless empty. numbers: of the experiments of these numbers, unless None.
    view: runs that are there, deleted ones, or all. after: the `next` of the page before. shown: what is read of them.

    Raises UsageError for a page or a number of conditions that is too large, and for what runs do not have.
    """

    where: tuple[Condition, ...] = ()
    order_by: tuple[Order, ...] = ()
    experiments: tuple[str, ...] = ()
    limit: int = 100
    after: str | None = None
    view: View = "active"
    shown: Shown = ALL
    numbers: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.limit <= LARGEST_PAGE:
            raise UsageError(f"a page of {self.limit} runs; use 1 to {LARGEST_PAGE}")
        if len(self.where) > MOST_CONDITIONS:
            raise UsageError(f"{len(self.where)} conditions; use {MOST_CONDITIONS} at most")
        if len(self.order_by) > MOST_ORDERS:
            raise UsageError(f"{len(self.order_by)} orders; use {MOST_ORDERS} at most")
        if self.view not in get_args(View):
            raise UsageError(f"the view {self.view!r} of runs; use {', '.join(get_args(View))}")
        object.__setattr__(self, "where", RUNS.checked(self.where))


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some of the runs that were asked for; `next` asks for those after them, None when there are no more."""

    runs: list[RunDetail]
    next: str | None


def parse_where(text: str | None) -> tuple[Condition, ...]:
    """Return the conditions of a filter of runs. Raises UsageError where it cannot be read.

    >>> parse_where("metrics.auc > 0.7 and params.depth = '3'")[0]
    Condition(of='metrics', key='auc', operator='>', value=0.7)
    """
    return RUNS.read_where(text)


def parse_order(text: str) -> Order:
    """Return one order of runs: by a metric, a param, a tag or an attribute. Raises UsageError where it cannot be read.

    >>> parse_order("metrics.auc desc")
    Order(of='metrics', key='auc', descending=True)
    """
    return RUNS.read_order(text)


def parse_fields(texts: Iterable[str] | None) -> Shown:
    """Return what is shown of runs: all for None, else these keys, as metrics.auc, or all of a kind, as params.

    >>> parse_fields(["metrics.auc", "params"])
    Shown(metrics=('auc',), params=None, tags=())

    Raises UsageError for anything else.
    """
    if texts is None:
        return ALL
    wanted: dict[str, list[str] | None] = {"metrics": [], "params": [], "tags": []}
    for text in texts:
        name = read_name(text)
        kind = _LOGGED.get((name.entity or name.key).lower())
        if kind is None:
            raise UsageError(
                f"{text[:80]!r} is no column of runs; use metrics.KEY, params.KEY or tags.KEY, or all, as in params."
                f"{did_you_mean(name.entity or name.key, ('metrics', 'params', 'tags'))}"
            )
        keys = wanted[kind]
        if name.entity is None:
            wanted[kind] = None
        elif keys is not None and name.key not in keys:
            keys.append(name.key)
    return Shown(**{kind: None if keys is None else tuple(keys) for kind, keys in wanted.items()})
