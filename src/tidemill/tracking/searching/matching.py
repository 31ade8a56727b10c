"""Conditions of a filter as conditions of a statement, for whatever stands in tables.

Each kind of thing says once where its names stand: an attribute in a column, tags and the like in rows of a table of
their own. Every value is a bound parameter, and every column is one that was named here.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tidemill.core import UsageError, from_iso, iso
from tidemill.storage.encryption.sealed_columns import Sealed, seal_of
from tidemill.storage.records import Transaction
from tidemill.tracking.searching.grammar import ILIKE, IN, IS_NOT_NULL, IS_NULL, LIKE, NOT_IN
from tidemill.tracking.searching.patterns import like
from tidemill.tracking.searching.vocabulary import ATTRIBUTES, Condition

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: What can be told of sealed values too.
_ALIKE = {"=", "!=", IN, NOT_IN, IS_NULL, IS_NOT_NULL}
_INFINITY = float("inf")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """An attribute that stands in a column, or comes of an expression.

    instant: it is stored as ISO 8601 text; numbers it is compared with are milliseconds since 1970 UTC.
    spell: what a text of a filter is stored as: of FINISHED, finished.
    """

    value: sa.ColumnElement[Any]
    instant: bool = False
    spell: Callable[[str], str] = str


@dataclass(frozen=True)
class Attached:
    """What stands in rows of a table of its own, such as tags: any key in a column `key`, or columns by name.

    of: columns of that table, and what of the thing they equal. columns: of a closed list of keys, the column of each.
    among: what holds for the rows that count, when not all do. latest: where a key has several rows, by which columns
    the last of them is the one that things are ordered by.
    """

    table: sa.FromClause
    of: Mapping[str, Any]
    columns: Mapping[str, str] | None = None
    among: Callable[[Any], sa.ColumnElement[bool]] | None = None
    latest: tuple[str, ...] = ()

    def rows(self, key: str) -> tuple[sa.ColumnElement[Any], list[sa.ColumnElement[bool]]]:
        """Return the column of a key's value in rows of the thing, and what these rows are."""
        table = self.table.alias().c
        mine = [table[name] == value for name, value in self.of.items()]
        if self.among is not None:
            mine.append(self.among(table))
        if self.columns is not None:
            return table[self.columns[key]], mine
        return table.value, [*mine, table.key == key]


@dataclass(frozen=True)
class Searched:
    """Where the names of one kind of thing stand. attached: by entity.

    absent_is_unequal: entities and keys of which != holds for things without the key, too.
    """

    attributes: Mapping[str, Column]
    attached: Mapping[str, Attached] = field(default_factory=dict)
    absent_is_unequal: frozenset[tuple[str, str]] = frozenset()


def matching(tx: Transaction, searched: Searched, conditions: Iterable[Condition]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions as those of a statement, for its `where`.

    Raises UsageError for what an encrypted store cannot compare.
    """
    return [_one(tx, searched, each) for each in conditions]


def value_of(searched: Searched, of: str, key: str) -> sa.ColumnElement[Any]:
    """Return what a thing is ordered by: a column, or the value of a key; null where it has none."""
    if of == ATTRIBUTES:
        return searched.attributes[key].value
    attached = searched.attached[of]
    value, mine = attached.rows(key)
    latest = [value.table.c[name].desc() for name in attached.latest]
    return sa.select(value).where(*mine).order_by(*latest).limit(1).scalar_subquery()


def demand_comparable(tx: Transaction, column: sa.ColumnElement[Any], name: str, how: str) -> None:
    """Raise UsageError when a column is sealed in this store, and more is asked than whether it is equal."""
    if isinstance(column.type, Sealed) and seal_of(tx) is not None:
        raise UsageError(
            f"{name} {how} cannot be told in an encrypted store, where what people type in is sealed; "
            "ask by =, != or IN only"
        )


def kind_of(value: sa.ColumnElement[Any]) -> type:
    """Return int, float or str: as what a column's values are compared."""
    stored = value.type.impl_instance if isinstance(value.type, sa.types.TypeDecorator) else value.type
    try:
        kind = stored.python_type
    except NotImplementedError:
        return str
    return kind if kind in {int, float} else str


def _one(tx: Transaction, searched: Searched, condition: Condition) -> sa.ColumnElement[bool]:
    if condition.of == ATTRIBUTES:
        column = searched.attributes[condition.key]
        return _instant(column, condition) if column.instant else compared(tx, column, condition)
    if condition.of not in searched.attached:
        raise UsageError(
            f"this store keeps no {condition.of} to search by; leave out {condition.of}.{condition.key[:80]}"
        )
    value, mine = searched.attached[condition.of].rows(condition.key)
    if condition.operator == IS_NULL:
        return ~sa.exists().where(*mine)
    if condition.operator == IS_NOT_NULL:
        return sa.exists().where(*mine)
    if condition.operator == "!=" and (condition.of, condition.key) in searched.absent_is_unequal:
        return ~sa.exists().where(*mine, compared(tx, Column(value), _with(condition, "=", condition.value)))
    return sa.exists().where(*mine, compared(tx, Column(value), condition))


def compared(tx: Transaction, column: Column, condition: Condition) -> sa.ColumnElement[bool]:
    """Return that a column is as a condition says. Raises UsageError for what an encrypted store cannot compare."""
    value, asked, how = column.value, condition.value, condition.operator
    if how not in _ALIKE:
        demand_comparable(tx, value, f"{condition.of}.{condition.key}", f"{how} ...")
    found: sa.ColumnElement[bool]
    if how in {LIKE, ILIKE}:
        found = like(sa.type_coerce(value, sa.Text()), column.spell(str(asked)), any_case=how == ILIKE)
    elif isinstance(asked, tuple):
        texts = [column.spell(text) for text in asked]
        equal = sa.or_(*(value == text for text in texts)) if isinstance(value.type, Sealed) else value.in_(texts)
        found = equal if how == IN else sa.and_(value.is_not(None), ~equal)
    elif isinstance(asked, str):
        found = _COMPARE[how](value, column.spell(asked))
    else:
        found = _COMPARE[how](value, asked)
        if how in {">", ">="} and kind_of(value) is float:  # both databases put NaN after all numbers
            found = sa.and_(found, value <= _INFINITY)
    return found


def _instant(column: Column, condition: Condition) -> sa.ColumnElement[bool]:
    """Compare ISO 8601 text with an instant, or with a number of milliseconds: all within one are that one."""
    value, asked, how = column.value, condition.value, condition.operator
    if isinstance(asked, str):
        compared: sa.ColumnElement[bool] = _COMPARE[how](value, iso(from_iso(asked)))
        return compared
    if not isinstance(asked, int | float):
        raise UsageError(f"{condition.key} is compared with a number of milliseconds")
    least, most = _text_of(math.ceil, asked), _text_of(math.floor, asked, 1)
    if how in {"=", "!="}:
        within = sa.and_(value >= least, value < most)
        return within if how == "=" else sa.and_(value.is_not(None), ~within)
    return {"<": value < least, "<=": value < most, ">": value >= most, ">=": value >= least}[how]


def _text_of(whole: Callable[[float], int], milliseconds: float, more: int = 0) -> str:
    """Return the instant of a whole millisecond as text; outside the years 1 to 9999 a text before or after all."""
    try:
        return iso(_EPOCH + timedelta(milliseconds=whole(milliseconds) + more))
    except OverflowError:
        return "" if milliseconds < 0 else "~"


def _with(condition: Condition, how: str, value: Any) -> Condition:
    return Condition(condition.of, condition.key, how, value)
