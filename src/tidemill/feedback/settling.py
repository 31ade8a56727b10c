"""Labels that came before their prediction: they count as soon as it is read from the log."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.core import Event, iso
from tidemill.feedback import _repository as repository
from tidemill.feedback._repository import LabelRow
from tidemill.feedback.classification import Given, classify
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
    accepted: list[LabelRow] = []
    settled: list[str] = []
    moved: dict[str, str] = {}
    for each in waiting:
        given = Given(each.prediction_id, each.label, each.event_at or None)
        found = classify([given], known, tx.now, correct=False)
        for label in found.accepted:
            accepted.append(LabelRow(*label, each.given_by))
            known[label.prediction_id] = known[label.prediction_id]._replace(number=label.number, label=label.label)
        if found.refused:
            moved[each.id] = found.refused[0][1]
        else:
            settled.append(each.id)
    repository.insert_labels(tx, project, accepted, iso(tx.now))
    repository.settle(tx, project, settled, moved, iso(tx.now))
    counts = {"n_accepted": len(accepted), "n_settled": len(settled)}
    tx.emit("tidemill", project, Event("labels.recorded", ",".join(sorted({a.endpoint for a in accepted})), counts))
