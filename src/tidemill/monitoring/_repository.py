"""Rows of the monitoring room."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.core import from_iso, iso
from tidemill.monitoring._tables import window_table
from tidemill.monitoring.records import DriftResult, PerformanceResult, WindowRecord
from tidemill.storage.records import Transaction

_W = window_table.c
_INSTANTS = ("starts_at", "ends_at", "watermark", "evaluated_at")
# Asked in every pass of the loop, and so built once.
_LATEST = (
    sa.select(_W.monitor, sa.func.max(_W.ends_at), sa.func.max(_W.evaluated_at))
    .where(_W.project_id == sa.bindparam("project"), _W.endpoint == sa.bindparam("endpoint"))
    .group_by(_W.monitor)
)


class Latest(NamedTuple):
    """Of one monitor: the end of the last window that was evaluated, and when any was evaluated last."""

    ends_at: datetime
    evaluated_at: datetime


def latest_of(tx: Transaction, project: str, endpoint: str) -> dict[str, Latest]:
    """Return how far each monitor of an endpoint has come, by its name."""
    found: list[tuple[str, ...]] = [
        tuple(row) for row in tx.execute(_LATEST, {"project": project, "endpoint": endpoint})
    ]
    return {row[0]: Latest(from_iso(row[1]), from_iso(row[2])) for row in found}


def find_window(tx: Transaction, project: str, endpoint: str, window: tuple[str, datetime]) -> WindowRecord | None:
    """Return what a monitor found in the window that starts at an instant, or None."""
    monitor, starts_at = window
    row = tx.row(
        sa.select(window_table).where(_of(project, endpoint), _W.monitor == monitor, _W.starts_at == iso(starts_at))
    )
    return _record(row) if row else None


def list_windows(tx: Transaction, project: str, endpoint: str, monitor: str | None, limit: int) -> list[WindowRecord]:
    """Return windows, newest first."""
    statement = sa.select(window_table).where(_of(project, endpoint))
    if monitor is not None:
        statement = statement.where(_W.monitor == monitor)
    return [_record(row) for row in tx.rows(statement.order_by(_W.starts_at.desc(), _W.monitor).limit(limit))]


def covering(tx: Transaction, project: str, endpoint: str, span: tuple[datetime, datetime]) -> list[WindowRecord]:
    """Return the windows that hold any instant of a span, both ends included, oldest first."""
    first, last = span
    statement = sa.select(window_table).where(
        _of(project, endpoint), _W.ends_at > iso(first), _W.starts_at <= iso(last)
    )
    return [_record(row) for row in tx.rows(statement.order_by(_W.starts_at, _W.monitor))]


def first_version(tx: Transaction, project: str, endpoint: str) -> str:
    """Return the first version that the endpoint served, as the oldest windows tell it; empty when none does."""
    statement = sa.select(_W.result).where(_of(project, endpoint), _W.monitor == "performance", _W.version != "")
    result = tx.scalar(statement.order_by(_W.starts_at).limit(1))
    return str(result["found"]["first_version"]) if result else ""


def put_window(tx: Transaction, project: str, record: WindowRecord) -> None:
    """Store a window, in place of what was found in it before."""
    tx.execute(
        sa.delete(window_table).where(
            _of(project, record.endpoint), _W.monitor == record.monitor, _W.starts_at == iso(record.starts_at)
        )
    )
    plain = ("endpoint", "monitor", "verdict", "version", "n_rows", "n_labelled", "n_revised")
    tx.execute(
        sa.insert(window_table).values(
            project_id=project,
            **{name: getattr(record, name) for name in plain},
            **{name: iso(getattr(record, name)) for name in _INSTANTS},
            result={"versions": record.versions, "found": record.result.to_json()},
        )
    )


def _of(project: str, endpoint: str) -> sa.ColumnElement[bool]:
    return (_W.project_id == project) & (_W.endpoint == endpoint)


def _record(row: dict[str, Any]) -> WindowRecord:
    kind = DriftResult if row["monitor"] == "drift" else PerformanceResult
    kept = {name: row[name] for name in WindowRecord.__dataclass_fields__ if name not in {"result", "versions"}}
    kept |= {name: from_iso(row[name]) for name in _INSTANTS}
    return WindowRecord(**kept, result=kind.from_json(row["result"]["found"]), versions=row["result"]["versions"])
