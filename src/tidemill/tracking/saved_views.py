"""Searches that have a name: a filter, an order, experiments and columns, kept for a project."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, UsageError, iso, not_found
from tidemill.storage.records import Database, Transaction
from tidemill.tracking._tables import saved_view_table
from tidemill.tracking.queries import RunQuery, parse_fields, parse_order, parse_where
from tidemill.tracking.searching.grammar import check_text

_LONGEST_NAME = 200
_MOST = 1000
_MOST_COLUMNS = 1000


@dataclass(frozen=True)
class ViewSearch:
    """What a view shows. where: a filter; order_by: orders; columns: as `fields` of a search, in their order.

    Raises UsageError for what no search of runs takes.
    """

    where: str = ""
    order_by: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.experiments:
            check_text(name)
        if len(self.columns) > _MOST_COLUMNS:
            raise UsageError(f"{len(self.columns)} columns; use {_MOST_COLUMNS} at most")
        parse_fields(self.columns)
        self.query()

    def query(self) -> RunQuery:
        """Return the search."""
        orders = tuple(map(parse_order, self.order_by))
        return RunQuery(parse_where(self.where), orders, self.experiments, shown=parse_fields(self.columns or None))


@dataclass(frozen=True)
class SavedView:
    """A search that has a name. created_at: ISO 8601 UTC."""

    name: str
    search: ViewSearch
    created_at: str
    created_by: str


class SavedViews:
    """The views of each project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, caller: Caller, name: str, search: ViewSearch) -> SavedView:
        """Keep a search under a name that is not taken. Needs editor. Raises UsageError, ConflictError."""
        require(caller, Role.EDITOR)
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
            raise UsageError(f"{name[:80]!r} cannot name a view; use 1 to {_LONGEST_NAME} printable characters")
        check_text(name)

        def create(tx: Transaction) -> SavedView:
            if _find(tx, caller.project, name) is not None:
                raise ConflictError(f"there is a view {name!r}; delete it first, or choose another name")
            view = SavedView(name, search, iso(tx.now), caller.name)
            query = json.dumps({"where": search.where, "order_by": search.order_by, "experiments": search.experiments})
            tx.execute(
                sa.insert(saved_view_table).values(
                    project_id=caller.project,
                    name=name,
                    query=query,
                    fields=json.dumps(search.columns),
                    created_at=view.created_at,
                    created_by=view.created_by,
                )
            )
            tx.emit(caller.name, caller.project, Event("view.created", name))
            return view

        return self._database.write(create)

    def get(self, caller: Caller, name: str) -> SavedView:
        """Return a view. Raises NotFoundError."""
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> SavedView:
            view = _find(tx, caller.project, name)
            if view is None:
                raise not_found("view", name, [each.name for each in _list(tx, caller.project)])
            return view

        return self._database.read(read)

    def list(self, caller: Caller) -> list[SavedView]:
        """Return the views of the caller's project by name."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: _list(tx, caller.project))

    def delete(self, caller: Caller, name: str) -> None:
        """Forget a view. Needs editor. Raises NotFoundError."""
        require(caller, Role.EDITOR)

        def delete(tx: Transaction) -> None:
            if _find(tx, caller.project, name) is None:
                raise not_found("view", name, [each.name for each in _list(tx, caller.project)])
            table = saved_view_table.c
            tx.execute(sa.delete(saved_view_table).where(table.project_id == caller.project, table.name == name))
            tx.emit(caller.name, caller.project, Event("view.deleted", name))

        self._database.write(delete)


def as_json(view: SavedView) -> dict[str, Any]:
    """Return a view as one flat object."""
    return {"name": view.name, **asdict(view.search), "created_at": view.created_at, "created_by": view.created_by}


def _find(tx: Transaction, project: str, name: str) -> SavedView | None:
    table = saved_view_table.c
    row = tx.row(sa.select(saved_view_table).where(table.project_id == project, table.name == name))
    return _view(row) if row else None


def _list(tx: Transaction, project: str) -> list[SavedView]:
    table = saved_view_table.c
    statement = sa.select(saved_view_table).where(table.project_id == project).order_by(table.name).limit(_MOST)
    return [_view(row) for row in tx.rows(statement)]


def _view(row: dict[str, Any]) -> SavedView:
    query, columns = json.loads(row["query"]), json.loads(row["fields"])
    search = ViewSearch(query["where"], tuple(query["order_by"]), tuple(query["experiments"]), tuple(columns))
    return SavedView(row["name"], search, row["created_at"], row["created_by"])
