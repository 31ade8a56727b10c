"""Reading the prediction log: every answered prediction, with the row as sent and the features as used.

    <root>/<project>/<endpoint>/<worker>-<epoch>-<number>.open|.sealed

Reading never waits for the data plane and never writes. What a crash tore off or a disk damaged is passed
over and told by `damage`.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tidemill.core import id_time, is_id, nearest_utc
from tidemill.serving.log_seal import PLAIN, LogSeal
from tidemill.serving.records import PredictionsRecord, RevisionRecord, decode_record, is_revision
from tidemill.serving.segments import HEADER_BYTES, Damage, SegmentName, frame_offsets, payload_at
from tidemill.storage.online_values import decode_value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True)
class LoggedFeatures:
    """The values of one feature view that a prediction used; `event_at` is when they were known."""

    event_at: datetime
    values: dict[str, Any]


@dataclass(frozen=True)
class LoggedPrediction:
    """One answered prediction.

    event_at: the row's event time, else when it was answered. value: None where the model gave no finite number.
    features: by view; None where no value was known, or only an older one than its TTL allows.
    """

    prediction_id: str
    recorded_at: datetime
    event_at: datetime
    project: str
    endpoint: str
    revision: int
    model: str
    row: dict[str, Any]
    key: str | int | None
    features: dict[str, LoggedFeatures | None] = field(default_factory=dict)
    value: float | None = None
    request_id: str | None = None


class PredictionLog:
    """The prediction log under a folder. Thread-safe: it keeps nothing open."""

    def __init__(self, root: Path, seal: LogSeal = PLAIN) -> None:
        self._root = root
        self._seal = seal

    def find(self, prediction_id: str) -> LoggedPrediction | None:
        """Return the prediction with that id, None when it is not in the log."""
        if not is_id(prediction_id):
            return None
        raw = bytes.fromhex(prediction_id)
        answered = id_time(prediction_id)
        segments = [(folder, path) for folder in self._folders() for path in _segments(folder)]
        # The likely files first; the others too, since clocks are set back.
        segments.sort(key=lambda item: not _may_hold(item[1], answered))
        for folder, path in segments:
            data = _read(path) if self._seal.seals else _read_if_holds(path, raw)
            if data is None:
                continue
            for prediction in _predictions(self._seal, folder, path, data, raw):
                if prediction.prediction_id == prediction_id:
                    return prediction
        return None

    def scan(self, project: str, endpoint: str) -> Iterator[LoggedPrediction]:
        """Yield the predictions of an endpoint, worker by worker in the order they were answered."""
        folder = self._root / project / endpoint
        for path in _segments(folder):
            yield from _predictions(self._seal, folder, path, _read(path))

    def tail(self, project: str, endpoint: str, limit: int) -> list[LoggedPrediction]:
        """Return the last predictions of an endpoint, newest first, reading no more than it takes."""
        folder = self._root / project / endpoint
        found: list[LoggedPrediction] = []
        for path in reversed(_segments(folder)):
            for revision, record in _backwards(self._seal, path):
                found += reversed(list(_rows(folder, revision, record)))
                if len(found) >= limit:
                    return found[:limit]
        return found

    def count(self, project: str, endpoint: str) -> int:
        """Return how many predictions of an endpoint can be read."""
        segments = _segments(self._root / project / endpoint)
        return sum(len(record.values) for path in segments for record in _split(self._seal, path)[1])

    def endpoints(self) -> list[tuple[str, str]]:
        """Return (project, endpoint) of everything that has logged."""
        return [(folder.parent.name, folder.name) for folder in self._folders()]

    def damage(self, project: str, endpoint: str) -> list[Damage]:
        """Return what cannot be read. The tail of a segment in writing is not damage."""
        found: list[Damage] = []
        for path in _segments(self._root / project / endpoint):
            bad = [
                item
                for item in self._seal.frames(path, self._seal.content(path, _read(path)))
                if isinstance(item, Damage)
            ]
            found.extend(item for item in bad if not (item.tail and path.suffix == ".open"))
        return found

    def _folders(self) -> list[Path]:
        return sorted(folder for folder in self._root.glob("*/*") if folder.is_dir())


def _segments(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    named = [(SegmentName.parse(path.name), path) for path in folder.iterdir()]
    known = [(name, path) for name, path in named if name is not None]
    return [path for _, path in sorted(known, key=lambda item: (item[0].epoch, item[0].worker, item[0].number))]


def _may_hold(path: Path, answered: datetime) -> bool:
    name = SegmentName.parse(path.name)
    try:
        ended = _EPOCH + timedelta(seconds=path.stat().st_mtime)
    except FileNotFoundError:  # sealed meanwhile: look into it
        return True
    return name is not None and id_time(name.epoch) - _CLOCK_SLACK <= answered <= ended + _CLOCK_SLACK


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # sealed since it was listed
        sealed = path.with_suffix(".sealed")
        return sealed.read_bytes() if sealed.exists() else b""


def _read_if_holds(path: Path, raw: bytes) -> bytes | None:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return mapped[:] if mapped.find(raw) >= 0 else None
    except ValueError:  # an empty file cannot be mapped
        return None
    except FileNotFoundError:
        data = _read(path)
        return data if raw in data else None


def _predictions(seal: LogSeal, folder: Path, path: Path, data: bytes, only: bytes = b"") -> Iterator[LoggedPrediction]:
    revisions: dict[int, RevisionRecord] = {}
    for found in seal.frames(path, seal.content(path, data)):
        if isinstance(found, Damage):
            continue
        payload = found[2]
        if only not in payload and not is_revision(payload):
            continue
        record = decode_record(payload)
        if isinstance(record, RevisionRecord):
            revisions[record.revision] = record
        elif record.revision in revisions:
            yield from _rows(folder, revisions[record.revision], record)


def _split(seal: LogSeal, path: Path) -> tuple[dict[int, RevisionRecord], list[PredictionsRecord]]:
    revisions: dict[int, RevisionRecord] = {}
    records: list[PredictionsRecord] = []
    for found in seal.frames(path, seal.content(path, _read(path))):
        if isinstance(found, Damage):
            continue
        record = decode_record(found[2])
        if isinstance(record, RevisionRecord):
            revisions[record.revision] = record
        else:
            records.append(record)
    return revisions, records


def _backwards(seal: LogSeal, path: Path) -> Iterator[tuple[RevisionRecord, PredictionsRecord]]:
    """Yield the records of a segment, last first, reading and decoding no more than is asked for."""
    with _mapped(path) as data:
        # What a sealed frame is shows only once it is opened.
        offsets = None if seal.seals else frame_offsets(data)
        if offsets is None:
            revisions, records = _split(seal, path)
            yield from ((revisions[each.revision], each) for each in reversed(records) if each.revision in revisions)
            return
        known: dict[int, RevisionRecord] = {}
        answered: list[int] = []
        for offset in offsets:
            if not is_revision(data[offset + HEADER_BYTES : offset + HEADER_BYTES + 2]):
                answered.append(offset)
            elif isinstance(found := _record_at(data, offset), RevisionRecord):
                known[found.revision] = found
        for offset in reversed(answered):
            record = _record_at(data, offset)
            if isinstance(record, PredictionsRecord) and record.revision in known:
                yield known[record.revision], record


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | bytes]:
    """Map a segment, so that only what is looked at is read."""
    with ExitStack() as opened:
        data: mmap.mmap | bytes
        try:
            file = opened.enter_context(path.open("rb"))
            data = opened.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (FileNotFoundError, ValueError):  # sealed since it was listed; empty
            data = _read(path)
        yield data


def _record_at(data: mmap.mmap | bytes, offset: int) -> RevisionRecord | PredictionsRecord | None:
    payload = payload_at(data, offset)
    return None if payload is None else decode_record(payload)


def _rows(folder: Path, revision: RevisionRecord, record: PredictionsRecord) -> Iterator[LoggedPrediction]:
    request = msgspec.json.decode(record.body)
    recorded_at = _EPOCH + timedelta(microseconds=record.recorded_at_us)
    for index, row in enumerate(request["rows"]):
        sent = row.get(revision.event_time) if revision.event_time else None
        yield LoggedPrediction(
            prediction_id=record.ids[16 * index : 16 * index + 16].hex(),
            recorded_at=recorded_at,
            event_at=_instant(sent) if sent else recorded_at,
            project=folder.parent.name,
            endpoint=folder.name,
            revision=record.revision,
            model=revision.model,
            row=row,
            key=row.get(revision.key) if revision.key else None,
            features=_features(revision, record, index),
            value=record.values[index],
            request_id=request.get("request_id"),
        )


def _instant(text: str) -> datetime:
    # The calendar's end for what is beyond it in UTC: such a row was let in once, and must be readable.
    return nearest_utc(msgspec.convert(text, datetime))


def _features(revision: RevisionRecord, record: PredictionsRecord, index: int) -> dict[str, LoggedFeatures | None]:
    features: dict[str, LoggedFeatures | None] = {}
    for (view, columns), values in zip(revision.views, record.features, strict=True):
        stored = values[index]
        if stored is None:
            features[view] = None
            continue
        event_at_ms, scalars = decode_value(stored)
        event_at = _EPOCH + timedelta(milliseconds=event_at_ms)
        features[view] = LoggedFeatures(event_at, dict(zip(columns, scalars, strict=True)))
    return features
