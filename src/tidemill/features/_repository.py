"""Rows of this room's table, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.core import from_iso, iso, new_id
from tidemill.features._tables import materialization
from tidemill.features.materialization import Materialization
from tidemill.storage.records import Transaction


def add(tx: Transaction, project: str, done: Materialization) -> None:
    """Insert what was brought into the online store."""
    tx.execute(
        sa.insert(materialization).values(
            id=new_id(),
            project_id=project,
            view=done.view,
            until_at=iso(done.until),
            n_keys=done.n_keys,
            columns=[list(column) for column in done.columns],
            keys=list(done.keys),
            created_at=iso(done.created_at),
            created_by=done.created_by,
        )
    )


def latest(tx: Transaction, project: str, view: str) -> Materialization | None:
    """Return how far a view was last brought, or None."""
    table = materialization
    row = tx.row(
        sa.select(table).where(table.c.project_id == project, table.c.view == view).order_by(table.c.id.desc()).limit(1)
    )
    if row is None:
        return None
    return Materialization(
        view=row["view"],
        n_keys=row["n_keys"],
        until=from_iso(row["until_at"]),
        columns=tuple((name, kind) for name, kind in row["columns"]),
        created_at=from_iso(row["created_at"]),
        created_by=row["created_by"],
        keys=tuple(row["keys"] or ()),
    )


def view_keys(tx: Transaction, project: str) -> dict[str, tuple[str, ...]]:
    """Return the key columns of every view that was materialized, none where they are not known."""
    table = materialization
    rows = tx.rows(sa.select(table.c.view, table.c["keys"]).where(table.c.project_id == project).order_by(table.c.id))
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row["view"]] = tuple(row["keys"] or ()) or found.get(row["view"], ())
    return found
