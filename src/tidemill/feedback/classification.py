"""Which labels of a batch count, which are repeated, and which wait in quarantine: a pure function of what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tidemill.core import iso
from tidemill.feedback.records import CLOCK_SLACK, CONTRADICTS, IN_FUTURE, TOO_EARLY, UNKNOWN


class Known(NamedTuple):
    """What is known of a prediction: whose it is, its event time, and its label, the `number`-th, when it has one."""

    endpoint: str
    event_at: str
    number: int = 0
    label: float | None = None


class Given(NamedTuple):
    """A label as it was given; `event_at` is None when that was not said."""

    prediction_id: str
    label: float
    event_at: str | None


class Waiting(NamedTuple):
    """A label that waits in quarantine."""

    id: str
    prediction_id: str
    label: float
    event_at: str
    given_by: str
    reason: str


class Accepted(NamedTuple):
    """A label that counts from now on."""

    prediction_id: str
    number: int
    endpoint: str
    label: float
    event_at: str
    predicted_at: str


@dataclass
class Sorted:
    """A batch, sorted. `refused`: each label that waits, with its reason."""

    accepted: list[Accepted] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    refused: list[tuple[Given, str]] = field(default_factory=list)


def classify(given: Iterable[Given], known: Mapping[str, Known], now: datetime, *, correct: bool) -> Sorted:
    """Sort labels in their order; a label counts for those after it. `correct`: another value replaces the first."""
    found = Sorted()
    latest = iso(now + CLOCK_SLACK)
    present = iso(now)
    changed: dict[str, Known] = {}
    for each in given:
        id_ = each.prediction_id
        prediction = changed.get(id_) or known.get(id_)
        reason = _reason(each, prediction, latest, correct=correct)
        if reason is not None or prediction is None:
            found.refused.append((each, reason or UNKNOWN))
        elif prediction.label == each.label:
            found.repeated.append(id_)
        else:
            number, predicted_at = prediction.number + 1, prediction.event_at
            event_at = each.event_at or max(present, predicted_at)
            found.accepted.append(Accepted(id_, number, prediction.endpoint, each.label, event_at, predicted_at))
            changed[id_] = prediction._replace(number=number, label=each.label)
    return found


def _reason(each: Given, prediction: Known | None, latest: str, *, correct: bool) -> str | None:
    if prediction is None:
        return UNKNOWN
    if prediction.label is not None:
        if prediction.label == each.label:
            return None
        if not correct:
            return CONTRADICTS
    if each.event_at is not None and each.event_at < prediction.event_at:
        return TOO_EARLY
    return IN_FUTURE if each.event_at is not None and each.event_at > latest else None
