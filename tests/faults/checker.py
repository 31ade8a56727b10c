"""The checker: opens the survivor as any command would, and holds it against what was acknowledged.

It repairs nothing. Three kinds of findings: what was promised and is `lost`, what is `half` done, and any other
`trouble`: a store that does not open, a broken chain of events, a damaged file, an error of another kind than promised.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.acknowledgements import Line, read_lines
from tests.faults.scenario import ANN, ASKED, JOB, KEYS, MODEL, OPERATIONS, SHIPPED, open_home
from tidemill.core import TidemillError, digest_bytes
from tidemill.serving import read_pointer, read_snapshot
from tidemill.serving.prediction_log import PredictionLog
from tidemill.serving.snapshot import read_files
from tidemill.workspace import Workspace


@dataclass
class Findings:
    """What is wrong with a survivor; nothing when it is as promised."""

    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.half or self.trouble)

    def __str__(self) -> str:
        told = [f"{word}: {text}" for word in ("lost", "half", "trouble") for text in getattr(self, word)]
        return "\n".join(told) or "as promised"


def check(places: tuple[Path, Path, Path], *, alive: bool = False) -> Findings:
    """Compare the store with the record; places: the project's folder, the home, the record.

    alive: a child is at work beside.
    """
    folder, home, record = places
    findings, lines = Findings(), read_lines(record)
    try:
        workspace = open_home(folder, home)
    except (TidemillError, OSError) as error:
        findings.trouble.append(f"the store does not open: {error}")
        return findings
    try:
        _Check(workspace, lines, findings, alive).all()
    except (TidemillError, OSError, sqlite3.Error) as error:
        findings.trouble.append(f"the store cannot be read: {type(error).__name__} {error}")
    finally:
        workspace.database.close()
    return findings


@dataclass
class _Check:
    workspace: Workspace
    lines: list[Line]
    findings: Findings
    alive: bool
    _events: list[tuple[str, str]] = field(default_factory=list)

    def all(self) -> None:
        self._look_at_the_files()
        self._events = [(str(kind), str(subject)) for kind, subject in self._rows("SELECT kind, subject FROM event")]
        for part in (self._data, self._blobs, self._runs, self._registry, self._serving):
            part()
        for part in (self._queue, self._log, self._labels, self._online, self._errors):
            part()

    def _look_at_the_files(self) -> None:
        for row in self._rows("PRAGMA integrity_check"):
            if row[0] != "ok":
                self.findings.trouble.append(f"integrity_check: {row[0]}")
        report = self.workspace.audit.verify(ANN)
        self.findings.trouble += [f"events: {found.sentence}" for found in report.findings]
        root = self.workspace.home / "blobs"
        for path in sorted(root.glob("??/*")):
            if digest_bytes(path.read_bytes()) != path.parent.name + path.name:
                self.findings.half.append(f"the blob {path.parent.name}{path.name[:8]} holds other bytes than its name")

    def _data(self) -> None:
        rows = self._rows("SELECT name || '@' || version, digest FROM dataset_version")
        self._agree("dataset versions", (ref for ref, _ in rows), "dataset.committed")
        for reference, digest in rows:
            self._whole(digest)
            version = self.workspace.datasets.get(ANN, reference)
            if self.workspace.datasets.scan(version).collect().height != version.n_rows:
                self.findings.half.append(f"{reference} does not hold the {version.n_rows} rows it says")
        self._kept("ingest", {(ref, digest) for ref, digest in rows}, lambda said: (said["reference"], said["digest"]))

    def _blobs(self) -> None:
        for said in self._done("keep"):
            for digest in said["digests"]:
                if not self.workspace.blobs.has(digest):
                    self.findings.lost.append(f"keep: the blob {digest[:12]}")
                else:
                    self._whole(digest)

    def _runs(self) -> None:
        rows = dict(self._rows("SELECT id, status FROM run"))
        self._agree("runs", rows, "run.started")
        for status in ("finished", "killed", "failed"):
            self._agree(f"{status} runs", (run for run, now in rows.items() if now == status), f"run.{status}")
        self._kept("start_run", set(rows), lambda said: said["run_id"])
        self._kept("end_run", set(rows.items()), lambda said: (said["run_id"], said["status"]))
        if not self.alive:
            left = [run for run, now in rows.items() if now == "running"]
            self.findings.trouble += [f"run {run} is still said to run, and its process is gone" for run in left]
        points = "run_last_metric AS last JOIN metric_point AS point ON point.series = last.series"
        for table in (points, "run_param"):
            counts = dict(self._rows(f"SELECT run_id, count(*) FROM {table} GROUP BY run_id"))
            self.findings.half += [f"{run} has {n} of 2 rows in {table}" for run, n in counts.items() if n != 2]
            self._kept("log_run", set(counts), lambda said: said["run_id"])

    def _registry(self) -> None:
        verdicts = {str(row[0]) for row in self._rows("SELECT id FROM gate_verdict")}
        n_told = sum(kind == "gate.passed" for kind, _ in self._events)
        if len(verdicts) != n_told:
            self.findings.half.append(f"{len(verdicts)} verdicts and {n_told} events of them")
        self._kept("judge", verdicts, lambda said: said["verdict"]["id"])
        for (blob,) in self._rows("SELECT report_digest FROM gate_verdict"):
            self._whole(blob)
        versions = [f"{model}/{n}" for model, n in self._rows("SELECT model, version FROM model_version")]
        self._agree("model versions", versions, "model_version.registered")
        self._agree("models", (row[0] for row in self._rows("SELECT name FROM model")), "model.created")
        self._kept("register", set(versions), lambda said: said["reference"])
        for reference in versions:
            version = self.workspace.registry.get(ANN, reference)
            self.workspace.registry.load_package(version)
            self.workspace.registry.load_report(version)

    def _serving(self) -> None:
        promoted = [subject for kind, subject in self._events if kind == "model_version.promoted"]
        aliased = [f"{model}/{n}" for model, n in self._rows("SELECT model, version FROM model_alias")]
        if aliased != promoted[-1:]:
            self.findings.half.append(f"the alias points at {aliased}, and was last said to point at {promoted[-1:]}")
        self._kept("promote", set(promoted), lambda said: said["reference"])
        folder = self.workspace.home / "serving" / ANN.project / MODEL
        pointed = read_pointer(folder) if (folder / "current").exists() else None
        if pointed is not None:
            read_files(folder, read_snapshot(folder, pointed))  # raises for a half one
        newest = max((int(said["revision"]) for said in self._done("promote")), default=0)
        if (pointed or 0) < newest:
            self.findings.lost.append(f"promote: revision {newest} was to be served, and {pointed} is")

    def _queue(self) -> None:
        jobs = dict(self._rows("SELECT id, state FROM job WHERE kind = ?", JOB))
        self._agree("jobs", jobs, ASKED)
        self._agree("jobs done", (id_ for id_, state in jobs.items() if state == "done"), SHIPPED)
        self._kept("ask", set(jobs), lambda said: said["job"], word="kept")
        self._kept("work", {id_ for id_, state in jobs.items() if state == "done"}, lambda said: said["job"])
        known = {f"round {round_}" for round_ in {line.round for line in self.lines}}
        tags = {row[0] for row in self._rows("SELECT value FROM run_tag WHERE key = 'shipped'")}
        told = {f"round {line.round}" for line in self.lines if (line.operation, line.word) == ("work", "done")}
        self.findings.lost += [f"work: the tag of {name}" for name in sorted(told - tags)]
        self.findings.trouble += [f"nobody wrote the tag {name}" for name in sorted(tags - known)]

    def _log(self) -> None:
        log = PredictionLog(self.workspace.home / "predictions")
        stored = Counter(each.prediction_id for each in log.scan(ANN.project, MODEL))
        asked = [line.said["ids"] for line in self.lines if (line.operation, line.word) == ("answer", "begin")]
        for said in self._done("answer"):
            self.findings.lost += [f"answer: the prediction {id_}" for id_ in said["ids"] if id_ not in stored]
        self.findings.half += [
            f"{sum(id_ in stored for id_ in ids)} of the {len(ids)} predictions of one request"
            for ids in asked
            if 0 < sum(id_ in stored for id_ in ids) < len(ids)
        ]
        unknown = set(stored) - {id_ for ids in asked for id_ in ids}
        self.findings.trouble += [f"nobody asked for the prediction {id_}" for id_ in sorted(unknown)]
        self.findings.trouble += [f"the prediction {id_} is stored {n} times" for id_, n in stored.items() if n > 1]

    def _labels(self) -> None:
        labelled = {str(row[0]) for row in self._rows("SELECT prediction_id FROM label")}
        told = sum(kind == "labels.recorded" for kind, _ in self._events)
        batches = [said["ids"] for said in self._begun("label")]
        whole = {tuple(ids) for ids in batches if set(ids) <= labelled}
        if told != len(whole):
            self.findings.half.append(f"{len(whole)} batches of labels and {told} events of them")
        for ids in batches:
            if 0 < len(labelled & set(ids)) < len(ids):
                self.findings.half.append(f"{len(labelled & set(ids))} of a batch of {len(ids)} labels")
        for said in self._done("label"):
            self.findings.lost += [f"label: that of {id_}" for id_ in said["ids"] if id_ not in labelled]
            if said["n_quarantined"]:
                self.findings.trouble.append(f"{said['n_quarantined']} labels of known predictions wait")

    def _online(self) -> None:
        n_told = sum(kind == "feature_view.materialized" for kind, _ in self._events)
        n_rows = int(self._rows("SELECT count(*) FROM materialization")[0][0])
        if n_told != n_rows:
            self.findings.half.append(f"{n_rows} materializations and {n_told} events of them")
        done = {tuple(said["keys"]) for said in self._done("materialize")}
        for said in self._begun("materialize"):
            keys = [[key] for key in said["keys"]]
            if not n_rows:
                continue
            n_there = sum(each is not None for each in self.workspace.features.online_read(ANN, "depot_load", keys))
            if 0 < n_there < len(KEYS):
                self.findings.half.append(f"{n_there} of {len(KEYS)} online values of one batch")
            if not n_there and tuple(said["keys"]) in done:
                self.findings.lost.append(f"materialize: the values of {said['keys']}")
        if done and not n_rows:
            self.findings.lost.append("materialize: the record of it")

    def _errors(self) -> None:
        for line in self.lines:
            if line.word == "crashed":
                self.findings.trouble.append(f"{line.operation}: a raw error, {line.said['error']} {line.said['text']}")

    def _agree(self, what: str, rows: Iterable[str], kind: str) -> None:
        """Each row has one event of its own, and each event its row."""
        stored, told = Counter(list(rows)), Counter(subject for each, subject in self._events if each == kind)
        if stored != told:
            more, less = sorted(stored - told)[:3], sorted(told - stored)[:3]
            self.findings.half.append(f"{what}: without their event {kind} {more}, events without their row {less}")

    def _kept(self, operation: str, stored: set[Any], of: Any, word: str = "done") -> None:
        for line in self.lines:
            if (line.operation, line.word) == (operation, word) and of(line.said) not in stored:
                self.findings.lost.append(f"{operation} of round {line.round}: {of(line.said)}")

    def _done(self, operation: str) -> list[dict[str, Any]]:
        return [line.said for line in self.lines if (line.operation, line.word) == (operation, "done")]

    def _begun(self, operation: str) -> list[dict[str, Any]]:
        return [line.said for line in self.lines if (line.operation, line.word) == (operation, "begin")]

    def _whole(self, digest: str) -> None:
        try:
            self.workspace.blobs.get(digest)
        except TidemillError as error:
            self.findings.half.append(f"a blob that a row names: {error}")

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.workspace.home / "records.db")
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


def unfinished(record: Path, rounds: int) -> list[str]:
    """Return which operations of the first rounds were never acknowledged."""
    done = {(line.round, line.operation) for line in read_lines(record) if line.word == "done"}
    return [f"{name} of round {n}" for n in range(rounds) for name in OPERATIONS if (n, name) not in done]
