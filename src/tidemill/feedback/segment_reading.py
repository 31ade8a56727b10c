"""Reading on in one segment of the prediction log: new whole records, from where reading stopped.

A segment is known by its name without the ending, since `.open` becomes `.sealed` while it is read. A torn tail is
left for later: the writer may still be at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidemill.serving.log_seal import PLAIN, Content, LogSeal
from tidemill.serving.records import PredictionsRecord, RevisionRecord, decode_record, is_revision
from tidemill.serving.segments import Damage, SegmentName
from tidemill.storage.encryption.sealed_stream import is_sealed

_PIECE_BYTES = 8 << 20
_HEADER_BYTES = 12

Logged = tuple[RevisionRecord, PredictionsRecord]


@dataclass(frozen=True)
class Segment:
    """A segment as a listing of its folder found it."""

    folder: Path
    name: str
    sealed: bool
    n_bytes: int
    seal: LogSeal = PLAIN

    def read(self, start: int, n_bytes: int) -> Content:
        """Return bytes of it, fewer at its end; none when it is gone. Raises DamagedError."""
        for ending in (".sealed", ".open", ".sealed"):  # it may be renamed between two looks
            path = self.folder / f"{self.name}{ending}"
            try:
                with path.open("rb") as file:
                    if self.seal.seals and is_sealed(file.read(16)):
                        file.seek(0)
                        return self.seal.content(path, file.read()).part(start, n_bytes)
                    file.seek(start)
                    return Content(file.read(n_bytes))
            except FileNotFoundError:
                continue
        return Content(b"")


@dataclass(frozen=True)
class Stretch:
    """Records of one stretch of a segment; `end` is where reading goes on."""

    records: list[Logged]
    end: int
    n_rows: int


def list_segments(folder: Path, seal: LogSeal = PLAIN) -> list[Segment]:
    """Return the segments of an endpoint in the order they were begun; none when nothing was logged."""
    found = []
    try:
        paths = list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    for path in paths:
        name = SegmentName.parse(path.name)
        if name is None:
            continue
        try:
            found.append((name, Segment(folder, path.stem, name.sealed, seal.size(path, path.stat().st_size), seal)))
        except FileNotFoundError:  # sealed since it was listed; the next look sees it
            continue
    return [segment for _, segment in sorted(found, key=lambda item: (item[0].epoch, item[0].worker, item[0].number))]


def read_stretch(segment: Segment, start: int, revisions: dict[int, RevisionRecord], most_rows: int) -> Stretch:
    """Return the next whole records from `start`, until they hold `most_rows` rows or no more are there.

    revisions: those described so far in this segment; the ones that are met are added.
    """
    records: list[Logged] = []
    n_rows, end, piece = 0, start, _PIECE_BYTES
    while n_rows < most_rows:
        data = segment.read(end, piece)
        base = end
        for offset, n_framed, payload in _whole(segment, data):
            end = base + offset + _HEADER_BYTES + n_framed
            record = decode_record(payload)
            if isinstance(record, RevisionRecord):
                revisions[record.revision] = record
                continue
            if record.revision not in revisions:  # described in what another process has read since
                revisions |= revisions_before(segment, base + offset)
            if record.revision in revisions:
                records.append((revisions[record.revision], record))
                n_rows += len(record.values)
                if n_rows >= most_rows:
                    break
        if len(data.data) < piece:
            break
        if end == base:  # one frame, or one damage, is longer than the piece
            piece *= 2
    return Stretch(records, end, n_rows)


def revisions_before(segment: Segment, end: int, start: int = 0) -> dict[int, RevisionRecord]:
    """Return the revisions that a segment describes before a position; `start` is where a record begins."""
    data = segment.read(start, end - start)
    found = (decode_record(payload) for _, _, payload in _whole(segment, data) if is_revision(payload))
    return {record.revision: record for record in found if isinstance(record, RevisionRecord)}


def _whole(segment: Segment, data: Content) -> Iterator[tuple[int, int, bytes]]:
    for found in segment.seal.frames(segment.folder / segment.name, data):
        if not isinstance(found, Damage):
            yield found
