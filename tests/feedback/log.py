"""A prediction log written by the data plane's own writer, for tests of what reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tidemill.core import new_ids
from tidemill.serving.log_writer import Entry, LogLimits, LogWriter
from tidemill.serving.records import PredictionsRecord, RevisionRecord, encode_record
from tidemill.serving.worker_slot import take_slot
from tidemill.storage.online_values import encode_value

REVISION = RevisionRecord(1, "delay/1", "sent_at", "parcel_id", (("load", ("n_sent",)),))


@dataclass(frozen=True)
class Log:
    """A log being written."""

    root: Path
    writer: LogWriter
    ids: list[str] = field(default_factory=list)

    def write(
        self,
        rows: Sequence[dict[str, Any]],
        *,
        at: datetime,
        revision: RevisionRecord = REVISION,
        ids: Sequence[str] = (),
        endpoint: str = "delay",
    ) -> list[str]:
        """Log one request; return its prediction ids."""
        chosen = list(ids) or new_ids(len(rows))
        record = PredictionsRecord(
            round(at.timestamp() * 1e6),
            revision.revision,
            bytes.fromhex("".join(chosen)),
            [0.25 + 0.5 * (index % 2) for index, _ in enumerate(rows)],
            msgspec.json.encode({"rows": list(rows)}),
            [[encode_value(at, [7.0]) if index % 3 else None for index, _ in enumerate(rows)] for _ in revision.views],
        )
        entry = Entry(revision, encode_record(record), len(chosen))
        self.writer.append_normal(self.writer.endpoint("default", endpoint), [entry])
        self.ids.extend(chosen)
        return chosen


@contextmanager
def writing(root: Path, **limits: Any) -> Iterator[Log]:
    """Take a worker's slot and write until the block ends, which seals the segments."""
    writer = LogWriter(root, take_slot(root), lambda _: None, LogLimits(**limits))
    writer.start()
    try:
        yield Log(root, writer)
    finally:
        writer.close()


def parcels(n: int, start: datetime, step: timedelta = timedelta(minutes=10)) -> list[dict[str, Any]]:
    """Rows of a request: a key, an event time, a category, a number."""
    return [
        {
            "parcel_id": f"p{index}",
            "sent_at": (start + index * step).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "depot": "ABC"[index % 3],
            "weight": index % 20 + 0.5,
        }
        for index in range(n)
    ]
