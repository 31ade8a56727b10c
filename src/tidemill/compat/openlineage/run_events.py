"""The events of one run and its steps: which are due by what is recorded, and what each tells."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tidemill.compat.openlineage.datasets import RunDatasets
from tidemill.compat.openlineage.facets import RUN_EVENT, Facets
from tidemill.core import from_iso, iso
from tidemill.pipelines import Redaction, RunGraph, StepRun
from tidemill.tracking import RunDetail

START, COMPLETE, FAIL, ABORT = "START", "COMPLETE", "FAIL", "ABORT"
#: The position that stands for the run itself.
WHOLE = -1
_RUN_ENDS = {"finished": COMPLETE, "failed": FAIL, "killed": ABORT}
_STEP_ENDS = {"executed": COMPLETE, "reused": COMPLETE, "failed": FAIL, "caught": FAIL, "cancelled": ABORT}
_BEGUN = {"running", "paused", *_STEP_ENDS}


@dataclass(frozen=True)
class Due:
    """An event that is due: of the run (position -1) or of a step, when it happened, and its kind."""

    at: str
    position: int
    kind: str


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a run: itself, its steps so far, its graph when there is one."""

    detail: RunDetail
    steps: Sequence[StepRun]
    graph: RunGraph | None

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more comes."""
        return self.detail.run.status in _RUN_ENDS


def due_events(recorded: Recorded, sent: Mapping[int, str]) -> list[Due]:
    """Return the events of a run that are due and not sent, in the order in which they happened: the run's own first
    and last. sent: the kind of the last event that was sent, by position."""
    run = recorded.detail.run
    steps = sorted(
        (due for step in recorded.steps for due in _of_step(step, sent.get(step.position), run.ended_at)),
        key=lambda due: (due.at, due.kind != START, due.position),
    )
    first = [] if sent.get(WHOLE) else [Due(run.started_at, WHOLE, START)]
    last = [Due(run.ended_at or run.started_at, WHOLE, _RUN_ENDS[run.status])] if recorded.has_ended else []
    return [*first, *steps, *last]


def _of_step(step: StepRun, sent: str | None, run_ended_at: str | None) -> Iterator[Due]:
    if step.state not in _BEGUN or (sent and sent != START):
        return
    if sent is None:
        yield Due(step.started_at, step.position, START)
    if step.state in _STEP_ENDS:
        yield Due(_ended_at(step), step.position, _STEP_ENDS[step.state])
    elif run_ended_at is not None:
        yield Due(run_ended_at, step.position, ABORT)


def _ended_at(step: StepRun) -> str:
    return step.ended_at or iso(from_iso(step.started_at) + timedelta(seconds=step.seconds))


class RunEvents:
    """Writes the events of one run. messages: whether what errors say is told."""

    def __init__(self, recorded: Recorded, facets: Facets, datasets: RunDatasets, *, messages: bool) -> None:
        self._detail = recorded.detail
        self._steps = {step.position: step for step in recorded.steps}
        self._is_pipeline = bool(recorded.steps) or recorded.graph is not None
        self._facets = facets
        self._datasets = datasets
        self._messages = messages
        self._redaction = Redaction()
        self._jobs = _job_names(recorded)

    def event(self, due: Due, folder: Path) -> dict[str, Any]:
        """Return an event. folder: the project's, whose repository the code is in."""
        told = self._of_run(due, folder) if due.position == WHOLE else self._of_step(due, self._steps[due.position])
        return {
            "eventType": due.kind,
            "eventTime": due.at,
            "producer": self._facets.producer,
            "schemaURL": RUN_EVENT,
            **told,
        }

    def _of_run(self, due: Due, folder: Path) -> dict[str, Any]:
        run = self._detail.run
        facets = {
            "processing_engine": self._facets.processing_engine(),
            "nominalTime": self._facets.nominal_time(run.started_at, None if due.kind == START else run.ended_at),
            "tidemill_run": self._facets.own(
                params=self._params(), tags=self._detail.tags, codeDigest=run.code_digest, startedBy=run.created_by
            ),
        }
        if due.kind == FAIL:
            facets["errorMessage"] = self._error(run.error or "the run failed")
        job_facets = {"jobType": self._facets.job_type("PIPELINE" if self._is_pipeline else "RUN")}
        commit, _, _ = (run.commit or "").partition("+")
        if commit and (url := _repository_url(folder)):
            job_facets["sourceCodeLocation"] = self._facets.source_code_location(url, commit)
        inputs, outputs = self._of_whole() if due.kind != START else ([], [])
        return {
            "run": {"runId": _uuid(run.id), "facets": facets},
            "job": {**self._job(self._jobs[WHOLE]), "facets": job_facets},
            "inputs": inputs,
            "outputs": outputs,
        }

    def _of_step(self, due: Due, step: StepRun) -> dict[str, Any]:
        run, job = self._detail.run, self._jobs[step.position]
        facets = {
            "parent": self._facets.parent(_uuid(run.id), self._job(self._jobs[WHOLE])),
            "processing_engine": self._facets.processing_engine(),
            "nominalTime": self._facets.nominal_time(run.started_at, None),
            "tidemill_step": self._facets.own(**_own(step)),
        }
        if due.kind == FAIL:
            facets["errorMessage"] = self._error(step.note)
        ended = due.kind != START
        return {
            "run": {"runId": str(uuid.uuid5(uuid.UUID(hex=run.id), str(step.position))), "facets": facets},
            "job": {**self._job(job), "facets": {"jobType": self._facets.job_type("STEP")}},
            "inputs": self._datasets.inputs(step, self._jobs),
            "outputs": self._datasets.outputs(step, job) if ended else [],
        }

    def _of_whole(self) -> tuple[list[Any], list[Any]]:
        """Return what a run read from outside, and what its steps returned that no other of them read."""
        read: dict[str, Any] = {}
        outside: dict[str, Any] = {}
        for step in self._steps.values():
            for dataset in self._datasets.inputs(step, self._jobs):
                (outside if "inputFacets" in dataset else read)[dataset["name"]] = dataset
        outputs = [
            dataset
            for position, step in self._steps.items()
            for dataset in self._datasets.outputs(step, self._jobs[position])
            if dataset["name"] not in read
        ]
        return list(outside.values()), outputs

    def _job(self, name: str) -> dict[str, str]:
        return {"namespace": self._datasets.namespace, "name": name}

    def _error(self, text: str) -> dict[str, Any]:
        if not self._messages:
            return self._facets.error_message("it failed; why is kept in the store, which is encrypted", None)
        first, _, rest = self._redaction.text(text).partition("\n")
        return self._facets.error_message(first, rest or None)

    def _params(self) -> dict[str, str]:
        return (
            {key: self._redaction.text(value) for key, value in self._detail.params.items()} if self._messages else {}
        )


def _own(step: StepRun) -> dict[str, Any]:
    told = {
        "state": step.state,
        "position": step.position,
        "kind": step.kind,
        "line": step.line,
        "attempt": step.attempt,
        "cacheKey": step.cache_key,
        "codeDigest": step.code_digest,
        "reusedFrom": step.reused_from,
        "seconds": step.seconds,
        "cpuSeconds": step.cpu_seconds,
        "peakMemoryBytes": step.peak_memory_bytes,
        "cost": step.cost,
        "executor": step.executor,
        "environment": step.environment,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _job_names(recorded: Recorded) -> dict[int, str]:
    """Return the names of jobs: the pipeline's, and for each step that with its own; a further call has a number."""
    run = recorded.detail.run
    whole = recorded.graph.pipeline if recorded.graph else run.experiment
    names = {WHOLE: whole}
    nodes: list[tuple[int, str, str]] = [(step.position, step.path, step.step) for step in recorded.steps]
    if recorded.graph is not None:
        nodes = [(node.position, "/".join(node.path), node.name) for node in recorded.graph.nodes]
        nodes += [(step.position, step.path, step.step) for step in recorded.steps if step.position >= len(nodes)]
    n_of: dict[str, int] = {}
    for position, path, step in sorted(nodes):
        name = ".".join([whole, *filter(None, path.split("/")), step])
        n_of[name] = n_of.get(name, 0) + 1
        names[position] = name if n_of[name] == 1 else f"{name}#{n_of[name]}"
    return names


def _uuid(run_id: str) -> str:
    return str(uuid.UUID(hex=run_id))


def _repository_url(folder: Path) -> str | None:
    """Return where a folder's repository is shared, as an address without a password; None when it is not."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "remote", "get-url", "origin"],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    url = done.stdout.strip()
    if done.returncode or not url:
        return None
    if "://" not in url and "@" in url:
        host, _, path = url.partition("@")[2].partition(":")
        return f"https://{host}/{path}"
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.scheme and parts.netloc else None
