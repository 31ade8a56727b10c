"""What comes from another store: experiments and runs as they were there, with their own ids and instants."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tidemill.tracking.inputs import RunInputs
from tidemill.tracking.logged_models import ModelMetric

#: The points of a run by key, each as step, milliseconds since 1970 UTC, value.
Histories = dict[str, list[tuple[int, int, float]]]
#: What a run has until its last part has come.
ARRIVING_TAG = "tidemill.arriving"


@dataclass(frozen=True)
class ArrivingExperiment:
    """An experiment as it was. number: what other programs call it by. Instants are ISO 8601 UTC."""

    name: str
    number: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    deleted_at: str | None = None
    artifact_location: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ArrivedExperiment:
    """An experiment as it is here now. is_new: whether it came with this call."""

    id: str
    name: str
    number: int
    is_new: bool


@dataclass(frozen=True)
class LeavingExperiment:
    """An experiment as it is here."""

    id: str
    name: str
    number: int
    created_at: str
    updated_at: str
    deleted_at: str | None
    artifact_location: str | None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ArrivingModel:
    """A logged model as it was. status: as of logged models here. Instants are ISO 8601 UTC."""

    id: str
    experiment_id: str
    name: str
    model_type: str
    source_run_id: str | None
    status: str
    created_at: str
    updated_at: str
    deleted_at: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: tuple[ModelMetric, ...] = ()


class ArrivingFile(NamedTuple):
    """A file whose bytes are stored already: its path within its owner, their digest, how many there are."""

    path: str
    digest: str
    size: int


@dataclass(frozen=True)
class ArrivingRun:
    """A run as it was, with what it logged.

    experiment_id: of the experiment here. status: as of runs here. histories: all points, NaN and infinities too.
    """

    id: str
    experiment_id: str
    name: str
    status: str
    started_at: str
    ended_at: str | None = None
    user_id: str | None = None
    deleted_at: str | None = None
    commit: str | None = None
    error: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    histories: Histories = field(default_factory=dict)
    files: tuple[ArrivingFile, ...] = ()
    links: RunInputs = field(default_factory=RunInputs)

    def with_points(self, histories: Histories) -> ArrivingRun:
        """Return the run with these points."""
        return replace(self, histories=histories)

    def without_points(self) -> ArrivingRun:
        """Return the run with all but its points."""
        return replace(self, histories={})
