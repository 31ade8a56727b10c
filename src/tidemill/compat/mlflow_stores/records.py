"""What is moved between MLflow's stores and this one, as neither of them stores it. Instants are ms since 1970 UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tidemill.tracking import Histories

ACTIVE, DELETED = "active", "deleted"


@dataclass(frozen=True)
class MovedExperiment:
    """An experiment. id: decimal text. location: where its artifacts are, when that is known."""

    id: str
    name: str
    location: str = ""
    lifecycle: str = ACTIVE
    created_ms: int | None = None
    updated_ms: int | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MovedInput:
    """A dataset that a run read, with the tags of the reading."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MovedRun:
    """A run with all but its points and files. status: MLflow's word, such as FINISHED.

    models_in, models_out: ids of logged models that it read and made, those made each with its step.
    """

    id: str
    experiment_id: str
    name: str
    status: str
    start_ms: int | None = None
    end_ms: int | None = None
    user_id: str = ""
    lifecycle: str = ACTIVE
    deleted_ms: int | None = None
    location: str = ""
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: tuple[MovedInput, ...] = ()
    models_in: tuple[str, ...] = ()
    models_out: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class MovedTrace:
    """A trace; its spans are a file of its own. state: OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED."""

    id: str
    experiment_id: str
    started_ms: int
    duration_ms: int | None = None
    state: str = "OK"
    request: str | None = None
    response: str | None = None
    client_request_id: str | None = None
    location: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


class ModelMetric(NamedTuple):
    """A value that a run logged of a model, on a dataset or on none."""

    key: str
    value: float
    step: int
    at: int
    run_id: str
    dataset_name: str | None = None
    dataset_digest: str | None = None


@dataclass(frozen=True)
class MovedLoggedModel:
    """A logged model. status: PENDING, READY or UPLOAD_FAILED."""

    id: str
    experiment_id: str
    name: str
    status: str = "READY"
    model_type: str = ""
    source_run_id: str = ""
    status_message: str = ""
    lifecycle: str = ACTIVE
    created_ms: int | None = None
    updated_ms: int | None = None
    location: str = ""
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: tuple[ModelMetric, ...] = ()


@dataclass(frozen=True)
class MovedVersion:
    """A version of a registered model. stage: None, Staging, Production or Archived."""

    version: int
    source: str = ""
    run_id: str = ""
    model_id: str = ""
    stage: str = "None"
    status: str = "READY"
    status_message: str = ""
    user_id: str = ""
    description: str = ""
    run_link: str = ""
    created_ms: int | None = None
    updated_ms: int | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MovedModel:
    """A registered model with its versions and the version that each alias names."""

    name: str
    description: str = ""
    created_ms: int | None = None
    updated_ms: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    versions: tuple[MovedVersion, ...] = ()


@dataclass(frozen=True)
class MovedFile:
    """A file of a run or a logged model. path: within it, by slashes. local: where it lies, when that is here."""

    path: str
    size: int | None
    open: Callable[[], BinaryIO]
    local: Path | None = None


class StoredFile(NamedTuple):
    """A file as it lies in a store: its path, the digest of its bytes, and how many."""

    path: str
    digest: str
    size: int


class PointsOf(NamedTuple):
    """Some of the points of a run."""

    run_id: str
    histories: Histories
