"""Records on every database of records."""

from __future__ import annotations

from tests.storage.stores import OnPostgres, OnSqlite
from tidemill.testing import RecordsConformance


class TestSqlite(OnSqlite, RecordsConformance):
    """SQLite, the default."""


class TestPostgres(OnPostgres, RecordsConformance):
    """PostgreSQL."""
