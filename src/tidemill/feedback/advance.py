"""One step of a reading: new rows of a segment and the place where the next step begins, written together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from tidemill.core import iso
from tidemill.feedback import _repository as repository
from tidemill.feedback._repository import Part, Place
from tidemill.feedback.logged_columns import iso_texts
from tidemill.feedback.settling import settle_waiting
from tidemill.storage.records import Transaction


class RepeatedError(Exception):
    """Some rows have an id that was read before."""


@dataclass(frozen=True)
class Advance:
    """New rows of a segment: where they begin and end, and the part that they extend, if any.

    keys: the rows' prediction ids and event times as they are stored.
    """

    place: Place
    start: int
    end: int
    growing: Part | None
    rows: pl.DataFrame

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        return list(zip(self.rows["prediction_id"].to_list(), iso_texts(self.rows["event_at"]), strict=True))

    def extent(self) -> tuple[str | None, str | None, str | None]:
        """Return the first and last event time and the last recorded time, also of the part that grows."""
        first: list[str | None] = [self.growing.first_event_at] if self.growing else []
        last: list[str | None] = [self.growing.last_event_at] if self.growing else []
        recorded: list[str | None] = [self.growing.last_recorded_at] if self.growing else []
        if self.rows.height:
            times = [at for _, at in self.keys]
            first.append(min(times))
            last.append(max(times))
            recorded.append(iso(self.rows["recorded_at"].max()))  # type: ignore[arg-type]  # a column of instants
        return (
            min(filter(None, first), default=None),
            max(filter(None, last), default=None),
            max(filter(None, recorded), default=None),
        )


def write_advance(tx: Transaction, advance: Advance, part: Part) -> bool:
    """Write ids and part, and let labels count that waited; False when somebody else was first.

    Raises RepeatedError, with nothing written.
    """
    last = repository.last_part(tx, advance.place)
    if (last.end if last is not None else 0) != advance.start or (advance.growing or last) != last:
        return False
    if repository.insert_predictions(tx, advance.place, advance.keys) != len(advance.keys):
        raise RepeatedError
    repository.put_part(tx, advance.place, part)
    settle_waiting(tx, advance.place.project, [id_ for id_, _ in advance.keys])
    return True
