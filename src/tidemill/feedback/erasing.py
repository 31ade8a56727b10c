"""Taking erased keys out of logged predictions and their labels. Ids and instants stay, for the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl
import sqlalchemy as sa

from tidemill.core import iso
from tidemill.data import ErasedKeys
from tidemill.feedback import _repository as repository
from tidemill.feedback._repository import Part, Place
from tidemill.feedback._tables import label_table, prediction_part_table, quarantined_label_table
from tidemill.feedback.logged import LoggedRows
from tidemill.feedback.logged_columns import inputs_of
from tidemill.feedback.parts import PartColumns
from tidemill.serving.erasing import blank_predictions, complete_segments
from tidemill.storage import BlobStore, FileLock, InFlight
from tidemill.storage.records import Database, Transaction

_STAYS = ("prediction_id", "event_at", "recorded_at", "model")
_AT_ONCE = 500

#: Called in the transaction that stops naming blobs.
NoteBlobs = Callable[[Transaction, Sequence[str]], None]


class HeldPrediction(NamedTuple):
    """A logged prediction of an erased key."""

    prediction_id: str
    endpoint: str
    model: str
    recorded_at: str


@dataclass(frozen=True)
class Sought:
    """What is looked for: keys; and keys derived from them, in the predictions of models that knew these rows."""

    keys: ErasedKeys
    derived: ErasedKeys
    models: Set[str] = frozenset()


class PredictionErasure:
    """Finds and blanks the predictions of erased keys in a project's log.

    root: the prediction log's folder. within_s: how long to wait for a live worker to complete its segment.
    """

    def __init__(
        self, database: Database, blobs: BlobStore, logged: LoggedRows, root: Path, within_s: float = 5.0
    ) -> None:
        self._database = database
        self._logged = logged
        self._root = root
        self._parts = PartColumns(blobs, root, logged.seal)
        self._within_s = within_s

    def endpoints(self, project: str) -> list[str]:
        """Return the endpoints that have logged."""
        folder = self._root / project
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def columns(self, project: str) -> set[str]:
        """Return the names of what was ever sent or looked up, read from the newest part of each endpoint."""
        names: set[str] = set()
        for endpoint in self.endpoints(project):
            self._logged.catch_up(project, endpoint)
            for part in self._all_parts(project, endpoint)[-1:]:
                names |= set(inputs_of(self._logged.rows_of(Place(project, endpoint, part.segment), part)).columns)
        return names

    def complete(self, project: str) -> list[str]:
        """Have every segment completed and read; return those that a worker still writes. Raises UnavailableError."""
        waiting = []
        for endpoint in self.endpoints(project):
            waiting += [
                f"{endpoint}/{name}" for name in complete_segments(self._root / project / endpoint, self._within_s)
            ]
            self._logged.catch_up(project, endpoint)
        return waiting

    def find(self, project: str, sought: Sought, *, growing: bool = True) -> list[HeldPrediction]:
        """Return the predictions that were read and hold a key. growing: also those of segments still in writing."""
        found = []
        for endpoint in self.endpoints(project):
            self._logged.catch_up(project, endpoint)
            for rows in self._held(project, endpoint, sought, growing=growing):
                told = rows.select("prediction_id", "model", "recorded_at")
                found += [HeldPrediction(id_, endpoint, model, iso(at)) for id_, model, at in told.iter_rows()]
        return found

    def blank(self, project: str, ids: Set[str], note: NoteBlobs) -> int:
        """Blank these predictions in the log and in its columns, and remove their labels; return how many labels went.

        All of it may be repeated. Raises OSError.
        """
        for endpoint in self.endpoints(project):
            with InFlight(self._database.folder / "in_flight").mark():
                for part in self._all_parts(project, endpoint):
                    if part.blob:
                        self._blank_part(Place(project, endpoint, part.segment), part, ids, note)
            folder = self._root / project / endpoint
            with FileLock(folder / ".reading.lock"):
                blank_predictions(folder, ids, self._logged.seal)
        return sum(self._database.write(partial(_remove_labels, project, some)) for some in _some(ids))

    def count_labels(self, project: str, ids: Set[str]) -> int:
        """Return how many labels these predictions have, those in quarantine too."""
        return sum(self._database.read(partial(_count, project, some)) for some in _some(ids))

    def _all_parts(self, project: str, endpoint: str) -> list[Part]:
        return self._database.read(lambda tx: repository.parts_since(tx, project, endpoint, ""))

    def _held(self, project: str, endpoint: str, sought: Sought, *, growing: bool) -> Iterator[pl.DataFrame]:
        for part in self._all_parts(project, endpoint):
            if part.blob or growing:
                frame = self._logged.rows_of(Place(project, endpoint, part.segment), part)
                yield frame.filter(_mask(frame, sought))

    def _blank_part(self, place: Place, part: Part, ids: Set[str], note: NoteBlobs) -> None:
        frame = self._logged.rows_of(place, part)
        mine = frame["prediction_id"].is_in(list(ids))
        inputs = [name for name in frame.columns if name not in _STAYS]
        if not mine.any() or all(frame[name].filter(mine).is_null().all() for name in inputs):
            return
        blanks = [pl.when(~mine).then(pl.col(name)).alias(name) for name in inputs]
        blob = self._parts.keep(frame.with_columns(blanks))
        table = prediction_part_table

        def write(tx: Transaction) -> None:
            of = (table.c.project_id == place.project, table.c.endpoint == place.endpoint)
            at = (table.c.segment == place.segment, table.c.start == part.start, table.c.blob == part.blob)
            tx.execute(sa.update(table).where(*of, *at).values(blob=blob))
            note(tx, (part.blob,))

        self._database.write(write)


def _mask(frame: pl.DataFrame, sought: Sought) -> pl.Series:
    found = sought.keys.mask(inputs_of(frame))
    if sought.derived and sought.models:
        theirs = frame["model"].is_in(list(sought.models))
        for (name,) in (columns for columns in sought.derived.hashes if len(columns) == 1):
            found |= theirs & sought.derived.mask(frame.select(pl.col("key").alias(name)))
    return found


def _some(ids: Set[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


def _remove_labels(project: str, ids: Sequence[str], tx: Transaction) -> int:
    n_labels = _count(project, ids, tx)
    for table in (label_table, quarantined_label_table):
        tx.execute(sa.delete(table).where(table.c.project_id == project, table.c.prediction_id.in_(ids)))
    return n_labels


def _count(project: str, ids: Sequence[str], tx: Transaction) -> int:
    n_labels = 0
    for table in (label_table, quarantined_label_table):
        mine = (table.c.project_id == project, table.c.prediction_id.in_(ids))
        n_labels += int(tx.scalar(sa.select(sa.func.count()).select_from(table).where(*mine)))
    return n_labels
