"""Pages of a list in any order: each says where the next one begins, so a later page costs what the first one does.

Where a page ended are the values by which the list is ordered, in the token of the next page. So what is added or goes
meanwhile neither repeats nor hides what was there all along. A token names its search, and serves no other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.core import UsageError
from tidemill.storage.records import Transaction
from tidemill.tracking.searching.matching import Searched, demand_comparable, kind_of, value_of
from tidemill.tracking.searching.vocabulary import Order

#: A search that takes longer is stopped.
MOST_SECONDS = 5.0
_INFINITY = float("inf")
_BEYOND = 2**63
_LONGEST_TOKEN = 65_536


@dataclass(frozen=True)
class Term:
    """One value by which a list is ordered.

    nullable: whether some have none; they come last. nan: whether some may be NaN, which comes before those.
    """

    value: sa.ColumnElement[Any]
    descending: bool = False
    nullable: bool = False
    nan: bool = True

    @property
    def is_number(self) -> bool:
        """Tell whether the value is a number."""
        return kind_of(self.value) in {int, float}

    @property
    def may_be_nan(self) -> bool:
        """Tell whether the value may be no number."""
        return self.nan and kind_of(self.value) is float

    def sorting(self) -> Iterator[sa.ColumnElement[Any]]:
        """Yield what a statement is ordered by."""
        if self.descending and self.may_be_nan:
            yield sa.case((self.value.is_(None), 2), (self.value > _INFINITY, 1), else_=0)
        ordered = self.value.desc() if self.descending else self.value.asc()
        yield ordered.nulls_last() if self.nullable else ordered

    def same(self, at: Any) -> sa.ColumnElement[bool]:
        """Return that the value is that of a place."""
        if at is None:
            return self.value.is_(None)
        return self.value > _INFINITY if _is_nan(at) else self.value == at

    def behind(self, at: Any) -> sa.ColumnElement[bool]:
        """Return that the value comes behind that of a place."""
        if at is None:
            return sa.false()
        ways: list[sa.ColumnElement[bool]] = [self.value.is_(None)] if self.nullable else []
        if not _is_nan(at):
            ways.append(self.value < at if self.descending else self.value > at)
            if self.descending and self.may_be_nan:
                ways.append(self.value > _INFINITY)
        return sa.or_(sa.false(), *ways)

    def not_before(self, at: Any) -> sa.ColumnElement[bool] | None:
        """Return a bound that an index can be entered by, None when there is none."""
        if at is None or self.nullable or self.may_be_nan:
            return None
        bound: sa.ColumnElement[bool] = self.value <= at if self.descending else self.value >= at
        return bound


def terms_of(tx: Transaction, searched: Searched, orders: Sequence[Order]) -> list[Term]:
    """Return the terms of orders. Raises UsageError for what an encrypted store cannot put in order."""
    terms = []
    for each in orders:
        value = value_of(searched, each.of, each.key)
        demand_comparable(tx, value, f"the order of {each.of}.{each.key}", "")
        terms.append(Term(_as_plain(value), each.descending, nullable=True))
    return terms


@dataclass(frozen=True)
class Page:
    """Rows of a statement, and the token of the next page; None on the last one."""

    rows: list[dict[str, Any]]
    next: str | None


def in_order(
    statement: sa.Select[Any], terms: Sequence[Term], limit: int, place: Sequence[Any] | None
) -> sa.Select[Any]:
    """Return the statement with at most `limit` rows behind a place, in order; the last columns are their places."""
    statement = statement.add_columns(*(term.value.label(f"term_{at}") for at, term in enumerate(terms)))
    if place is not None:
        statement = statement.where(*_behind(terms, place))
    return statement.order_by(*(each for term in terms for each in term.sorting())).limit(limit)


@dataclass(frozen=True)
class PageOf:
    """Which page: how many rows, behind which token, of which search, as `fingerprint` returns it."""

    limit: int
    search: str
    token: str | None = None


def list_page(tx: Transaction, statement: sa.Select[Any], terms: Sequence[Term], asked: PageOf) -> Page:
    """Return a page of a statement. The last term must tell any two rows apart.

    Raises UsageError for a token that no page of this search gave, and when the search takes more than 5 s.
    """
    limit, search = asked.limit, asked.search
    place = None if not asked.token else read_token(asked.token, search, len(terms))
    if place is not None:
        check_place(place, terms)
    with tx.within(MOST_SECONDS):
        rows = tx.rows(in_order(statement, terms, limit + 1, place))
    places = [[row.pop(f"term_{at}") for at in range(len(terms))] for row in rows]
    more = token_of(search, places[limit - 1]) if len(rows) > limit else None
    return Page(rows[:limit], more)


def fingerprint(*asked: object) -> str:
    """Return what stands for a search: the same for the same conditions and orders."""
    return hashlib.blake2b(repr(asked).encode("utf-8", "backslashreplace"), digest_size=6).hexdigest()


def token_of(search: str, place: Sequence[Any]) -> str:
    """Return the token of the page behind a place."""
    text = json.dumps([search, *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(token: str, search: str, n_values: int | None = None) -> list[Any]:
    """Return the place of a token. Raises UsageError for one that no page of this search gave."""
    try:
        if not 0 < len(token) <= _LONGEST_TOKEN:
            raise ValueError(len(token))
        decoded = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        found = json.loads(decoded)
        if not isinstance(found, list) or not found or not all(_is_value(each) for each in found):
            raise ValueError(token)
        if n_values is not None and len(found) != n_values + 1 and found[0] == search:
            raise ValueError(token)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise UsageError(
            f"Invalid page token: {token[:80]!r} is no page token; use the one that came with the page before, as it is"
        ) from error
    if found[0] != search:
        raise UsageError(
            f"the page token {token[:40]!r} belongs to another search; keep the filter and the order, or begin again"
        )
    return found[1:]


def _behind(terms: Sequence[Term], place: Sequence[Any]) -> Iterator[sa.ColumnElement[bool]]:
    bound = terms[0].not_before(place[0])
    if bound is not None:
        yield bound
    ways: list[sa.ColumnElement[bool]] = []
    same: list[sa.ColumnElement[bool]] = []
    for term, at in zip(terms, place, strict=True):
        ways.append(sa.and_(*same, term.behind(at)))
        same.append(term.same(at))
    yield sa.or_(*ways)


def check_place(place: Sequence[Any], terms: Sequence[Term]) -> None:
    """Raise UsageError for values that the terms do not have."""
    for at, term in zip(place, terms, strict=True):
        fits = isinstance(at, int | float) if term.is_number else isinstance(at, str)
        if not fits and not (at is None and term.nullable):
            raise UsageError("the page token was changed; use the one that came with the page before, as it is")


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, bool):
        return False
    return value is None or isinstance(value, float) or (isinstance(value, int) and -_BEYOND <= value < _BEYOND)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _as_plain(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a value as one that can be compared: a sealed column as the text that stands there."""
    return value if kind_of(value) in {int, float} else sa.type_coerce(value, sa.Text())
