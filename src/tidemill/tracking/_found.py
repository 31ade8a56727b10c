"""Runs that must be there, and be no deleted ones."""

from __future__ import annotations

from tidemill.core import ConflictError, not_found
from tidemill.storage.records import Transaction
from tidemill.tracking import _repository as rows
from tidemill.tracking.runs import Run


def found_run(tx: Transaction, project: str, run_id: str) -> Run:
    """Return a run. Raises NotFoundError."""
    run = rows.find_run(tx, project, run_id)
    if run is None:
        raise not_found("run", run_id, [recent.id for recent in rows.list_runs(tx, project, None, 5)])
    return run


def demand_active(tx: Transaction, project: str, run_id: str) -> None:
    """Do nothing when there is such a run and it is not deleted. Raises NotFoundError, ConflictError."""
    if not rows.has_run(tx, project, run_id):
        refuse_deleted(found_run(tx, project, run_id))


def refuse_deleted(run: Run) -> None:
    """Do nothing when a run is not deleted. Raises ConflictError."""
    if run.deleted_at is not None:
        raise ConflictError(
            f"The run {run.id} must be in the 'active' state. Current state is deleted, since {run.deleted_at}: "
            "restore it first"
        )
