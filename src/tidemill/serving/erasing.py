"""Taking erased predictions out of the log: what was sent, looked up and answered goes, id and instants stay.

Only complete segments are written anew, each beside itself and then put into its place by one rename. A row keeps its
frame, and a frame its length: what reads the log by offsets goes on undisturbed. A worker is asked to complete the
segment that it writes; the segment of a worker that is gone is completed here.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any

import msgspec

from tidemill.core import sync_folder
from tidemill.serving.log_seal import PLAIN, LogSeal
from tidemill.serving.log_writer import ROLL
from tidemill.serving.records import PredictionsRecord, RevisionRecord, decode_record
from tidemill.serving.segments import Damage, SegmentName, frame, heal, seal

_PART = ".erase-"
_LOOK_EVERY_S = 0.05
_encode = msgspec.msgpack.Encoder().encode


def complete_segments(folder: Path, within_s: float, look: Callable[[], float] = time.monotonic) -> list[str]:
    """Have all that was logged for an endpoint in complete segments; return those that still are in writing.

    folder: of the endpoint. within_s: how long to wait for live workers, which look twice a second.
    Raises OSError.
    """
    until = look() + within_s
    asked = False
    while True:
        waiting = [path for path in _open_segments(folder) if not _completed(path)]
        if not waiting or look() > until:
            return sorted(path.stem for path in waiting)
        if not asked:
            roll = folder / ROLL
            roll.touch(mode=0o600)
            os.utime(roll)
            asked = True
        time.sleep(_LOOK_EVERY_S)


def blank_predictions(folder: Path, ids: Set[str], log_seal: LogSeal = PLAIN) -> int:
    """Blank the predictions of these ids in the complete segments of an endpoint; return how many were found.

    Those that are blank already are found again. log_seal: what seals the log of an encrypted store. Raises OSError;
    DamagedError for a segment that is sealed with a key that the store has not, or was sealed as a whole and changed.
    """
    for left in folder.glob(f"{_PART}*"):
        left.unlink(missing_ok=True)
    raw = {bytes.fromhex(id_) for id_ in ids}
    return sum(_blank(path, raw, log_seal) for path in sorted(folder.glob("*.sealed")) if SegmentName.parse(path.name))


def _open_segments(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.open") if SegmentName.parse(path.name)]


def _completed(path: Path) -> bool:
    """Complete a segment whose worker is gone; False while there is one. Its number has one living holder."""
    name = SegmentName.parse(path.name)
    if name is None:
        return True
    lock = path.parents[2] / f".{name.worker}.lock"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists():
            heal(path)
            seal(path)
        return True
    except BlockingIOError:
        return not path.exists()
    finally:
        os.close(descriptor)


def _blank(path: Path, raw: Set[bytes], log_seal: LogSeal) -> int:
    content = log_seal.content(path, path.read_bytes())
    changed, n_found = bytearray(content.data), 0
    revisions: dict[int, RevisionRecord] = {}
    for found in log_seal.frames(path, content):
        if isinstance(found, Damage):
            continue
        offset, _, payload = found
        record = decode_record(payload)
        if isinstance(record, RevisionRecord):
            revisions[record.revision] = record
            continue
        rows = [row for row in range(len(record.values)) if record.ids[16 * row : 16 * row + 16] in raw]
        if rows:
            blank = _blanked(record, revisions.get(record.revision), rows, len(payload))
            if blank != payload:
                framed = frame(blank if content.inside else log_seal.again(path, blank))
                changed[offset : offset + len(framed)] = framed
            n_found += len(rows)
    if changed != content.data:
        _replace(path, log_seal.whole(content._replace(data=bytes(changed))))
    return n_found


def _blanked(record: PredictionsRecord, revision: RevisionRecord | None, rows: list[int], n_bytes: int) -> bytes:
    """Return the payload of a record without what these rows were made of, as long as it was.

    The id that the caller gave goes too: it may name the person, and the request can no longer be repeated as it was.
    """
    request: dict[str, Any] = msgspec.json.decode(record.body)
    kept = revision.event_time if revision is not None else None
    for row in rows:
        request["rows"][row] = {name: value for name, value in request["rows"][row].items() if name == kept}
    request.pop("request_id", None)
    values = [None if row in rows else value for row, value in enumerate(record.values)]
    features = [[None if row in rows else value for row, value in enumerate(view)] for view in record.features]
    told = (1, record.recorded_at_us, record.revision, record.ids, values)
    before = b"\x97" + b"".join(_encode(each) for each in told)
    after, body = _encode(features), msgspec.json.encode(request)
    left = n_bytes - len(before) - len(after)
    for head, n_length in ((b"\xc4", 1), (b"\xc5", 2), (b"\xc6", 4)):
        size = left - 1 - n_length
        if len(body) <= size < 1 << 8 * n_length:
            padded = head + size.to_bytes(n_length, "big") + body.ljust(size)
            return before + padded + after
    raise ValueError(f"a record of {n_bytes} bytes cannot be blanked")  # it only ever gets shorter


def _replace(path: Path, data: bytes) -> None:
    at = path.stat()
    part = path.with_name(f"{_PART}{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.utime(file.fileno(), ns=(at.st_atime_ns, at.st_mtime_ns))
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)
