"""The event log, taken up into deliveries: which webhook is to be told what, stored with the follower's position."""

from __future__ import annotations

from tidemill.storage.followers import advance, catch_up, head, position_of, read_after
from tidemill.storage.records import Database, Transaction
from tidemill.webhooks import _repository as rows
from tidemill.webhooks.happenings import happenings, is_mlflows, kinds_of
from tidemill.webhooks.records import ACTIVE, DELIVERED, FAILED
from tidemill.webhooks.registry_facts import registry_facts

_FOLLOWER = "webhooks"
_MOST = 500
#: How far back what was delivered is remembered.
_KEPT_POSITIONS = 100_000


def take_up(database: Database, project: str) -> None:
    """Store deliveries for all that has happened since the last time: each in the transaction that moves the position.

    Whoever is killed has done both, or neither.
    """
    catch_up(database)
    while database.read(lambda tx: head(tx) > position_of(tx, project, _FOLLOWER)):
        if not database.write(lambda tx: _take_up(tx, project)):
            return


def _take_up(tx: Transaction, project: str) -> bool:
    """Take up some events; tell whether there may be more."""
    last = head(tx)
    webhooks = [each for each in rows.list_all(tx, project) if each.status == ACTIVE]
    if not webhooks:
        advance(tx, project, _FOLLOWER, last)
        return False
    since = rows.since_by_id(tx, project)
    kinds = kinds_of([event for each in webhooks for event in each.events])
    events = read_after(tx, project, _FOLLOWER, kinds, _MOST)
    for record in events:
        position = record.position or 0
        facts = registry_facts(tx, project, record) if is_mlflows(record) else {}
        for webhook in webhooks:
            if position > since[webhook.id]:
                for happening in happenings(record, project, webhook.events, facts):
                    rows.add_delivery(tx, project, webhook.id, position, (happening, record.at))
    if len(events) == _MOST and events[-1].position is not None:
        last = events[-1].position
    for webhook in webhooks:
        rows.forget_before(tx, project, webhook.id, last - _KEPT_POSITIONS, (DELIVERED, FAILED))
    advance(tx, project, _FOLLOWER, last)
    return len(events) == _MOST
