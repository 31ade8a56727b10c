"""Requests to erase, and what one of them found and did."""

from __future__ import annotations

from tidemill.core import from_iso
from tidemill.erasure import ErasureItem, ErasureReport
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Admin
from tidemill.ui import urls, views

_COUNTED = {"n_rows": "rows", "n_parts": "parts", "n_keys": "keys", "n_labels": "labels"}


def erasures(call: Admin, request: str | None = None) -> views.ErasuresPage:
    """Return the requests; with the id of one also what it found."""
    rooms = call.rooms
    shown = rooms.erasures.get(call.caller, request) if request else None
    return views.ErasuresPage(
        frame=frame_of(call),
        requests=tuple(_row(report) for report in rooms.erasures.list(call.caller)),
        shown=_row(shown) if shown else None,
        found=tuple(_found(item) for item in shown.items) if shown else (),
        waiting=shown.waiting if shown else (),
        advice=shown.advice if shown else (),
        python=python_of(call, f"/api/erasures/{shown.id}" if shown else "/api/erasures"),
        cli=f"tidemill erase --show {shown.id}" if shown else "tidemill erase --list",
    )


def _row(report: ErasureReport) -> views.ErasureRow:
    return views.ErasureRow(
        request_id=report.id,
        url=urls.erasure_url(report.id),
        state=report.state,
        columns=", ".join(report.columns),
        n_keys=report.n_keys,
        why=report.why,
        requested_at=from_iso(report.requested_at),
        requested_by=report.requested_by,
        lifted_at=from_iso(report.lifted_at) if report.lifted_at else None,
    )


def _found(item: ErasureItem) -> views.ErasedRow:
    words = [f"{item.detail[name]:,} {word}" for name, word in _COUNTED.items() if name in item.detail]
    return views.ErasedRow(kind=item.kind.replace("_", " "), name=item.name, words=", ".join(words), state=item.state)


PAGES = Pages(contexts=((urls.ERASURES, erasures),))
