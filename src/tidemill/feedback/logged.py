"""The prediction log as columns: every logged row exactly once, whoever reads, however many do.

A reading goes on where the last one stopped. Its rows and that place are written in one transaction which checks the
place again, so that nothing is read twice or left out, whoever is killed when. A file lock for each endpoint keeps
several processes from doing the same work.

Rows that were just read stay in the log alone; once some thousands are together, or their segment is complete, they are
kept as one Parquet blob. So an endpoint of few requests does not fill the store with small files.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import polars as pl

from tidemill.core import Clock, UnavailableError, from_iso, iso, sync_folder
from tidemill.feedback import _repository as repository
from tidemill.feedback import removal
from tidemill.feedback._repository import Part, Place
from tidemill.feedback.advance import Advance, RepeatedError, write_advance
from tidemill.feedback.logged_columns import INSTANT, OWN, columns_of, union
from tidemill.feedback.parts import PartColumns
from tidemill.feedback.records import CLOCK_SLACK, CaughtUp, Span
from tidemill.feedback.removal import SegmentFacts
from tidemill.feedback.segment_reading import Segment, Stretch, list_segments, read_stretch, revisions_before
from tidemill.serving.log_seal import PLAIN, LogSeal
from tidemill.serving.records import RevisionRecord
from tidemill.storage import BlobStore, FileLock, InFlight
from tidemill.storage.records import Database

PART_ROWS = 8192
_AT_ONCE = 500

_Listing = tuple[Segment, ...]


@dataclass
class _Endpoint:
    """What one process remembers of an endpoint's log; `seen` is the listing that was read to its end."""

    folder: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    file_lock: FileLock | None = None
    seen: _Listing = ()
    finished: set[str] = field(default_factory=set)
    revisions: dict[str, dict[int, RevisionRecord]] = field(default_factory=dict)


class LoggedRows:
    """The logged predictions of all endpoints, as columns. Thread-safe.

    root: the prediction log's folder, as the data plane writes it.
    """

    def __init__(self, database: Database, blobs: BlobStore, root: Path, clock: Clock, seal: LogSeal = PLAIN) -> None:
        self._database = database
        self._root = root
        self.seal = seal
        self._clock = clock
        self._in_flight = InFlight(database.folder / "in_flight")
        self._parts = PartColumns(blobs, root, seal)
        self._endpoints: dict[tuple[str, str], _Endpoint] = {}
        self._lock = threading.Lock()

    def catch_up(self, project: str, endpoint: str) -> CaughtUp:
        """Read what was logged since the last reading, and settle labels that waited for these predictions.

        Costs a look at the folder when there is nothing new. Raises UnavailableError when the disk refuses.
        """
        known = self._endpoint(project, endpoint)
        listing = tuple(list_segments(known.folder, self.seal))
        if not listing or listing == known.seen:
            return CaughtUp()
        try:
            return self._catch_up(known, project, endpoint)
        except OSError as error:
            raise UnavailableError(
                f"the prediction log of {endpoint!r} cannot be read on ({error.strerror or error}); see to the disk "
                f"of {known.folder}"
            ) from error

    def _catch_up(self, known: _Endpoint, project: str, endpoint: str) -> CaughtUp:
        with known.lock:
            if known.file_lock is None:
                known.file_lock = FileLock(known.folder / ".reading.lock")
            with known.file_lock, self._in_flight.mark():
                listing = tuple(list_segments(known.folder, self.seal))
                changed = [each for each in listing if each not in known.seen and each.name not in known.finished]
                found = [self._read_on(known, Place(project, endpoint, each.name), each) for each in changed]
                known.seen = listing
        return _together([each for readings in found for each in readings])

    def catch_up_all(self, project: str) -> int:
        """Read what was logged for any endpoint of a project; return how many rows were new."""
        folder = self._root / project
        names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        return sum(self.catch_up(project, name).n_rows for name in names)

    def remove(self, project: str, segment: SegmentFacts) -> bool:
        """Remove a segment's file, then its predictions with their labels; False when it is still being written.

        Killed in between, it can be called again: rows without a file are removed. Raises NotFoundError or DamagedError
        when the rows cannot be read, UnavailableError when the disk refuses.
        """
        place = Place(project, segment.endpoint, segment.segment)
        file = self._root / project / segment.endpoint / f"{segment.segment}.sealed"
        open_file = file.with_suffix(".open")
        with FileLock(file.parent / ".reading.lock"):
            if open_file.exists() or (file.exists() and self.seal.size(file, file.stat().st_size) > segment.end):
                return False
            parts = self._database.read(lambda tx: removal.parts_of(tx, project, segment))
            ids = [id_ for part in parts for id_ in self._parts.get(place, part)["prediction_id"].to_list()]
            file.unlink(missing_ok=True)
            sync_folder(file.parent)
            for some in (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)):
                self._database.write(partial(removal.remove_predictions, project=project, ids=some))
            self._database.write(lambda tx: removal.remove_parts(tx, project, segment))
        return True

    def frame(self, project: str, endpoint: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return the predictions with an event time in [start, end) that were read, by event time.

        Columns: prediction_id, event_at, recorded_at, model, value, key; then all that was sent and looked up, under
        its own name (`inputs_of` gives it to a model).
        """
        first, last = iso(start), iso(end)
        parts = self._database.read(lambda tx: repository.parts_between(tx, project, endpoint, first, last))
        within = (pl.col("event_at") >= start) & (pl.col("event_at") < end)
        frames = [self.rows_of(Place(project, endpoint, part.segment), part).filter(within) for part in parts]
        frame = union(frames)
        own = list(OWN)
        return frame.select(*own, pl.exclude(own)).sort("event_at", "prediction_id")

    def rows_of(self, place: Place, part: Part) -> pl.DataFrame:
        """Return the rows of a part in the order of the log. Raises DamagedError when they are not what was kept."""
        return self._parts.get(place, part)

    def event_times(self, project: str, endpoint: str) -> pl.Series:
        """Return the event times of all predictions that were read."""
        parts = self._database.read(lambda tx: repository.parts_between(tx, project, endpoint, "", "~"))
        times = [self._parts.event_times(Place(project, endpoint, part.segment), part) for part in parts]
        return pl.concat([pl.Series("event_at", [], dtype=INSTANT), *times])

    def span(self, project: str, endpoint: str) -> Span | None:
        """Return how far the predictions that were read reach; None when there are none."""
        now = self._clock.now()
        limit = now + CLOCK_SLACK
        extent, latest, across = self._database.read(lambda tx: repository.extent(tx, project, endpoint, iso(limit)))
        if extent is None:
            return None
        instants = [from_iso(latest)] if latest is not None else []
        for part in across:
            times = self._parts.event_times(Place(project, endpoint, part.segment), part)
            plausible = times.filter(times <= limit)
            if len(plausible):
                instants.append(plausible.max().astimezone(UTC))  # type: ignore[union-attr]  # a column of instants
        return Span(from_iso(extent[0]), max(instants, default=None), from_iso(extent[1]), extent[2])

    def _endpoint(self, project: str, endpoint: str) -> _Endpoint:
        with self._lock:
            key = (project, endpoint)
            if key not in self._endpoints:
                self._endpoints[key] = _Endpoint(self._root / project / endpoint)
            return self._endpoints[key]

    def _read_on(self, known: _Endpoint, place: Place, segment: Segment) -> list[pl.DataFrame]:
        """Read a segment to its end; return the rows that were new."""
        found: list[pl.DataFrame] = []
        last = self._database.read(lambda tx: repository.last_part(tx, place))
        while True:
            growing = last if last is not None and not last.blob else None
            start = last.end if last is not None else 0
            stretch = self._stretch(known, segment, start, PART_ROWS - (growing.n_rows if growing else 0))
            complete = segment.sealed and stretch.end >= segment.n_bytes
            if stretch.end == start and not (complete and growing):
                break
            advance = Advance(place, start, stretch.end, growing, columns_of(stretch.records))
            advanced = self._advance(advance, complete=complete)
            if advanced is None:  # another process was first
                last = self._database.read(lambda tx: repository.last_part(tx, place))
                continue
            last, new = advanced
            found.append(new)
            if stretch.end >= segment.n_bytes:
                break
        if segment.sealed:
            known.finished.add(segment.name)
            known.revisions.pop(segment.name, None)
        return found

    def _stretch(self, known: _Endpoint, segment: Segment, start: int, most_rows: int) -> Stretch:
        revisions = known.revisions.get(segment.name)
        if revisions is None:
            revisions = known.revisions[segment.name] = revisions_before(segment, start) if start else {}
        return read_stretch(segment, start, revisions, max(most_rows, 1))

    def _advance(self, advance: Advance, *, complete: bool) -> tuple[Part, pl.DataFrame] | None:
        """Write new rows and how far the segment is read; return both, None when another process was first."""
        kept = self._part_of(advance, complete=complete)
        try:
            written = self._database.write(lambda tx: write_advance(tx, advance, kept))
        except RepeatedError:
            # Kept at once: read again from the log, these rows would be there twice.
            advance = self._without_repeated(advance)
            kept = self._part_of(advance, complete=True)
            if not kept.n_rows:  # read again from its start, the part would give what was left out
                kept = kept._replace(start=advance.end)
            written = self._database.write(lambda tx: write_advance(tx, advance, kept))
        if not written:
            return None
        if kept.blob:
            if advance.growing is not None:
                self._parts.forget(advance.place, advance.growing)
        else:
            self._parts.extend(advance.place, kept, advance.start, advance.rows)
        return kept, advance.rows

    def _without_repeated(self, advance: Advance) -> Advance:
        """Leave out the rows whose prediction id was read before, and all but the first of each."""
        ids, project = [id_ for id_, _ in advance.keys], advance.place.project
        known = self._database.read(lambda tx: repository.known_predictions(tx, project, ids))
        fresh = advance.rows.unique("prediction_id", keep="first", maintain_order=True)
        return replace(advance, rows=fresh.filter(~pl.col("prediction_id").is_in(list(known))))

    def _part_of(self, advance: Advance, *, complete: bool) -> Part:
        """Return the part that holds these rows and those of the growing part, kept as Parquet when it is time."""
        growing, rows = advance.growing, advance.rows
        n_rows, blob = rows.height + (growing.n_rows if growing else 0), ""
        if n_rows >= PART_ROWS or (complete and n_rows):
            before = [self._parts.get(advance.place, growing)] if growing and growing.n_rows else []
            together = union([*before, rows])
            blob, n_rows = self._parts.keep(together), together.height
        start = growing.start if growing else advance.start
        return Part(advance.place.segment, start, advance.end, blob, n_rows, *advance.extent())


def _together(frames: list[pl.DataFrame]) -> CaughtUp:
    times = [frame["event_at"] for frame in frames if frame.height]
    if not times:
        return CaughtUp()
    first, last = min(time.min() for time in times), max(time.max() for time in times)  # type: ignore[type-var]
    return CaughtUp(sum(map(len, times)), first.astimezone(UTC), last.astimezone(UTC))  # type: ignore[union-attr]
