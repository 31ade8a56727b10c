"""Words that name a value: what a failed run, step or job had to say, and what traces tell of their calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.data import ErasedKeys
from tidemill.storage.encryption.sealed_columns import Sealed
from tidemill.storage.records import Transaction

_WORD = re.compile(r"[^\s'\"`,;:()\[\]{}=<>|\\]+")
_LEAST = 4
_GONE = "[erased]"


class Message(NamedTuple):
    """A text that names a value: its table, the column, and the row by the columns of its key."""

    table: str
    column: str
    key: dict[str, Any]
    text: str

    @property
    def name(self) -> str:
        """Return the row as one name."""
        return f"{self.table} {'/'.join(str(value) for value in self.key.values())}"


_PLACES = (
    ("run", "error", ("id",)),
    ("step_run", "note", ("run_id", "position")),
    ("step_log", "text", ("run_id", "seq")),
    ("step_element", "note", ("run_id", "position", "element")),
    ("job", "error", ("id",)),
    ("trace", "request", ("id",)),
    ("trace", "response", ("id",)),
    ("trace_tag", "value", ("trace_id", "key")),
    ("trace_metadata", "value", ("trace_id", "key")),
)


def names_a_key(erased: ErasedKeys, text: str) -> bool:
    """Tell whether a word of a text is one of the keys, of those of one column."""
    return without_keys(erased, text) != text


def without_keys(erased: ErasedKeys, text: str) -> str:
    """Return a text without the words that are keys. Words of fewer than four characters are left, unless quoted.

    >>> erased = ErasedKeys(b"secret")
    >>> erased = erased.holding([erased.hash_of({"person": "anna.k"})])
    >>> without_keys(erased, "the key 'anna.k' occurs twice")
    "the key '[erased]' occurs twice"
    """
    singles = [columns[0] for columns in erased.hashes if len(columns) == 1]

    def put(found: re.Match[str]) -> str:
        word = found[0]
        around = {text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]}
        quoted = around <= {"'", '"'}
        plain = word if quoted else word.rstrip(".!?")
        if (len(plain) >= _LEAST or quoted) and any(erased.holds({name: plain}) for name in singles):
            return _GONE + word[len(plain) :]
        return word

    return _WORD.sub(put, text) if singles else text


def find_messages(tx: Transaction, project: str, erased: ErasedKeys) -> Iterator[Message]:
    """Yield the texts that name a key."""
    for table, column, key in _PLACES:
        there = _table(table, column, key)
        text: sa.ColumnClause[str] = sa.column(column)  # as it is stored: a sealed one can be compared with nothing
        wanted = [there.c.project_id == project, text.is_not(None), text != ""]
        for row in tx.rows(sa.select(there).where(*wanted)):
            if names_a_key(erased, row[column]):
                yield Message(table, column, {name: row[name] for name in key}, row[column])


def erase_message(tx: Transaction, project: str, message: Message, erased: ErasedKeys) -> None:
    """Take the keys out of a text."""
    there = _table(message.table, message.column, tuple(message.key))
    mine = [there.c.project_id == project, *(there.c[name] == value for name, value in message.key.items())]
    told = {message.column: without_keys(erased, message.text)}
    tx.execute(sa.update(there).where(*mine).values(told))


def _table(name: str, column: str, key: tuple[str, ...]) -> sa.TableClause:
    sealed = sa.column(column, Sealed(sa.Text(), f"{name}.{column}"))
    return sa.table(name, *(sa.column(each) for each in ("project_id", *key)), sealed)
