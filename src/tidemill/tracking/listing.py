"""What experiments and logged models are listed by: a filter and orders in words, and which page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

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


@dataclass(frozen=True)
class Listed(Generic[T]):
    """A page, and what gives the next one; None on the last."""

    found: list[T]
    next: str | None
