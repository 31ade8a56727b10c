"""Webhooks: made, changed, tested; what each was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Response

from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Admin
from tidemill.server.routes.route import Limit, Route
from tidemill.webhooks import ACTIVE, NewWebhook


@dataclass(frozen=True)
class WebhookAsked:
    """What a webhook is to be; `events` as ``run.finished``, ``run.*``, ``registered_model.created`` or ``*``."""

    name: str
    url: str
    events: list[str]
    secret: str | None = None
    description: str = ""
    status: str = ACTIVE


@dataclass(frozen=True)
class ChangeAsked:
    """What is to be changed of a webhook."""

    name: str | None = None
    url: str | None = None
    events: list[str] | None = None
    secret: str | None = None
    description: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class TestAsked:
    """The event that a test call tells an example of."""

    event: str | None = None


def list_webhooks(call: Admin) -> Json:
    """Return all webhooks of the project."""
    return Json({"webhooks": call.rooms.webhooks.list(call.caller)})


def create_webhook(call: Admin, asked: Annotated[WebhookAsked, json_body(WebhookAsked)]) -> Json:
    """Make a webhook, which is told what happens from now on."""
    new = NewWebhook(asked.name, asked.url, tuple(asked.events), asked.secret, asked.description, asked.status)
    return Json(call.rooms.webhooks.create(call.caller, new), 201)


def get_webhook(call: Admin, webhook_id: str) -> Json:
    """Return a webhook, without its secret."""
    return Json(call.rooms.webhooks.get(call.caller, webhook_id))


def update_webhook(call: Admin, webhook_id: str, asked: Annotated[ChangeAsked, json_body(ChangeAsked)]) -> Json:
    """Change what is given of a webhook."""
    events = None if asked.events is None else tuple(asked.events)
    given = {name: getattr(asked, name) for name in ("name", "url", "secret", "description", "status")}
    return Json(call.rooms.webhooks.update(call.caller, webhook_id, events=events, **given))


def delete_webhook(call: Admin, webhook_id: str) -> Response:
    """Delete a webhook with its history."""
    call.rooms.webhooks.delete(call.caller, webhook_id)
    return Response(status_code=204)


def list_deliveries(call: Admin, webhook_id: str, limit: Limit = 100) -> Json:
    """Return what a webhook was told and is to be told, the newest first."""
    return Json({"deliveries": call.rooms.webhooks.deliveries(call.caller, webhook_id, limit)})


def test_webhook(call: Admin, webhook_id: str, asked: Annotated[TestAsked, json_body(TestAsked)]) -> Json:
    """Call a webhook once, now, with an example."""
    return Json(call.rooms.webhooks.test(call.caller, webhook_id, asked.event))


ROUTES = (
    Route("GET", "/api/webhooks", list_webhooks),
    Route("POST", "/api/webhooks", create_webhook),
    Route("GET", "/api/webhooks/{webhook_id}", get_webhook),
    Route("PATCH", "/api/webhooks/{webhook_id}", update_webhook),
    Route("DELETE", "/api/webhooks/{webhook_id}", delete_webhook),
    Route("GET", "/api/webhooks/{webhook_id}/deliveries", list_deliveries),
    Route("POST", "/api/webhooks/{webhook_id}/test", test_webhook),
)
