"""L1: labels are recorded, and the log read, at a pace that a year in a minute needs: labels and rows a second.

A log of ROWS predictions (13 columns sent, 3 looked up) is read on in passes of BATCH rows, as the loop does, and each
pass is followed by one batch of labels for it: looked up, sorted, written with its event, committed durably. The
reference writes the very same label rows into the very same table and indexes by one bare `executemany` and a commit a
batch, in turn with ours: no look-up, no event, no quarantine. The absolute goals are scaled by the fixed loop of P3.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.access import local_caller
from tidemill.core import ManualClock, iso, new_ids
from tidemill.feedback import Feedback, LoggedRows, NewLabel
from tidemill.serving.log_writer import EndpointLog, Entry, LogLimits, LogWriter
from tidemill.serving.records import PredictionsRecord, RevisionRecord, encode_record
from tidemill.serving.worker_slot import take_slot
from tidemill.storage import LocalBlobs
from tidemill.storage.online_values import encode_value
from tidemill.storage.schema import open_database

ROWS = 100_000
BATCH = 1_000
REQUEST = 250
LABELS_GOAL = 60_000
ROWS_GOAL = 100_000
SHARE_GOAL = 0.3
START = datetime(2013, 3, 1, tzinfo=UTC)
LOOKED_UP = ("n_flights", "late_share", "mean_delay")
REVISION = RevisionRecord(1, "delay/1", "scheduled_at", "flight_id", (("carrier_day", LOOKED_UP),))
INSERT = "INSERT INTO label VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        taken = _measure(Path(folder))
    read_s, label_s, bare_s = (sum(column) for column in zip(*taken, strict=True))
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    labels, rows, bare = (ROWS / total for total in (label_s, read_s, bare_s))
    return {
        "id": "L1",
        "what": "labels recorded by batches of 1,000, each joined to its prediction",
        "ours": round(labels),
        "unit": "1/s",
        "against": "bare SQLite executemany into the same table",
        "theirs": round(bare),
        "ratio": round(labels / bare, 3),
        "goal": f">= {SHARE_GOAL} of bare SQLite, {LABELS_GOAL:,} labels/s; the log is read at {ROWS_GOAL:,} rows/s",
        "holds": labels >= max(SHARE_GOAL * bare, LABELS_GOAL / slower) and rows >= ROWS_GOAL / slower,
        "log_rows_per_s": round(rows),
        "slower_than_reference": round(slower, 2),
    }


def _measure(home: Path) -> list[tuple[float, float, float]]:
    """Return for each batch the seconds of reading it, labelling it, and of the bare writing of its labels."""
    clock = ManualClock(START + timedelta(days=400))
    database, bare = (open_database(home / name, clock) for name in ("records.db", "bare.db"))
    logged = LoggedRows(database, LocalBlobs(home / "blobs"), home / "predictions", clock)
    feedback = Feedback(database, logged, clock)
    caller, taken = local_caller(), []
    writer = LogWriter(home / "predictions", take_slot(home / "predictions"), print, LogLimits())
    writer.start()
    connection = sqlite3.connect(bare.path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    for number in range(ROWS // BATCH):
        ids = _log(writer, START + number * timedelta(hours=3))
        labels = [NewLabel(id_, index % 5 == 0, clock.now()) for index, id_ in enumerate(ids)]
        now = iso(clock.now())
        plain = [("default", id_, 1, "delay", 1.0, now, now, now, "ann") for id_ in ids]
        taken.append(
            (
                _seconds(lambda: logged.catch_up("default", "delay")),
                _seconds(lambda labels=labels: feedback.record(caller, labels)),
                _seconds(lambda plain=plain: _write_bare(connection, plain)),
            )
        )
    writer.close()
    summary = feedback.summary(caller, "delay")
    if (summary.n_predictions, summary.n_labelled) != (ROWS, ROWS):
        raise RuntimeError(f"not every row has its label: {summary}")
    connection.close()
    for each in (database, bare):
        each.close()
    return taken


def _log(writer: LogWriter, at: datetime) -> list[str]:
    """Log a batch of predictions as requests and return their ids."""
    log: EndpointLog = writer.endpoint("default", "delay")
    ids = new_ids(BATCH)
    for start in range(0, BATCH, REQUEST):
        mine = ids[start : start + REQUEST]
        rows = [_row(f"{at:%j}-{start + index}", at + timedelta(seconds=10 * index)) for index, _ in enumerate(mine)]
        known = [encode_value(at, [float(code), code / 16, code * 1.5]) for code in range(16)]
        record = PredictionsRecord(
            round(at.timestamp() * 1e6),
            1,
            bytes.fromhex("".join(mine)),
            [random.random() for _ in mine],  # noqa: S311 - a measurement
            msgspec.json.encode({"rows": rows}),
            [[known[index % 16] for index, _ in enumerate(mine)]],
        )
        writer.append_normal(log, [Entry(REVISION, encode_record(record), len(mine))])
    return ids


def _row(key: str, at: datetime) -> dict[str, Any]:
    numbers = {f"number_{index}": at.hour + index / 8 for index in range(7)}
    texts = {"carrier": "UA", "origin": "JFK", "dest": "SFO", "weekday": at.weekday()}
    return {"flight_id": key, "scheduled_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), **texts, **numbers}


def _write_bare(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT, rows)
    connection.execute("COMMIT")


def _seconds(action: Any) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(run()))
