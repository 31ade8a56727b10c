"""Webhooks, for admins: the list, one with its deliveries; making, changing, testing, switching and deleting one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tidemill.core import TidemillError, UsageError, from_iso
from tidemill.server.answers import form_body
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Admin, Call
from tidemill.server.routes.route import Route
from tidemill.ui import render, urls, views
from tidemill.webhooks import ACTIVE, DISABLED, Delivery, NewWebhook, NotAllowedAddressError, TestResult, Webhook

_MOST_DELIVERIES, _MOST_BODY, _MOST_TYPED = 200, 500, 2000
_STATES = {
    "delivered": ("delivered", views.Tone.GOOD),
    "waiting": ("waits", views.Tone.WARN),
    "failed": ("given up", views.Tone.BAD),
}
_FILL = views.Command(
    text='tidemill webhooks add NAME https://example.com/hook --event "run.*"', words="Does what the form below does."
)
_EMPTY = views.WebhookForm(action=urls.WEBHOOKS, button="Make the webhook")
Form = Annotated[dict[str, str], form_body()]


def webhooks(call: Admin) -> views.WebhooksPage:
    """Return the list of webhooks."""
    return _list(call, _EMPTY)


def webhook(call: Admin, webhook_id: str) -> views.WebhookPage:
    """Return one webhook."""
    return _one(call, call.rooms.webhooks.get(call.caller, webhook_id))


def create(call: Admin, form: Form) -> Response:
    """Make a webhook and show it; with what is wrong in the form, show the form again."""
    try:
        made = call.rooms.webhooks.create(call.caller, _given(form))
    except (UsageError, NotAllowedAddressError) as error:
        return HTMLResponse(render(_list(call, _typed(form, _EMPTY, error))), status_code=error.http_status)
    return _to(made.id)


def change(call: Admin, webhook_id: str, form: Form) -> Response:
    """Change a webhook and show it; with what is wrong in the form, show the form again."""
    found, new = call.rooms.webhooks.get(call.caller, webhook_id), _given(form)
    told = {"name": new.name, "url": new.url, "events": new.events, "description": new.description}
    try:
        call.rooms.webhooks.update(call.caller, found.id, secret=new.secret, **told)
    except (UsageError, NotAllowedAddressError) as error:
        page = _one(call, found)
        shown = replace(page, form=_typed(form, page.form, error))
        return HTMLResponse(render(shown), status_code=error.http_status)
    return _to(found.id)


def switch(call: Admin, webhook_id: str, form: Form) -> RedirectResponse:
    """Switch a webhook on or off, and show it."""
    status = form.get("status", "")
    if status not in {ACTIVE, DISABLED}:
        raise UsageError(f"the field 'status' is {status[:80]!r}; it must be {ACTIVE} or {DISABLED}")
    return _to(call.rooms.webhooks.update(call.caller, webhook_id, status=status).id)


def test(call: Admin, webhook_id: str) -> HTMLResponse:
    """Call a webhook once, and show it with what came of that."""
    result = call.rooms.webhooks.test(call.caller, webhook_id)
    page = _one(call, call.rooms.webhooks.get(call.caller, webhook_id))
    return HTMLResponse(render(replace(page, tested=_result_words(result), tested_well=result.success)))


def delete(call: Admin, webhook_id: str) -> RedirectResponse:
    """Delete a webhook, and show those that are left."""
    call.rooms.webhooks.delete(call.caller, webhook_id)
    return RedirectResponse(urls.WEBHOOKS, status_code=303)


def _list(call: Call, form: views.WebhookForm) -> views.WebhooksPage:
    found = call.rooms.webhooks.list(call.caller)
    return views.WebhooksPage(
        frame=replace(frame_of(call), path=urls.WEBHOOKS),
        rows=tuple(_row(call, each) for each in found),
        form=form,
        fill=_FILL,
        python=python_of(call, "/api/webhooks"),
        cli="tidemill webhooks list",
    )


def _row(call: Call, found: Webhook) -> views.WebhookRow:
    last = [_delivery(each) for each in call.rooms.webhooks.deliveries(call.caller, found.id, 1)]
    return views.WebhookRow(
        link=views.Link(text=found.name, url=urls.webhook_url(found.id)),
        url=found.url,
        events=found.events,
        is_on=found.status == ACTIVE,
        signed=found.signed,
        last=last[0].state if last else "",
        last_tone=last[0].tone if last else views.Tone.QUIET,
        last_at=last[0].happened_at if last else None,
    )


def _one(call: Call, found: Webhook) -> views.WebhookPage:
    is_on, home = found.status == ACTIVE, urls.webhook_url(found.id)
    return views.WebhookPage(
        frame=replace(frame_of(call), path=home),
        name=found.name,
        webhook_id=found.id,
        url=found.url,
        events=found.events,
        is_on=is_on,
        signed=found.signed,
        created_at=from_iso(found.created_at),
        created_by=found.created_by,
        description=found.description,
        deliveries=tuple(
            _delivery(each) for each in call.rooms.webhooks.deliveries(call.caller, found.id, _MOST_DELIVERIES)
        ),
        test=views.Action(
            label="Call it once",
            url=f"{home}/test",
            words=f"Tells it an example of {found.events[0]}, now. Nothing has to happen for that.",
        ),
        switch=views.Action(
            label="Switch it off" if is_on else "Switch it on",
            url=f"{home}/status",
            words="What happens while it is off is not told later."
            if is_on
            else "It is told what happens from now on.",
            fields=(("status", DISABLED if is_on else ACTIVE),),
        ),
        delete=views.Action(
            label=f"Delete {found.name}",
            url=f"{home}/delete",
            words="It goes with the history of its deliveries and what it is still to be told; that cannot be undone.",
            danger=True,
        ),
        form=views.WebhookForm(
            action=home,
            button="Save the changes",
            name=found.name,
            url=found.url,
            events=" ".join(found.events),
            description=found.description,
            signed=found.signed,
        ),
        python=python_of(call, f"/api/webhooks/{found.id}/deliveries"),
        cli=f"tidemill webhooks deliveries {found.id}",
    )


def _delivery(found: Delivery) -> views.DeliveryRow:
    state, tone = _STATES.get(found.state, (found.state, views.Tone.QUIET))
    answered = f"answered {found.answered}" if found.answered is not None else ""
    return views.DeliveryRow(
        event=found.event,
        state=state,
        tone=tone,
        answer=found.error or answered,
        n_attempts=found.n_attempts,
        happened_at=from_iso(found.happened_at),
        next_at=from_iso(found.next_at) if found.next_at and found.state == "waiting" and found.n_attempts else None,
        delivery_id=found.id,
    )


def _result_words(result: TestResult) -> str:
    if result.error:
        return result.error
    body = " ".join(result.body.split())
    said = f": {body[:_MOST_BODY]}{'…' if len(body) > _MOST_BODY else ''}" if body else ", and said nothing"
    return f"It answered {result.answered}{said}."


def _given(form: Mapping[str, str]) -> NewWebhook:
    """Return the webhook that a form describes."""
    events = tuple(form.get("events", "").replace(",", " ").split())
    name, url, description = (form.get(each, "").strip() for each in ("name", "url", "description"))
    return NewWebhook(name, url, events, form.get("secret") or None, description)


def _typed(form: Mapping[str, str], shown: views.WebhookForm, problem: TidemillError) -> views.WebhookForm:
    """Return a form with what was typed, but for the secret, and what is wrong with it."""
    name, url, events, description = (
        form.get(each, "")[:_MOST_TYPED] for each in ("name", "url", "events", "description")
    )
    return replace(shown, name=name, url=url, events=events, description=description, problem=str(problem))


def _to(webhook_id: str) -> RedirectResponse:
    return RedirectResponse(urls.webhook_url(webhook_id), status_code=303)


_ONE = f"{urls.WEBHOOKS}/{{webhook_id}}"
PAGES = Pages(
    contexts=((urls.WEBHOOKS, webhooks), (_ONE, webhook)),
    routes=(
        Route("POST", urls.WEBHOOKS, create),
        Route("POST", _ONE, change),
        Route("POST", f"{_ONE}/status", switch),
        Route("POST", f"{_ONE}/test", test),
        Route("POST", f"{_ONE}/delete", delete),
    ),
)
