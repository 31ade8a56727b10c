"""What erasure needs of the port of tables (`tidemill.storage.Tables`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl


class ErasableTables(Protocol):
    """Tables from which rows can be deleted by the values of a column. Threading and errors are those of the port."""

    def list(self) -> Sequence[str]:
        """Return the names of the tables."""
        ...

    def columns(self, name: str) -> Mapping[str, str]:
        """Return a table's columns and their types."""
        ...

    def read(
        self, name: str, version: int | None = None, at: datetime | None = None, columns: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """Return a table's rows."""
        ...

    def delete_rows(self, name: str, column: str | Sequence[str], values: Sequence[Any]) -> int:
        """Delete the rows in which a column has one of these values, or several columns one of these tuples; return how
        many."""
        ...
