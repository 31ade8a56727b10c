"""Events on every database of records."""

from __future__ import annotations

from tests.storage.stores import OnPostgres, OnSqlite
from tidemill.testing import EventsConformance


class TestSqlite(OnSqlite, EventsConformance):
    """SQLite, the default."""


class TestPostgres(OnPostgres, EventsConformance):
    """PostgreSQL."""
