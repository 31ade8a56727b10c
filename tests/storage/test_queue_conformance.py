"""The queue on every database of records."""

from __future__ import annotations

from tests.storage.stores import OnPostgres, OnSqlite
from tidemill.testing import QueueConformance


class TestSqlite(OnSqlite, QueueConformance):
    """SQLite, the default."""


class TestPostgres(OnPostgres, QueueConformance):
    """PostgreSQL."""
