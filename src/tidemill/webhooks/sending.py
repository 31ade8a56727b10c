"""Deliveries, sent: for each webhook one after the other, in the order of the log, again until they are taken.

A delivery is claimed before it is sent and settled after its answer: of two senders one sends it, and one that was
killed in between is followed by another, a minute later, which sends it again under the same id.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from tidemill.access import Caller
from tidemill.core import TidemillError, iso
from tidemill.storage.records import Transaction, storable
from tidemill.webhooks import _repository as rows
from tidemill.webhooks.following import take_up
from tidemill.webhooks.posting import Answer, Message, post
from tidemill.webhooks.records import ACTIVE, DELIVERED, FAILED, Delivery, Webhook
from tidemill.webhooks.service import Webhooks

_EVERY_S = 1.0
_LONGEST_PAUSE_S = 60.0
_MOST_DOUBLINGS = 6
_CLAIMED_FOR = timedelta(seconds=60)
#: An attempt later each time: 2 s, 4 s, ... 10 minutes; given up after about a day.
_FIRST_AGAIN_S, _LONGEST_AGAIN_S, _MOST_ATTEMPTS = 2.0, 600.0, 150
#: At a time, of one webhook: the others have their turn.
_MOST_IN_A_ROW = 50
Say = Callable[[str], None]


def send_due(webhooks: Webhooks, caller: Caller, stop: threading.Event | None = None) -> int:
    """Take up what has happened and send what is due; return how many deliveries were taken."""
    take_up(webhooks.database, caller.project)
    found = webhooks.database.read(lambda tx: rows.list_all(tx, caller.project))
    return sum(_send_some(webhooks, caller.project, each, stop) for each in found if each.status == ACTIVE)


def _send_some(webhooks: Webhooks, project: str, webhook: Webhook, stop: threading.Event | None) -> int:
    n_taken = 0
    while n_taken < _MOST_IN_A_ROW and not (stop is not None and stop.is_set()):
        claimed = webhooks.database.write(lambda tx: _claim(tx, project, webhook.id))
        if claimed is None:
            break
        delivery, body, secret = claimed
        message = Message(delivery.id, delivery.event, body)
        answer: Answer | None = None
        error = None
        try:
            answer = post(webhooks.addresses, webhook.url, message, secret)
        except TidemillError as refused:
            error = str(refused)
        if answer is not None and not answer.taken:
            error = f"the receiver answers {answer.status}: {answer.body[:200]}"
        _settle(webhooks, project, delivery, answer, error)
        if error is not None:
            break
        n_taken += 1
    return n_taken


def _claim(tx: Transaction, project: str, webhook_id: str) -> tuple[Delivery, str, str | None] | None:
    """Return the oldest delivery when it is due, for this process to send."""
    found = rows.first_waiting(tx, project, webhook_id)
    if found is None or (found[0].next_at or "") > iso(tx.now):
        return None
    n_attempts = found[0].n_attempts + 1
    if not rows.settle(tx, project, found[0], n_attempts=n_attempts, next_at=iso(tx.now + _CLAIMED_FOR)):
        return None
    claimed = Delivery(**{**found[0].__dict__, "n_attempts": n_attempts})
    return claimed, found[1], rows.secret_of(tx, project, webhook_id)


def _settle(webhooks: Webhooks, project: str, delivery: Delivery, answer: Answer | None, error: str | None) -> None:
    answered = None if answer is None else answer.status

    def settle(tx: Transaction) -> None:
        now = iso(tx.now)
        told = None if error is None else storable(error)
        if error is None:
            rows.settle(
                tx, project, delivery, state=DELIVERED, answered=answered, error=None, next_at=None, done_at=now
            )
        elif delivery.n_attempts >= _MOST_ATTEMPTS:
            rows.settle(tx, project, delivery, state=FAILED, answered=answered, error=told, next_at=None, done_at=now)
        else:
            pause = min(_LONGEST_AGAIN_S, _FIRST_AGAIN_S * 2.0 ** min(delivery.n_attempts - 1, 20))
            again = iso(tx.now + timedelta(seconds=pause))
            rows.settle(tx, project, delivery, answered=answered, error=told, next_at=again)

    webhooks.database.write(settle)


class WebhookSender:
    """A thread that sends what is due, over and over, until it is stopped."""

    def __init__(self, webhooks: Webhooks, caller: Caller, say: Say, every_s: float = _EVERY_S) -> None:
        self._webhooks = webhooks
        self._caller = caller
        self._say = say
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Send nothing more; a delivery that is on its way may be cut off, and goes out again another time."""
        self._stop.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        n_failed = 0
        while not self._stop.is_set():
            try:
                send_due(self._webhooks, self._caller, self._stop)
                n_failed = 0
            except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, it is told once and tried again
                if not n_failed and not self._stop.is_set():
                    self._say(f"webhooks wait: {type(error).__name__}: {error}")
                n_failed += 1
            self._stop.wait(min(self._every_s * 2.0 ** min(n_failed, _MOST_DOUBLINGS), _LONGEST_PAUSE_S))
