"""Labels that came before their prediction: they count as soon as it is read from the log."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.core import Event, iso
from tidemill.feedback import _repository as repository
from tidemill.feedback.classification import Accepted, Given, Known, classify
from tidemill.feedback.records import UNKNOWN
from tidemill.storage.records import Transaction


def settle_waiting(tx: Transaction, project: str, ids: Sequence[str]) -> None:
    """Let labels count that waited for these predictions; one that may not gets the reason for that."""
    if not repository.anything_waits(tx, project):
        return
    waiting = [each for each in repository.waiting(tx, project, ids) if each.reason == UNKNOWN]
    if not waiting:
        return
    known = repository.known_predictions(tx, project, {each.prediction_id for each in waiting})
    accepted: dict[str, list[Accepted]] = {}
    settled: list[str] = []
    moved: dict[str, str] = {}
    for each in waiting:
        given = Given(each.prediction_id, each.label, each.event_at or None)
        found = classify([given], known, tx.now, correct=False)
        for label in found.accepted:
            accepted.setdefault(each.given_by, []).append(label)
            known[label.prediction_id] = Known(label.endpoint, label.predicted_at, label.number, label.label)
        if found.refused:
            moved[each.id] = found.refused[0][1]
        else:
            settled.append(each.id)
    for given_by, labels in accepted.items():
        repository.insert_labels(tx, project, labels, given_by, iso(tx.now))
    repository.settle(tx, project, settled, moved, iso(tx.now))
    endpoints = sorted({label.endpoint for labels in accepted.values() for label in labels})
    counts = {"n_accepted": sum(map(len, accepted.values())), "n_settled": len(settled)}
    tx.emit("tidemill", project, Event("labels.recorded", ",".join(endpoints) or "quarantine", counts))
