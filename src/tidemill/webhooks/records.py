"""Records of the webhooks room."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from tidemill.core import UsageError, did_you_mean
from tidemill.webhooks.happenings import MLFLOW_EVENTS

ACTIVE, DISABLED = "active", "disabled"
WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
_KIND = re.compile(r"[a-z_]{1,60}\.([a-z_]{1,60}|\*)|\*")
_LONGEST_NAME, _LONGEST_SECRET, _MOST_EVENTS = 500, 1000, 100


@dataclass(frozen=True)
class NewWebhook:
    """What a webhook is to be.

    events: what it is told. Names of MLflow's (``registered_model.created``), kinds of this store's own events
    (``run.finished``, ``endpoint.deployed``), all of one thing (``run.*``), or all there are (``*``).
    secret: what deliveries are signed with; kept sealed and never shown.
    """

    name: str
    url: str
    events: tuple[str, ...]
    secret: str | None = None
    description: str = ""
    status: str = ACTIVE


@dataclass(frozen=True)
class Webhook:
    """A webhook as stored. Instants are ISO 8601 UTC; status is active or disabled."""

    id: str
    name: str
    description: str
    url: str
    events: tuple[str, ...]
    signed: bool
    status: str
    created_at: str
    created_by: str
    updated_at: str


@dataclass(frozen=True)
class Delivery:
    """One event for one webhook.

    state: waiting (for its turn, or to be tried again at `next_at`), delivered, or failed for good.
    answered: the status of the last answer; None without one. error: why the last attempt failed.
    """

    id: str
    webhook_id: str
    event: str
    position: int
    state: str
    n_attempts: int
    next_at: str | None
    answered: int | None
    error: str | None
    happened_at: str
    done_at: str | None


@dataclass(frozen=True)
class TestResult:
    """What came of a test call."""

    success: bool
    answered: int | None
    body: str
    error: str | None


def check_new(new: NewWebhook, known_kinds: Collection[str] = MLFLOW_EVENTS) -> NewWebhook:
    """Return what a webhook is to be. Raises UsageError for a name, an event or a status that cannot be."""
    if not new.name.strip() or len(new.name) > _LONGEST_NAME or not new.name.isprintable():
        raise UsageError(f"{new.name[:80]!r} cannot name a webhook; use 1 to {_LONGEST_NAME} printable characters")
    if not 0 < len(new.events) <= _MOST_EVENTS:
        raise UsageError(f"{len(new.events)} events were given; a webhook is told of 1 to {_MOST_EVENTS}")
    for event in new.events:
        if not _KIND.fullmatch(event):
            raise UsageError(
                f"{event[:80]!r} is no event; write one as run.finished, run.* or *.{did_you_mean(event, known_kinds)}"
            )
    if new.status not in {ACTIVE, DISABLED}:
        raise UsageError(f"{new.status[:80]!r} is no status of a webhook; use {ACTIVE} or {DISABLED}")
    if new.secret is not None and not 0 < len(new.secret) <= _LONGEST_SECRET:
        raise UsageError(f"the secret has {len(new.secret)} characters; use 1 to {_LONGEST_SECRET}")
    return new
