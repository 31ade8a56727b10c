"""Records of the tracking room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

FINISHED, FAILED, KILLED, RUNNING, PAUSED = "finished", "failed", "killed", "running", "paused"
SCHEDULED = "scheduled"
#: Of which runs none says its experiment, and the number of that one.
DEFAULT_EXPERIMENT, DEFAULT_NUMBER = "Default", 0
#: Other programs number experiments by chance, with up to 18 digits: from here on numbers are not counted up.
FIRST_FOREIGN_NUMBER = 1_000_000_000


@dataclass(frozen=True)
class NewRun:
    """What is known of a run when it starts.

    experiment: the experiment it belongs to, made when it is new; for a pipeline its name.
    code_digest, commit: the code that runs, and the version-control commit it was taken from, when known.
    user_id: who it is said to be of, when that is not the caller.
    attended: whether this process works on it; such a run is over when its process is.
    """

    experiment: str
    name: str
    code_digest: str | None = None
    commit: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    user_id: str | None = None
    attended: bool = True


@dataclass(frozen=True)
class Run:
    """A run as stored. Instants are ISO 8601 UTC; status is scheduled, running, paused, finished, failed or killed.

    experiment_number: by which other programs call its experiment. attended: whether a process answers for it.
    artifact_location: where its experiment keeps files, when that is not the store.
    """

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
    user_id: str | None = None
    deleted_at: str | None = None
    experiment_number: int = DEFAULT_NUMBER
    attended: bool = True
    artifact_location: str | None = None


class MetricPoint(NamedTuple):
    """One value of a metric at a step; NaN and infinities are values. at: milliseconds since 1970 UTC, None for now."""

    key: str
    value: float
    step: int
    at: int | None = None


class HistoryPlace(NamedTuple):
    """Where a page of a metric's history ended: a point, and whether the history is in the order of time."""

    step: int
    at: int
    value: float
    by_time: bool = True


@dataclass(frozen=True)
class RunDetail:
    """A run with what it logged; metrics hold the last point of each key."""

    run: Run
    params: dict[str, str]
    metrics: dict[str, MetricPoint]
    tags: dict[str, str]
