"""The verbs of webhooks: make, change, list, delete, test, and see what each was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from tidemill.access import Caller, Role, require
from tidemill.core import Event, TidemillError, UsageError, iso, new_id, not_found
from tidemill.storage.followers import catch_up, head
from tidemill.storage.records import Database, Transaction, storable
from tidemill.webhooks import _repository as rows
from tidemill.webhooks.addresses import Addresses
from tidemill.webhooks.happenings import example_body
from tidemill.webhooks.posting import Message, post
from tidemill.webhooks.records import Delivery, NewWebhook, TestResult, Webhook, check_new

MOST_WEBHOOKS = 200


class Webhooks:
    """Addresses that are told what happens in a project. Thread-safe. All of it needs admin.

    addresses: which of them may be called.
    """

    def __init__(self, database: Database, addresses: Addresses) -> None:
        self.database = database
        self.addresses = addresses

    def create(self, caller: Caller, new: NewWebhook) -> Webhook:
        """Store a webhook, which is told what happens from now on.

        Raises UsageError for what cannot be one, NotAllowedAddressError for a URL that leads to a private address.
        """
        require(caller, Role.ADMIN)
        self.addresses.check_url(check_new(new).url)
        catch_up(self.database)

        def create(tx: Transaction) -> Webhook:
            if len(rows.list_all(tx, caller.project)) >= MOST_WEBHOOKS:
                raise UsageError(f"{MOST_WEBHOOKS} webhooks are the most of a project; delete one")
            id_ = rows.insert(tx, caller.project, caller.name, new, head(tx))
            tx.emit(caller.name, caller.project, Event("webhook.created", id_))
            return self._found(tx, caller, id_)

        return self.database.write(create)

    def get(self, caller: Caller, webhook_id: str) -> Webhook:
        """Return a webhook, without its secret. Raises NotFoundError."""
        require(caller, Role.ADMIN)
        return self.database.read(lambda tx: self._found(tx, caller, webhook_id))

    def list(self, caller: Caller, after: str = "", limit: int = 1000) -> Sequence[Webhook]:
        """Return webhooks in the order in which they were made, behind the one of this id."""
        require(caller, Role.ADMIN)
        return self.database.read(lambda tx: rows.list_all(tx, caller.project, after, limit))

    def update(self, caller: Caller, webhook_id: str, **changes: Any) -> Webhook:
        """Change what is given of a webhook: the fields of `NewWebhook`; None leaves one as it is.

        Raises what `create` raises, NotFoundError.
        """
        require(caller, Role.ADMIN)
        given = {name: value for name, value in changes.items() if value is not None}

        def update(tx: Transaction) -> Webhook:
            found = self._found(tx, caller, webhook_id)
            known = {name: value for name, value in asdict(found).items() if name in NewWebhook.__dataclass_fields__}
            self.addresses.check_url(check_new(replace(NewWebhook(**known), **given)).url)
            if given:
                rows.change(tx, caller.project, webhook_id, **given)
                event = Event("webhook.updated", webhook_id, {"changed": sorted(given)})
                tx.emit(caller.name, caller.project, event)
            return self._found(tx, caller, webhook_id)

        return self.database.write(update)

    def delete(self, caller: Caller, webhook_id: str) -> None:
        """Delete a webhook and what is known of its deliveries. Raises NotFoundError."""
        require(caller, Role.ADMIN)

        def delete(tx: Transaction) -> None:
            self._found(tx, caller, webhook_id)
            rows.delete(tx, caller.project, webhook_id)
            tx.emit(caller.name, caller.project, Event("webhook.deleted", webhook_id))

        self.database.write(delete)

    def deliveries(self, caller: Caller, webhook_id: str, limit: int = 100) -> Sequence[Delivery]:
        """Return what a webhook was told, and is to be told, the newest first. Raises NotFoundError."""
        require(caller, Role.ADMIN)

        def read(tx: Transaction) -> Sequence[Delivery]:
            self._found(tx, caller, webhook_id)
            return rows.deliveries(tx, caller.project, webhook_id, limit)

        return self.database.read(read)

    def test(self, caller: Caller, webhook_id: str, event: str | None = None) -> TestResult:
        """Call a webhook once, now, with an example of an event: the first that it is told of, if none is named.

        Raises NotFoundError. What goes wrong on the way is the result.
        """
        require(caller, Role.ADMIN)
        webhook = self.get(caller, webhook_id)
        secret = self.database.read(lambda tx: rows.secret_of(tx, caller.project, webhook_id))
        event = event or webhook.events[0]
        body = self.database.read(lambda tx: example_body(event, iso(tx.now)))
        try:
            answer = post(self.addresses, webhook.url, Message(new_id(), event, body), secret)
        except TidemillError as error:
            return TestResult(False, None, "", str(error))
        return TestResult(answer.taken, answer.status, storable(answer.body), None)

    @staticmethod
    def _found(tx: Transaction, caller: Caller, webhook_id: str) -> Webhook:
        found = rows.find(tx, caller.project, webhook_id)
        if found is None:
            raise not_found("webhook", webhook_id, [each.id for each in rows.list_all(tx, caller.project, limit=5)])
        return found
