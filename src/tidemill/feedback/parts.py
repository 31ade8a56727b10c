"""The columns of parts: kept as Parquet blobs, or still to be read from the log; the last ones in memory."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from pathlib import Path

import polars as pl

from tidemill.feedback._repository import Part, Place
from tidemill.feedback.logged_columns import columns_of, union
from tidemill.feedback.segment_reading import Segment, read_stretch, revisions_before
from tidemill.serving.log_seal import PLAIN, LogSeal
from tidemill.serving.records import RevisionRecord
from tidemill.storage import BlobStore

_MOST_ROWS_HELD = 60_000

_Key = tuple[str, ...]


class PartColumns:
    """Reads and keeps the columns of parts. Thread-safe.

    A part that is still growing is held as the list of frames that were read one after the other.
    """

    def __init__(self, blobs: BlobStore, root: Path, seal: LogSeal = PLAIN) -> None:
        self._blobs = blobs
        self._root = root
        self._seal = seal
        self._revisions: dict[tuple[str, str], tuple[str, int, dict[int, RevisionRecord]]] = {}
        self._held: OrderedDict[_Key, tuple[int, list[pl.DataFrame]]] = OrderedDict()
        self._n_held = 0
        self._lock = threading.Lock()

    def get(self, place: Place, part: Part) -> pl.DataFrame:
        """Return a part's rows. Raises DamagedError or NotFoundError when its blob is not what was kept."""
        key = _key(place, part)
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
        if held is not None and held[0] == part.end:
            frames = held[1]
            if len(frames) == 1:
                return frames[0]
        elif part.blob:
            frames = [pl.read_parquet(self._blobs.get(part.blob))]
        else:
            frames = self._read_on(place, part, held)
        frame = union(frames)
        self._hold(key, part.end, [frame])
        return frame

    def event_times(self, place: Place, part: Part) -> pl.Series:
        """Return the event times of a part, of a kept one without reading its other columns."""
        with self._lock:
            held = _key(place, part) in self._held
        if held or not part.blob:
            return self.get(place, part)["event_at"]
        return pl.read_parquet(self._blobs.get(part.blob), columns=["event_at"])["event_at"]

    def keep(self, frame: pl.DataFrame) -> str:
        """Store rows as Parquet and return the blob's digest."""
        file = io.BytesIO()
        frame.write_parquet(file, compression="lz4", statistics=False)
        return self._blobs.put(file.getvalue())

    def extend(self, place: Place, part: Part, before: int, frame: pl.DataFrame) -> None:
        """Remember the rows by which a growing part grew, when those up to `before` are held."""
        key = _key(place, part)
        with self._lock:
            held = self._held.get(key)
        if before == part.start:
            self._hold(key, part.end, [frame])
        elif held is not None and held[0] == before:
            self._hold(key, part.end, [*held[1], frame])

    def forget(self, place: Place, part: Part) -> None:
        """Drop what is held of a part."""
        with self._lock:
            self._drop(_key(place, part))

    def _hold(self, key: _Key, end: int, frames: list[pl.DataFrame]) -> None:
        with self._lock:
            self._drop(key)
            self._held[key] = (end, frames)
            self._n_held += sum(frame.height for frame in frames)
            while self._n_held > _MOST_ROWS_HELD and len(self._held) > 1:
                self._drop(next(iter(self._held)))

    def _drop(self, key: _Key) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._n_held -= sum(frame.height for frame in held[1])

    def _read_on(self, place: Place, part: Part, held: tuple[int, list[pl.DataFrame]] | None) -> list[pl.DataFrame]:
        """Return the rows of a growing part, read from where those end that are held."""
        start, before = held if held is not None and held[0] < part.end else (part.start, [])
        folder = self._root / place.project / place.endpoint
        segment = Segment(folder, place.segment, sealed=False, n_bytes=part.end, seal=self._seal)
        revisions = self._revisions_before(place, segment, start)
        n_rows = part.n_rows - sum(frame.height for frame in before)
        stretch = read_stretch(segment, start, revisions, n_rows)
        with self._lock:
            self._revisions[place.project, place.endpoint] = (place.segment, stretch.end, revisions)
        return [*before, columns_of(stretch.records)]

    def _revisions_before(self, place: Place, segment: Segment, start: int) -> dict[int, RevisionRecord]:
        """Return the revisions that a segment describes before a position, read from where they are known."""
        with self._lock:
            of, until, known = self._revisions.get((place.project, place.endpoint), ("", 0, {}))
        if of != place.segment or until > start:
            until, known = 0, {}
        return known | revisions_before(segment, start, until)


def _key(place: Place, part: Part) -> _Key:
    return (part.blob,) if part.blob else (*place, str(part.start))
