"""Reading what other workers have logged for an endpoint, and what this worker's predecessors had, as it grows.

At the first reading it begins near the end: `TAIL_BYTES` of each worker's log, and nothing that is older than an hour
by the machine's clock. Later readings go on where the last one stopped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tidemill.serving.log_seal import PLAIN, LogSeal
from tidemill.serving.log_writer import DESCRIBE_EVERY_BYTES
from tidemill.serving.records import PredictionsRecord, RevisionRecord, decode_record, is_revision
from tidemill.serving.segments import Damage, SegmentName

TAIL_BYTES = 16 << 20
RECENT_S = 3600.0
# A segment in writing is always followed, from where the last description of its revision must be.
_LEAST_BYTES = 2 * DESCRIBE_EVERY_BYTES
# File systems stamp a folder with a clock that stands still for some milliseconds.
_STAMP_NS = 50_000_000


@dataclass
class _Followed:
    """A segment that may still grow. Its descriptor outlives its renaming."""

    path: Path
    descriptor: int
    position: int
    sealed: bool
    revisions: dict[int, RevisionRecord] = field(default_factory=dict)


class LogFollower:
    """Follows the segments of an endpoint's folder, but those of one epoch. Not thread-safe.

    only: bytes that a predictions record must hold to be worth decoding.
    """

    def __init__(
        self, folder: Path, epoch: str, only: bytes, tail_bytes: int = TAIL_BYTES, seal: LogSeal = PLAIN
    ) -> None:
        self._folder = folder
        self._epoch = epoch
        self._only = only
        self._seal = seal
        self._tail_bytes = tail_bytes
        self._followed: dict[tuple[str, str, int], _Followed] = {}
        self._done: set[tuple[str, str, int]] = set()
        self._listed_ns = -1

    def read(self) -> Iterator[tuple[RevisionRecord, PredictionsRecord]]:
        """Yield what was logged since the last reading, each worker's in order. Raises OSError."""
        self._list()
        for key, followed in list(self._followed.items()):
            yield from self._read(followed)
            if followed.sealed:
                os.close(followed.descriptor)
                self._done.add(key)
                del self._followed[key]

    def _read(self, followed: _Followed) -> Iterator[tuple[RevisionRecord, PredictionsRecord]]:
        n_bytes = os.fstat(followed.descriptor).st_size - followed.position
        if n_bytes <= 0:
            return
        data = os.pread(followed.descriptor, n_bytes, followed.position)
        began, followed.position = followed.position, followed.position + len(data)
        for found in self._seal.frames(followed.path, data):
            if isinstance(found, Damage):
                if found.tail:  # being written: it is whole the next time
                    followed.position = began + found.offset
                continue
            payload = found[2]
            if not (is_revision(payload) or self._only in payload):
                continue
            record = decode_record(payload)
            if isinstance(record, RevisionRecord):
                followed.revisions[record.revision] = record
            elif record.revision in followed.revisions:
                yield followed.revisions[record.revision], record

    def _list(self) -> None:
        try:
            changed_ns = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if changed_ns == self._listed_ns:
            return
        listed_ns = time.time_ns()
        present: dict[tuple[str, str, int], Path] = {}
        for name in os.listdir(self._folder):  # noqa: PTH208 - names only
            segment = SegmentName.parse(name)
            if segment is not None and segment.epoch != self._epoch:
                present[segment.worker, segment.epoch, segment.number] = self._folder / name
        for key, followed in self._followed.items():
            followed.sealed = key not in present or present[key].suffix == ".sealed"
        self._open({key: path for key, path in present.items() if key not in self._followed and key not in self._done})
        # A file made within the folder's present stamp would go unseen: then it is listed again the next time.
        self._listed_ns = changed_ns if listed_ns - changed_ns > _STAMP_NS else -1

    def _open(self, new: dict[tuple[str, str, int], Path]) -> None:
        """Begin to follow segments, each worker's newest first until its share of the tail is used up."""
        left: dict[str, int] = {}
        opened = []
        for key, path in sorted(new.items(), key=lambda item: item[0][1:], reverse=True):
            share = left.setdefault(key[0], self._tail_bytes)
            followed = _opened(path, share)
            if followed is None:
                self._done.add(key)
                continue
            left[key[0]] -= os.fstat(followed.descriptor).st_size
            opened.append((key, followed))
        self._followed.update(reversed(opened))


def _opened(path: Path, share: int) -> _Followed | None:
    """Return a segment to follow, None when it is complete and nothing of it is wanted."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # sealed since it was listed
        path = path.with_suffix(".sealed")
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:  # and removed, since it was empty
            return None
    stat, sealed = os.fstat(descriptor), path.suffix == ".sealed"
    wanted = share if time.time() - stat.st_mtime <= RECENT_S else 0
    if sealed and wanted <= 0:
        os.close(descriptor)
        return None
    return _Followed(path, descriptor, max(0, stat.st_size - max(wanted, _LEAST_BYTES)), sealed)


class _Identified(msgspec.Struct, frozen=True):
    request_id: str | None = None


_identify = msgspec.json.Decoder(_Identified).decode


def request_id_of(body: bytes) -> str | None:
    """Return the id that a request's body carries, None when there is none or the body is no request."""
    try:
        return _identify(body).request_id or None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
