"""Tables: which there are, and one with its columns, versions and some rows."""

from __future__ import annotations

from tidemill.server.answers import Json
from tidemill.server.roles import Admin
from tidemill.server.routes.route import Limit, Route
from tidemill.storage.tables.table_reports import describe_table, list_tables


def get_tables(call: Admin, name: str | None = None, version: int | None = None, limit: Limit = 10) -> Json:
    """Return a line for each table; given a name, its columns, newest versions and the first rows of one of these."""
    if name is None:
        return Json({"tables": list_tables(call.rooms.tables)})
    return Json(describe_table(call.rooms.tables, name, version, limit))


ROUTES = (Route("GET", "/api/tables", get_tables),)
