"""Webhooks in MLflow's words."""

from __future__ import annotations

from typing import Any

from tidemill.access import Role
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import invalid
from tidemill.compat.mlflow.fields import Fields
from tidemill.core import from_iso, unix_ms
from tidemill.webhooks import ACTIVE, DISABLED, NewWebhook, Webhook

_LONGEST_PAGE = 1000
_STATUSES = {"ACTIVE": ACTIVE, "DISABLED": DISABLED}


def create(call: MlflowCall) -> dict[str, Any]:
    """Make a webhook."""
    fields = call.fields
    new = NewWebhook(
        fields.text("name", required=True),
        fields.text("url", required=True),
        _events(fields),
        fields.text_or_none("secret") or None,
        fields.text("description"),
        _STATUSES.get(fields.text("status"), ACTIVE),
    )
    return {"webhook": _told(call.rooms.webhooks.create(call.caller, new))}


def list_(call: MlflowCall) -> dict[str, Any]:
    """Return a page of webhooks."""
    limit = call.fields.integer("max_results", 100, 1, _LONGEST_PAGE)
    found = call.rooms.webhooks.list(call.caller, call.fields.text("page_token"), limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return known(webhooks=[_told(each) for each in found[:limit]], next_page_token=more)


def get(call: MlflowCall) -> dict[str, Any]:
    """Return a webhook."""
    return {"webhook": _told(call.rooms.webhooks.get(call.caller, _id(call)))}


def update(call: MlflowCall) -> dict[str, Any]:
    """Change what is given of a webhook."""
    fields = call.fields
    given: dict[str, Any] = {name: fields.text_or_none(name) for name in ("name", "url", "description", "secret")}
    status = _STATUSES.get(fields.text("status"))
    events = _events(fields) if fields.has("events") else None
    changed = call.rooms.webhooks.update(call.caller, _id(call), status=status, events=events, **given)
    return {"webhook": _told(changed)}


def delete(call: MlflowCall) -> dict[str, Any]:
    """Delete a webhook."""
    call.rooms.webhooks.delete(call.caller, _id(call))
    return {}


def test(call: MlflowCall) -> dict[str, Any]:
    """Call a webhook once, now."""
    given = call.fields.map("event")
    result = call.rooms.webhooks.test(call.caller, _id(call), None if given is None else _event(given))
    told = known(
        success=result.success,
        response_status=result.answered,
        response_body=result.body or None,
        error_message=result.error,
    )
    return {"result": told}


def _id(call: MlflowCall) -> str:
    return call.fields.text("webhook_id", required=True)


def _events(fields: Fields) -> tuple[str, ...]:
    events = tuple(_event(each) for each in fields.maps("events"))
    if not events:
        raise invalid("Missing value for required parameter 'events'; name one at least")
    return events


def _event(fields: Fields) -> str:
    return f"{fields.text('entity', required=True).lower()}.{fields.text('action', required=True).lower()}"


def _told(webhook: Webhook) -> dict[str, Any]:
    pairs = [event.partition(".") for event in webhook.events]
    return known(
        webhook_id=webhook.id,
        name=webhook.name,
        description=webhook.description or None,
        url=webhook.url,
        events=[{"entity": entity.upper(), "action": action.upper()} for entity, _, action in pairs],
        status=webhook.status.upper(),
        creation_timestamp=unix_ms(from_iso(webhook.created_at)),
        last_updated_timestamp=unix_ms(from_iso(webhook.updated_at)),
    )


ENDPOINTS = (
    Endpoint("POST", "/mlflow/webhooks", Role.ADMIN, create),
    Endpoint("GET", "/mlflow/webhooks", Role.ADMIN, list_),
    Endpoint("GET", "/mlflow/webhooks/{webhook_id}", Role.ADMIN, get),
    Endpoint("PATCH", "/mlflow/webhooks/{webhook_id}", Role.ADMIN, update),
    Endpoint("DELETE", "/mlflow/webhooks/{webhook_id}", Role.ADMIN, delete),
    Endpoint("POST", "/mlflow/webhooks/{webhook_id}/test", Role.ADMIN, test),
)
