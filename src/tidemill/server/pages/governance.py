"""Evidence: why a prediction came out as it did, and the audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from tidemill.core import from_iso
from tidemill.features import ServingInputs
from tidemill.governance import Lineage, Why
from tidemill.registry import find_report
from tidemill.server.pages.events import data_words, subject_link
from tidemill.server.pages.evidence import gate_view, lineage_chain, version_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.registry import output_words
from tidemill.server.roles import Call, Viewer
from tidemill.storage.events import EventQuery, EventRecord
from tidemill.ui import urls, views
from tidemill.ui.formats import cell, number

_PER_PAGE = 50
_LARGEST_PAGE = 1000
_FILL = views.Command(text="tidemill demo", words="Makes a whole turn of the loop on real flights.")


def prediction(call: Viewer, prediction_id: str) -> views.PredictionPage:
    """Return why a prediction came out as it did."""
    why = call.rooms.evidence.why(call.caller, prediction_id)
    answer, registry = why.prediction, call.rooms.registry
    promoted = why.promotion if why.promotion and why.promotion.version == why.version.version else None
    return views.PredictionPage(
        frame=frame_of(call),
        prediction_id=answer.prediction_id,
        endpoint=answer.endpoint,
        model=version_link(why.version),
        revision=answer.revision,
        value=float("nan") if answer.value is None else answer.value,
        output=output_words(registry.load_package(why.version), _about(call, answer.endpoint)),
        at=answer.recorded_at,
        event_at=answer.event_at if answer.event_at != answer.recorded_at else None,
        request_id=answer.request_id or "",
        request=tuple(views.Cell(name=name, value=value) for name, value in answer.row.items()),
        looked_up=_looked_up(why),
        chain=(_answer_link(why), *reversed(lineage_chain(_lineage(why)))),
        gate=gate_view(why.verdict, find_report(registry, why.version)) if why.verdict else None,
        promoted_by=promoted.by if promoted else "",
        python=python_of(call, f"/api/predictions/{answer.prediction_id}"),
        cli=f"tidemill why {answer.prediction_id}",
    )


def audit(call: Viewer, q: str = "", before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> views.AuditPage:
    """Return a page of the audit trail; `q` is the beginning of a kind, else a subject."""
    asked = _asked(call, q)
    events = _events(call, asked, before, _PER_PAGE + 1)
    shown = events[:_PER_PAGE]
    more, head = len(events) > _PER_PAGE, call.rooms.audit.head(call.caller)
    return views.AuditPage(
        frame=frame_of(call),
        events=tuple(_audit_row(event) for event in shown),
        n_events=_count(call, asked),
        newer_url=urls.audit_url(q=q) if before is not None else "",
        older_url=urls.audit_url(before=shown[-1].sequence, q=q) if more else "",
        q=q,
        head_position=head.position,
        head_hash=head.hash,
        fill=_FILL,
        python=python_of(call, "/api/audit"),
        cli="tidemill audit",
    )


def _asked(call: Call, q: str) -> tuple[str | None, str | None]:
    """Return the subject and the beginning of a kind that words ask for."""
    if not q.strip():
        return None, None
    kind = (None, q.strip())
    return kind if _events(call, kind, None, 1) else (q.strip(), None)


def _events(call: Call, asked: tuple[str | None, str | None], before: int | None, limit: int) -> list[EventRecord]:
    subject, kind = asked
    return call.rooms.audit.list(call.caller, EventQuery(limit, before, subject, kind))


def _count(call: Call, asked: tuple[str | None, str | None]) -> int:
    n, before = 0, None
    while page := _events(call, asked, before, _LARGEST_PAGE):
        n, before = n + len(page), page[-1].sequence
    return n


def _audit_row(event: EventRecord) -> views.AuditRow:
    return views.AuditRow(
        position=event.position,
        at=from_iso(event.at),
        actor=event.actor,
        kind=event.kind,
        subject=subject_link(event),
        words=data_words(event),
        bad=event.kind == "break_glass.used",
    )


def _looked_up(why: Why) -> tuple[views.LookedUp, ...]:
    answer = why.prediction
    rows = []
    for view in ServingInputs.from_json(why.version.serving).views:
        key = ", ".join(f"{name} = {cell(answer.row.get(name))}" for name in view.keys)
        known = answer.features.get(view.name)
        for column in view.columns:
            value = known.values.get(column) if known else None
            at = known.event_at if known else None
            rows.append(views.LookedUp(view=view.name, name=column, key=key, value=value, known_at=at))
    return tuple(rows)


def _about(call: Call, endpoint: str) -> str:
    return call.rooms.deployments.get(call.caller, endpoint).description


def _answer_link(why: Why) -> views.ChainLink:
    answer = why.prediction
    return views.ChainLink(
        kind="prediction",
        link=views.Link(text=f"{answer.prediction_id[:12]}…"),
        words=f"{number(answer.value)} from revision {answer.revision}",
        at=answer.recorded_at,
    )


def _lineage(why: Why) -> Lineage:
    return Lineage(why.version, why.verdict, why.promotion, why.run, why.steps, why.datasets)


PAGES = Pages(contexts=((f"{urls.PREDICTIONS}/{{prediction_id}}", prediction), (urls.AUDIT, audit)))
