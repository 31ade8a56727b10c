"""Webhooks by the stock mlflow client, over a real connection."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared
from tidemill.webhooks import NewWebhook


def test_the_stock_client_makes_changes_lists_and_deletes(shared: Shared) -> None:
    from mlflow import MlflowClient
    from mlflow.entities.webhook import WebhookEvent, WebhookStatus
    from mlflow.exceptions import MlflowException

    client: Any = MlflowClient(tracking_uri=shared.local, registry_uri=shared.local)
    made = client.create_webhook(
        name="hook", url="https://example.com/hook", events=["registered_model.created"], secret="s", description="why"
    )
    assert (made.name, made.url, made.description) == ("hook", "https://example.com/hook", "why")
    assert made.events == [WebhookEvent("registered_model", "created")]
    assert made.creation_timestamp > 1_700_000_000_000
    changed = client.update_webhook(made.webhook_id, name="other", status=WebhookStatus.DISABLED)
    assert (changed.name, changed.status) == ("other", WebhookStatus.DISABLED)
    assert client.get_webhook(made.webhook_id).url == made.url
    for at in range(3):
        client.create_webhook(name=f"hook {at}", url="https://example.com", events=["model_version.created"])
    first = client.list_webhooks(max_results=2)
    assert len(first) == 2
    rest = client.list_webhooks(max_results=10, page_token=first.token)
    assert len({each.webhook_id for each in [*first, *rest]}) == 4
    for each in [*first, *rest]:
        client.delete_webhook(each.webhook_id)
    with pytest.raises(MlflowException) as refused:
        client.get_webhook(made.webhook_id)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert f"Webhook with ID {made.webhook_id} not found" in str(refused.value)


def test_events_of_this_store_alone_are_no_matter_of_clients(api: Api, shared: Shared) -> None:
    own = shared.workspace.webhooks.create(ADMIN, NewWebhook("own", "https://example.com", ("run.*",)))
    both = NewWebhook("both", "https://example.com", ("run.*", "model_version.created"))
    kept = shared.workspace.webhooks.create(ADMIN, both)
    told = {each["webhook_id"]: each["events"] for each in api.get("webhooks").get("webhooks", [])}
    assert own.id not in told
    assert told[kept.id] == [{"entity": "MODEL_VERSION", "action": "CREATED"}]
    assert api.refused(f"webhooks/{own.id}", "GET")[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    events = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    assert api.ask("PATCH", f"webhooks/{kept.id}", {"events": events}).status_code == 200
    assert shared.workspace.webhooks.get(ADMIN, kept.id).events == ("registered_model.created", "run.*")
    wrong = {"name": "w", "url": "https://example.com", "events": [{"entity": "REGISTERED_MODEL", "action": "SET"}]}
    assert api.refused("webhooks", **wrong)[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert api.refused("webhooks", "GET", page_token="x")[:2] == (400, "INVALID_PARAMETER_VALUE")
    for each in (own, kept):
        shared.workspace.webhooks.delete(ADMIN, each.id)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "file:///etc/passwd", "http://169.254.169.254/", ""])
def test_no_webhook_leads_inside(api: Api, url: str) -> None:
    events = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    status, code, _ = api.refused("webhooks", name="w", url=url, events=events)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
