"""Which labels of a batch count, which are repeated, and which wait in quarantine: a pure function of what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def classify(given: Sequence[Given], known: Mapping[str, Known], now: datetime, *, correct: bool) -> Sorted:
    """Sort labels in their order; a label counts for those after it. `correct`: another value replaces the first."""
    found = Sorted()
    accepted, present, latest = found.accepted, iso(now), iso(now + CLOCK_SLACK)
    changed: dict[str, Known] = {}
    repeats = len({each.prediction_id for each in given}) < len(given)
    for each in given:
        id_, value, at = each
        prediction = changed.get(id_) or known.get(id_)
        if prediction is None:
            found.refused.append((each, UNKNOWN))
            continue
        endpoint, predicted_at, number, label = prediction
        if label == value:
            found.repeated.append(id_)
        elif label is not None and not correct:
            found.refused.append((each, CONTRADICTS))
        elif at is not None and at < predicted_at:
            found.refused.append((each, TOO_EARLY))
        elif at is not None and at > latest:
            found.refused.append((each, IN_FUTURE))
        else:
            known_at = at or max(present, predicted_at)
            accepted.append(Accepted(id_, number + 1, endpoint, value, known_at, predicted_at))
            if repeats:
                changed[id_] = Known(endpoint, predicted_at, number + 1, value)
    return found
