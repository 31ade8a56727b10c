"""Records of the tracking room."""

from __future__ import annotations

from dataclasses import dataclass, field

FINISHED, FAILED, KILLED, RUNNING, PAUSED = "finished", "failed", "killed", "running", "paused"


@dataclass(frozen=True)
class NewRun:
    """What is known of a run when it starts.

    experiment: the experiment it belongs to, made when it is new; for a pipeline its name.
    code_digest, commit: the code that runs, and the version-control commit it was taken from, when known.
    """

    experiment: str
    name: str
    code_digest: str | None = None
    commit: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A run as stored. Instants are ISO 8601 UTC; status is running, paused, finished, failed or killed."""

    id: str
    experiment: str
    name: str
    status: str
    started_at: str
    ended_at: str | None
    created_by: str
    code_digest: str | None
    commit: str | None
    error: str | None


@dataclass(frozen=True)
class MetricPoint:
    """One value of a metric at a step. at: ISO 8601 UTC; empty in a point to be stored now."""

    key: str
    value: float
    step: int
    at: str = ""


@dataclass(frozen=True)
class RunDetail:
    """A run with what it logged; metrics hold the last point of each key."""

    run: Run
    params: dict[str, str]
    metrics: dict[str, MetricPoint]
    tags: dict[str, str]
