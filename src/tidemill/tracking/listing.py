"""What experiments and logged models are listed by: a filter and orders in words, and which page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

T = TypeVar("T")
View = Literal["active", "deleted", "all"]


@dataclass(frozen=True)
class ListQuery:
    """What is asked for.

    where: such as ``name LIKE 'delay%' AND tags.team = 'a'``. order_by: such as ``name DESC``. view: what is there,
    what was deleted, or both. token: the `next` of the page before.
    """

    where: str = ""
    order_by: tuple[str, ...] = ()
    view: View = "active"
    limit: int = 100
    token: str | None = None


class OnDataset(NamedTuple):
    """A dataset that a model's metric was measured on; an empty name or digest stands for any."""

    name: str = ""
    digest: str = ""


@dataclass(frozen=True)
class ModelQuery(ListQuery):
    """What is asked for of logged models.

    datasets: only what was measured on one of these counts for conditions on metrics; without such conditions, models
    of which anything was. order_datasets: of each order by a metric, on which dataset it was measured.
    """

    datasets: tuple[OnDataset, ...] = ()
    order_datasets: tuple[OnDataset, ...] = ()


@dataclass(frozen=True)
class Listed(Generic[T]):
    """A page, and what gives the next one; None on the last."""

    found: list[T]
    next: str | None
