"""Lookups: selects that are asked thousands of times a second, handed to the driver as they are written.

To have SQLAlchemy put a statement together takes ten times as long as SQLite takes to answer it. So such a one is
written out, with `:name` for what is given; columns come as the driver gives them, so none of them may be sealed.
"""

from __future__ import annotations

import re
from typing import Any

from tidemill.storage.records import Transaction

_GIVEN = re.compile(r":(\w+)")


class Lookup:
    """A select in words that SQLite and PostgreSQL share.

    >>> Lookup("SELECT id FROM run WHERE id = :id").postgresql
    'SELECT id FROM run WHERE id = %(id)s'
    """

    def __init__(self, text: str) -> None:
        self.sqlite = text
        self.postgresql = _GIVEN.sub(r"%(\1)s", text)

    def rows(self, tx: Transaction, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows for what is given."""
        return tx.rows_plain(self.sqlite if tx.dialect == "sqlite" else self.postgresql, given)

    def row(self, tx: Transaction, **given: Any) -> tuple[Any, ...] | None:
        """Return the first row for what is given, or None."""
        return next(iter(self.rows(tx, **given)), None)
