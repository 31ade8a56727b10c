"""The scenario: twelve operations of one home, by the rooms' own verbs, each promised to the acknowledgement record.

A round is the scenario once. What was acknowledged before is not done again, so that a round that was broken anywhere
can be played to its end; what was not is tried again, as a client would.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from tests.faults.acknowledgements import Acknowledgements, Line, write_quietly
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import Event, TidemillError, digest_bytes, load_settings, new_ids
from tidemill.data import source
from tidemill.evaluation import Estimate, EvaluationReport, GateVerdict
from tidemill.features import entity, feature_view
from tidemill.feedback import NewLabel
from tidemill.models import ModelPackage
from tidemill.registry import StoredCandidate, VerdictRecord
from tidemill.serving import Snapshot, write_snapshot
from tidemill.serving.log_writer import Entry, LogLimits, LogWriter
from tidemill.serving.records import PredictionsRecord, RevisionRecord, encode_record
from tidemill.serving.worker_slot import recover, take_slot
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.queue import NewJob
from tidemill.storage.records import Transaction
from tidemill.tracking import NewRun
from tidemill.workspace import Workspace

ANN = Caller("ann", role=Role.ADMIN)
MODEL = "late"
N_ROWS = 20
START = datetime(2026, 1, 1, tzinfo=UTC)
PARCELS = source("parcels", "data/*.ndjson", key="parcel_id", event_time="sent_at")
KEYS = ("A", "B", "C")
JOB, ASKED, SHIPPED = "shipment", "shipment.asked", "shipment.done"
_REVISION = RevisionRecord(1, "late/1", None, "parcel_id", ())


@feature_view(entity=entity("depot", key="depot"), source=PARCELS, ttl="30d")
def depot_load(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Say how many a depot sent; the scenario gives rows that are computed already."""
    return rows


class GaveUpError(Exception):
    """An operation was refused again and again; the client goes away."""


@dataclass(frozen=True)
class Client:
    """Who plays: its store, its prediction log, its record, and how long it tries again after a refusal."""

    folder: Path
    workspace: Workspace
    log: LogWriter
    record: Acknowledgements
    seed: int
    patience_s: float


def open_home(folder: Path, home: Path) -> Workspace:
    """Open the store as any command does, and settle what dead processes left, as a server does when it comes up."""
    workspace = open_workspace(folder, load_settings(folder, environ={}, home=home))
    workspace.tracking.settle_dead_runs()
    return workspace


def open_log(home: Path) -> LogWriter:
    """Open the prediction log as a worker of the data plane does."""
    root = home / "predictions"
    slot = take_slot(root)
    recover(root, slot)
    writer = LogWriter(root, slot, lambda _: None, LogLimits(sync_every_s=60))
    writer.start()
    return writer


@dataclass
class Round:
    """One playing of the scenario. `known` holds what earlier tries of this round were answered, by operation."""

    client: Client
    number: int
    known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def play(self, after: Callable[[str], None] = lambda _: None) -> None:
        """Do what is not done yet. Raises GaveUpError."""
        for name, operation in OPERATIONS.items():
            if name not in self.known:
                self.known[name] = self._attempt(name, operation)
                after(name)

    def say(self, name: str, word: str, **said: Any) -> None:
        """Note a line of this round."""
        self.client.record.say(self.number, name, word, **said)

    def material(self, name: str, n_bytes: int) -> bytes:
        """Return bytes that only this round's operation has, the same ones in each try."""
        return hashlib.shake_256(f"{self.client.seed}/{self.number}/{name}".encode()).digest(n_bytes)

    def _attempt(self, name: str, operation: Operation) -> dict[str, Any]:
        until = time.monotonic() + self.client.patience_s
        while True:
            try:
                said = operation(self)
            except (TidemillError, OSError) as error:
                self.say(name, "failed", error=type(error).__name__, text=str(error))
                if time.monotonic() >= until:
                    raise GaveUpError(f"{name}: {error}") from error
                time.sleep(0.02)
            else:
                self.say(name, "done", **said)
                return said


Operation = Callable[[Round], dict[str, Any]]


def known_of(lines: list[Line], number: int) -> dict[str, dict[str, Any]]:
    """Return what the record says was answered in a round, by operation."""
    return {line.operation: line.said for line in lines if line.round == number and line.word in {"done", "kept"}}


def _ingest(this: Round) -> dict[str, Any]:
    at = START + timedelta(days=this.number)
    rows = [{"parcel_id": f"p{this.number}-{n}", "sent_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"} for n in range(N_ROWS)]
    data = b"\n".join(msgspec.json.encode(row) for row in rows)
    write_quietly(this.client.folder / f"round{this.number}" / "data" / "parcels.ndjson", data)
    this.say("ingest", "begin")
    clean = PARCELS(lambda raw: raw.with_columns(pl.col("sent_at").str.to_datetime(time_zone="UTC")))
    version = this.client.workspace.datasets.ingest(
        ANN, clean, this.client.folder / f"round{this.number}", clean="of the scenario"
    )
    return {"reference": version.reference, "digest": version.digest}


def _keep(this: Round) -> dict[str, Any]:
    data, longer = this.material("bytes", 20_000), this.material("file", 150_000)
    path = this.client.folder / f"round{this.number}" / "upload.bin"
    write_quietly(path, longer)
    digests = [digest_bytes(data), digest_bytes(longer)]
    this.say("keep", "begin", digests=digests)
    blobs = this.client.workspace.blobs
    return {"digests": [blobs.put(data), blobs.put_file(path)]}


def _start_run(this: Round) -> dict[str, Any]:
    this.say("start_run", "begin")
    run = this.client.workspace.tracking.start_run(ANN, NewRun("crossing", name=f"round {this.number}"))
    return {"run_id": run.id}


def _log_run(this: Round) -> dict[str, Any]:
    run_id = this.known["start_run"]["run_id"]
    this.say("log_run", "begin", run_id=run_id)
    tracking = this.client.workspace.tracking
    tracking.log_params(ANN, run_id, {"depth": this.number, "trees": 20})
    tracking.log_metrics(ANN, run_id, {"auc": 0.7, "loss": 0.3}, step=this.number)
    return {"run_id": run_id}


def _end_run(this: Round) -> dict[str, Any]:
    run_id = this.known["start_run"]["run_id"]
    this.say("end_run", "begin", run_id=run_id)
    tracking = this.client.workspace.tracking
    if tracking.get_run(ANN, run_id).run.status == "running":  # else an earlier try did it, or the survivor settled it
        tracking.end_run(ANN, run_id)
    return {"run_id": run_id, "status": tracking.get_run(ANN, run_id).run.status}


def _judge(this: Round) -> dict[str, Any]:
    this.say("judge", "begin")
    blobs, package = this.client.workspace.blobs, _package(this)
    report = EvaluationReport("binary", {"auc": Estimate(0.7, 0.6, 0.8, 900)}, 900 + this.number, 0).to_json()
    files = {name: blobs.put(data) for name, data in package.files.items()}
    run_id = this.known["start_run"]["run_id"]
    candidate = StoredCandidate(run_id, package.digest, files, blobs.put(report), {})
    verdict = GateVerdict(passed=True, checks=())
    stored = this.client.workspace.registry.record_verdict(ANN, MODEL, candidate, verdict, MODEL)
    return {"verdict": msgspec.to_builtins(stored), "candidate": msgspec.to_builtins(candidate)}


def _register(this: Round) -> dict[str, Any]:
    verdict = VerdictRecord(**this.known["judge"]["verdict"])
    candidate = StoredCandidate(**this.known["judge"]["candidate"])
    this.say("register", "begin", package_digest=candidate.package_digest)
    version = this.client.workspace.registry.register(ANN, candidate, verdict)
    return {"reference": version.reference, "version": version.version}


def _promote(this: Round) -> dict[str, Any]:
    reference, number = this.known["register"]["reference"], int(this.known["register"]["version"])
    this.say("promote", "begin", reference=reference)
    this.client.workspace.registry.promote(ANN, reference)
    package = _package(this)
    snapshot = Snapshot(
        project=ANN.project,
        endpoint=MODEL,
        revision=number,
        model=reference,
        package_digest=package.digest,
        files=package.file_digests,
        runtime="native",
        request=(),
    )
    write_snapshot(this.client.workspace.home / "serving", snapshot, package.files)
    return {"reference": reference, "revision": number}


def _work(this: Round) -> dict[str, Any]:
    workspace, run_id = this.client.workspace, this.known["start_run"]["run_id"]
    queue, key = workspace.queue, f"round {this.number}"
    this.say("work", "begin", key=key)

    def ask(tx: Transaction) -> str:
        id_ = queue.enqueue(tx, ANN.project, ANN.name, NewJob(JOB, {"round": this.number}, key, max_attempts=99))
        if not read_events(tx, ANN.project, EventQuery(subject=id_, kind_prefix=ASKED)):
            tx.emit(ANN.name, ANN.project, Event(ASKED, id_, {"round": this.number}))
        return id_

    if "ask" not in this.known:
        this.known["ask"] = {"job": workspace.database.write(ask)}
        this.say("ask", "kept", **this.known["ask"])
    asked, until = this.known["ask"], time.monotonic() + 20
    owner = f"worker-{this.client.seed}-{threading.get_native_id()}"
    while (job := queue.get(ANN.project, asked["job"])).state != "done":
        claimed = job if (job.state, job.owner) == ("leased", owner) else queue.claim(owner, timedelta(seconds=60))
        if claimed is None or claimed.id != job.id:
            if time.monotonic() > until:
                raise OSError(f"the job {job} cannot be claimed")
            continue

        def finish(tx: Transaction, claimed: Any = claimed) -> None:
            queue.finish(tx, claimed, {"round": this.number})
            tx.emit(ANN.name, ANN.project, Event(SHIPPED, claimed.id, {"round": this.number}))

        workspace.database.write(finish)
    workspace.tracking.set_tags(ANN, run_id, {"shipped": key})
    return {"job": asked["job"]}


def _answer(this: Round) -> dict[str, Any]:
    ids = new_ids(3)
    this.say("answer", "begin", ids=ids)
    rows = [{"parcel_id": f"p{this.number}-{n}"} for n, _ in enumerate(ids)]
    stored = PredictionsRecord(
        round(time.time() * 1e6),
        _REVISION.revision,
        bytes.fromhex("".join(ids)),
        [float(this.number)] * len(ids),
        msgspec.json.encode({"rows": rows}),
        [],
    )
    answered: list[Exception | None] = []
    ready = threading.Event()

    def answer(error: Exception | None) -> None:
        answered.append(error)
        ready.set()

    log = this.client.log
    entry = Entry(_REVISION, encode_record(stored), len(ids))
    log.append_strict(log.endpoint(ANN.project, MODEL), [entry], answer)
    if not ready.wait(30):
        raise OSError("the prediction log never answered")
    if answered[0] is not None:
        raise answered[0]
    return {"ids": ids}


def _label(this: Round) -> dict[str, Any]:
    ids = this.known["answer"]["ids"]
    this.say("label", "begin", ids=ids)
    recorded = this.client.workspace.feedback.record(ANN, [NewLabel(id_, True) for id_ in ids])
    return {"ids": ids, "n_accepted": recorded.n_accepted, "n_quarantined": recorded.n_quarantined}


def _materialize(this: Round) -> dict[str, Any]:
    until = START + timedelta(days=this.number)
    keys = [f"{key}{this.number}" for key in KEYS]
    rows = pl.DataFrame({"depot": keys, "event_at": [until] * len(keys), "n_sent": [float(this.number)] * len(keys)})
    this.say("materialize", "begin", keys=keys)
    this.client.workspace.features.materialize_rows(ANN, depot_load, rows, until)
    return {"keys": keys}


def _package(this: Round) -> ModelPackage:
    return ModelPackage({"model.txt": this.material("model", 9_000), "signature.json": this.material("signature", 300)})


OPERATIONS: dict[str, Operation] = {
    "ingest": _ingest,
    "keep": _keep,
    "start_run": _start_run,
    "log_run": _log_run,
    "end_run": _end_run,
    "judge": _judge,
    "register": _register,
    "promote": _promote,
    "work": _work,
    "answer": _answer,
    "label": _label,
    "materialize": _materialize,
}
