"""Rows of approvals."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.pipelines._tables import run_approval_table
from tidemill.pipelines.graph.approvals import APPROVED, ASKED, RunApproval
from tidemill.storage.records import Transaction

_FIELDS = tuple(RunApproval.__dataclass_fields__)


def approvals_of(tx: Transaction, project: str, run_id: str) -> list[RunApproval]:
    """Return what a run asks people, in order."""
    table = run_approval_table.c
    mine = sa.select(run_approval_table).where(table.project_id == project, table.run_id == run_id)
    return [_read(row) for row in tx.rows(mine.order_by(table.position))]


def ask(tx: Transaction, project: str, approval: RunApproval) -> RunApproval:
    """Store a question unless it is asked already, and return it as it stands."""
    table = run_approval_table.c
    this = (table.project_id == project, table.run_id == approval.run_id, table.position == approval.position)
    row = tx.row(sa.select(run_approval_table).where(*this))
    if row is not None and row["cache_key"] == approval.cache_key:
        return _read(row)
    tx.execute(sa.delete(run_approval_table).where(*this))
    values = {name: getattr(approval, name) for name in _FIELDS}
    tx.execute(sa.insert(run_approval_table).values(project_id=project, **values))
    return approval


def answer(tx: Transaction, project: str, approval: RunApproval, answered: dict[str, Any]) -> bool:
    """Store an answer; False when the question is answered by now."""
    table = run_approval_table.c
    this = (table.project_id == project, table.run_id == approval.run_id, table.position == approval.position)
    changed = tx.execute(
        sa.update(run_approval_table).where(*this, table.state == ASKED).values(answered_at=iso(tx.now), **answered)
    )
    return bool(changed.rowcount)


def approved_before(tx: Transaction, project: str, cache_key: str) -> list[RunApproval]:
    """Return the times when the same question about the same results was approved, the newest first."""
    table = run_approval_table.c
    same = (table.project_id == project, table.cache_key == cache_key, table.state == APPROVED)
    statement = sa.select(run_approval_table).where(*same).order_by(table.run_id.desc()).limit(5)
    return [_read(row) for row in tx.rows(statement)]


def _read(row: dict[str, Any]) -> RunApproval:
    return RunApproval(**{name: row[name] for name in _FIELDS})
