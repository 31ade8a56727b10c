"""Webhooks: addresses that are told what happens, over HTTP, signed, in order and at least once.

records    a webhook, what it is to be told, and one delivery to it
happenings events of the log as MLflow names them, and as they are
registry_facts  what an event does not say of a model or a version
service    the verbs
following  the event log, taken up into deliveries that are due
sending    deliveries, one after the other for each webhook
addresses  which addresses may be called
posting    a POST to the very address that was checked
"""

from __future__ import annotations

from tidemill.webhooks.addresses import NotAllowedAddressError
from tidemill.webhooks.happenings import MLFLOW_EVENTS
from tidemill.webhooks.records import ACTIVE, DISABLED, Delivery, NewWebhook, TestResult, Webhook
from tidemill.webhooks.sending import WebhookSender, send_due
from tidemill.webhooks.service import Webhooks

__all__ = [
    "ACTIVE",
    "DISABLED",
    "MLFLOW_EVENTS",
    "Delivery",
    "NewWebhook",
    "NotAllowedAddressError",
    "TestResult",
    "Webhook",
    "WebhookSender",
    "Webhooks",
    "send_due",
]
