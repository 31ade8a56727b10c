"""Sample contexts of traces and of webhooks."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from tidemill.ui import urls, views

NOW = datetime(2026, 9, 9, 14, 30, tzinfo=UTC)
TRACE_ID, WEBHOOK_ID = "tr-" + "7f" * 16, "0199a1b2c3d47e8f90a1b2c3d4e5f608"
FILL = views.Command(text="tidemill webhooks add NAME https://example.com/hook", words="Makes one.")


def traces(frame: views.Frame) -> views.TracesPage:
    """Two traces of a run, one that failed."""
    run = views.Link(text="calm-tide-7", url=urls.run_url(WEBHOOK_ID))
    row = views.TraceRow(
        link=views.Link(text="answer", url=urls.trace_url(TRACE_ID)),
        state="failed",
        tone=views.Tone.BAD,
        started_at=NOW,
        seconds=0.126,
        asked='{"question": "when does it leave?"}',
        run=run,
    )
    fine = dataclasses.replace(row, state="done", tone=views.Tone.GOOD, answered='"at noon"', run=None)
    return views.TracesPage(
        frame=frame,
        rows=(row, fine),
        experiment="answers",
        run=run,
        run_id=WEBHOOK_ID,
        next_url=urls.traces_url(experiment="answers", after="x"),
        fill=FILL,
    )


def trace(frame: views.Frame) -> views.TracePage:
    """A trace whose inner call failed."""
    whole = views.Span(
        name="answer", kind="CHAIN", depth=0, starts=0.0, width=1.0, seconds=0.126, facts=(("in", "{}"),)
    )
    part = views.Span(
        name="look_up", depth=1, starts=0.2, width=0.5, seconds=0.06, error="KeyError: 'noon'", facts=(("in", "1"),)
    )
    return views.TracePage(
        frame=frame,
        trace_id=TRACE_ID,
        name="answer",
        experiment="answers",
        state="failed",
        tone=views.Tone.BAD,
        started_at=NOW,
        seconds=0.126,
        asked='{"question": "when does it leave?"}',
        run=views.Link(text="calm-tide-7", url=urls.run_url(WEBHOOK_ID)),
        spans=(whole, part),
        n_spans=3,
        tags=(("team", "risk"),),
        metadata=(("user", "ana"),),
    )


def webhooks(frame: views.Frame) -> views.WebhooksPage:
    """One webhook that takes what it is told, and one that is off."""
    row = views.WebhookRow(
        link=views.Link(text="deploys", url=urls.webhook_url(WEBHOOK_ID)),
        url="https://example.com/hook",
        events=("run.finished", "endpoint.*"),
        is_on=True,
        signed=True,
        last="delivered",
        last_tone=views.Tone.GOOD,
        last_at=NOW,
    )
    off = dataclasses.replace(row, is_on=False, signed=False, last="", last_at=None)
    form = views.WebhookForm(action=urls.WEBHOOKS, button="Make the webhook")
    return views.WebhooksPage(frame=dataclasses.replace(frame, is_admin=True), rows=(row, off), form=form, fill=FILL)


def webhook(frame: views.Frame) -> views.WebhookPage:
    """A webhook with deliveries of all kinds, and a form that was filled in wrongly."""
    row = views.DeliveryRow(
        event="run.finished",
        state="delivered",
        tone=views.Tone.GOOD,
        answer="answered 200",
        n_attempts=1,
        happened_at=NOW,
        delivery_id=WEBHOOK_ID,
    )
    waits = dataclasses.replace(row, state="waits", tone=views.Tone.WARN, answer="answered 503", next_at=NOW)
    home = urls.webhook_url(WEBHOOK_ID)
    form = webhooks(frame).form
    return views.WebhookPage(
        frame=frame,
        name="deploys",
        webhook_id=WEBHOOK_ID,
        url="https://example.com/hook",
        events=("run.finished", "endpoint.*"),
        is_on=True,
        signed=True,
        created_at=NOW,
        created_by="ana",
        description="Tells the chat.",
        deliveries=(waits, row, dataclasses.replace(row, state="given up", tone=views.Tone.BAD)),
        tested="It answered 200, and said nothing.",
        tested_well=True,
        test=views.Action(label="Call it once", url=f"{home}/test", words="Tells it an example."),
        switch=views.Action(label="Switch it off", url=f"{home}/status", words="Not told later."),
        delete=views.Action(label="Delete deploys", url=f"{home}/delete", words="It goes.", danger=True),
        form=dataclasses.replace(form, button="Save the changes", signed=True, problem="'x' is no event"),
    )


def pages(frame: views.Frame) -> dict[str, views.Page]:
    """Every page by the name of its picture."""
    none = dataclasses.replace(traces(frame), rows=(), run=None, run_id="", next_url="")
    return {
        "traces": traces(frame),
        "traces-none": none,
        "traces-problem": dataclasses.replace(none, where="status", problem="'status' ends where a value should stand"),
        "trace": trace(frame),
        "trace-bare": dataclasses.replace(trace(frame), spans=(), n_spans=0, state="going on", tags=(), metadata=()),
        "webhooks": webhooks(frame),
        "webhooks-none": dataclasses.replace(webhooks(frame), rows=()),
        "webhook": webhook(frame),
    }
