"""Webhooks in MLflow's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tidemill.access import Role
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import invalid, missing
from tidemill.compat.mlflow.fields import Fields
from tidemill.compat.mlflow.paging import place_of, token_of
from tidemill.core import NotFoundError, did_you_mean, from_iso, unix_ms
from tidemill.webhooks import ACTIVE, DISABLED, MLFLOW_EVENTS, NewWebhook, Webhook

_LONGEST_PAGE = 1000
_STATUSES = {"ACTIVE": ACTIVE, "DISABLED": DISABLED}


def create(call: MlflowCall) -> dict[str, Any]:
    """Make a webhook."""
    fields = call.fields
    new = NewWebhook(
        fields.text("name", required=True),
        _url(fields.text("url", required=True)),
        _events(fields),
        fields.text_or_none("secret") or None,
        fields.text("description"),
        _STATUSES.get(fields.text("status"), ACTIVE),
    )
    return {"webhook": _told(call.rooms.webhooks.create(call.caller, new))}


def list_(call: MlflowCall) -> dict[str, Any]:
    """Return a page of webhooks."""
    limit = call.fields.integer("max_results", 100, 1, _LONGEST_PAGE)
    token = call.fields.text("page_token")
    after = place_of(token) if token else ""
    if not isinstance(after, str):
        raise call.fields.invalid("page_token", token, "use that of a page")
    found: list[Webhook] = []
    while len(found) <= limit:
        some = call.rooms.webhooks.list(call.caller, after, limit + 1)
        found += [each for each in some if _events_there(each)]
        if len(some) <= limit:
            break
        after = some[-1].id
    more = token_of(found[limit - 1].id) if len(found) > limit else None
    return known(webhooks=[_told(each) for each in found[:limit]], next_page_token=more)


def get(call: MlflowCall) -> dict[str, Any]:
    """Return a webhook."""
    return {"webhook": _told(_get(call))}


def update(call: MlflowCall) -> dict[str, Any]:
    """Change what is given of a webhook; events that only this store has stay."""
    fields, before = call.fields, _get(call)
    given: dict[str, Any] = {name: fields.text_or_none(name) for name in ("name", "description", "secret")}
    url = fields.text_or_none("url")
    status = _STATUSES.get(fields.text("status"))
    own = tuple(each for each in before.events if each not in MLFLOW_EVENTS)
    events = (*_events(fields), *own) if fields.raw("events") else None
    given |= {"url": None if url is None else _url(url), "status": status, "events": events}
    return {"webhook": _told(call.rooms.webhooks.update(call.caller, before.id, **given))}


def delete(call: MlflowCall) -> dict[str, Any]:
    """Delete a webhook."""
    call.rooms.webhooks.delete(call.caller, _get(call).id)
    return {}


def test(call: MlflowCall) -> dict[str, Any]:
    """Call a webhook once, now."""
    given, webhook = call.fields.map("event"), _get(call)
    event = _events_there(webhook)[0] if given is None else _event(given)
    result = call.rooms.webhooks.test(call.caller, webhook.id, event)
    told = known(
        success=result.success,
        response_status=result.answered,
        response_body=result.body or None,
        error_message=result.error,
    )
    return {"result": told}


def _get(call: MlflowCall) -> Webhook:
    webhook_id = call.fields.text("webhook_id", required=True)
    with _not_found(webhook_id):
        found = call.rooms.webhooks.get(call.caller, webhook_id)
        if not _events_there(found):  # clients know no webhook without an event of theirs
            raise NotFoundError("it is told of this store's own events only")
        return found


@contextmanager
def _not_found(webhook_id: str) -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        raise missing(f"Webhook with ID {webhook_id[:80]} not found") from error


def _url(url: str) -> str:
    """Return a URL, told in the words that clients look for when it can be none; the room checks all else."""
    if not url.strip():
        raise invalid(f"Webhook URL cannot be empty or just whitespace: {url[:80]!r}")
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise invalid(f"Invalid webhook URL {url[:80]!r}: {error}") from error
    if scheme not in {"http", "https"}:
        raise invalid(f"Invalid webhook URL scheme: {scheme[:80]!r}. Allowed schemes are: https, http.")
    return url


def _events(fields: Fields) -> tuple[str, ...]:
    events = tuple(dict.fromkeys(_event(each) for each in fields.maps("events")))
    if not events:
        raise invalid("Missing value for required parameter 'events'. Webhook events must be a non-empty list")
    return events


def _event(fields: Fields) -> str:
    event = f"{fields.text('entity', required=True).lower()}.{fields.text('action', required=True).lower()}"
    if event not in MLFLOW_EVENTS:
        near = did_you_mean(event, MLFLOW_EVENTS)
        raise invalid(f"Invalid webhook event {event[:80]!r}.{near} There is: {', '.join(sorted(MLFLOW_EVENTS))}")
    return event


def _events_there(webhook: Webhook) -> list[str]:
    return [each for each in webhook.events if each in MLFLOW_EVENTS]


def _told(webhook: Webhook) -> dict[str, Any]:
    pairs = [event.partition(".") for event in _events_there(webhook)]
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
