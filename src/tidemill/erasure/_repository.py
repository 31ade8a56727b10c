"""Rows of the erasure room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.erasure._tables import erasure_item_table, erasure_request_table
from tidemill.erasure.records import DONE, OPEN, WAITING, ErasureItem, ErasureReport
from tidemill.storage.records import Transaction

_R, _I = erasure_request_table.c, erasure_item_table.c
_ITEMS_AT_ONCE = 500


def add_request(tx: Transaction, project: str, report: ErasureReport) -> None:
    """Insert a request."""
    row = {
        "project_id": project,
        "id": report.id,
        "state": report.state,
        "columns": list(report.columns),
        "n_keys": report.n_keys,
        "why": report.why,
        "waiting": [],
        "requested_at": report.requested_at,
        "requested_by": report.requested_by,
    }
    tx.execute(sa.insert(erasure_request_table).values(row))


def requests(tx: Transaction, project: str, *, unfinished: bool = False) -> list[ErasureReport]:
    """Return requests without their items, newest first."""
    statement = sa.select(erasure_request_table).where(_R.project_id == project).order_by(_R.id.desc())
    if unfinished:
        statement = statement.where(_R.state.in_((OPEN, WAITING)))
    return [_report(row, ()) for row in tx.rows(statement)]


def projects_with_requests(tx: Transaction) -> list[str]:
    """Return the projects that have a request."""
    return sorted(row["project_id"] for row in tx.rows(sa.select(_R.project_id).distinct()))


def find_request(tx: Transaction, project: str, request_id: str) -> ErasureReport | None:
    """Return a request with its items, or None."""
    row = tx.row(sa.select(erasure_request_table).where(_R.project_id == project, _R.id == request_id))
    return None if row is None else _report(row, items(tx, project, request_id))


def items(tx: Transaction, project: str, request_id: str, kind: str | None = None) -> tuple[ErasureItem, ...]:
    """Return what was found for a request, all or of one kind."""
    statement = sa.select(_I.kind, _I.name, _I.state, _I.detail)
    statement = statement.where(_I.project_id == project, _I.request_id == request_id).order_by(_I.kind, _I.name)
    if kind is not None:
        statement = statement.where(_I.kind == kind)
    return tuple(ErasureItem(**row) for row in tx.rows(statement))


def put_items(tx: Transaction, project: str, request_id: str, found: Iterable[ErasureItem]) -> None:
    """Insert items, or replace those of the same kind and name."""
    table, mine = erasure_item_table, (_I.project_id == project, _I.request_id == request_id)
    wanted = list({(item.kind, item.name): item for item in found}.values())
    for start in range(0, len(wanted), _ITEMS_AT_ONCE):
        some = wanted[start : start + _ITEMS_AT_ONCE]
        for kind in {item.kind for item in some}:
            names = [item.name for item in some if item.kind == kind]
            tx.execute(sa.delete(table).where(*mine, _I.kind == kind, _I.name.in_(names)))
        tx.execute(
            sa.insert(table),
            [
                {
                    "project_id": project,
                    "request_id": request_id,
                    "kind": item.kind,
                    "name": item.name,
                    "state": item.state,
                    "detail": item.detail,
                }
                for item in some
            ],
        )


def end_pass(tx: Transaction, project: str, request_id: str, waiting: Sequence[str]) -> None:
    """Say what a request waits for; with nothing to wait for it is done."""
    values: dict[str, Any] = {"waiting": list(waiting), "state": WAITING if waiting else DONE}
    if not waiting:
        values["finished_at"] = iso(tx.now)
    mine = (_R.project_id == project, _R.id == request_id)
    tx.execute(sa.update(erasure_request_table).where(*mine).values(values))


def mark_lifted(tx: Transaction, project: str, request_id: str, by: str) -> None:
    """Say that the keys of a request may come back."""
    mine = (_R.project_id == project, _R.id == request_id)
    tx.execute(sa.update(erasure_request_table).where(*mine).values(lifted_at=iso(tx.now), lifted_by=by))


def _report(row: dict[str, Any], found: tuple[ErasureItem, ...]) -> ErasureReport:
    told = {name: value for name, value in row.items() if name != "project_id"}
    told |= {"columns": tuple(row["columns"]), "waiting": tuple(row["waiting"]), "items": found}
    return ErasureReport(**told)
