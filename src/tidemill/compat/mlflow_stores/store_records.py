"""Records that are moved, as records of this store, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from tidemill.compat.mlflow_stores.records import (
    ACTIVE,
    DELETED,
    ModelMetric,
    MovedInput,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedTrace,
    MovedVersion,
)
from tidemill.compat.mlflow_stores.trace_words import plain_tags
from tidemill.core import TidemillError, from_iso, from_unix_ms, iso, unix_ms
from tidemill.registry import NO_STAGE, ModelVersion, environment_of, stage_of
from tidemill.registry import ArrivingModel as ArrivingRegistered
from tidemill.tracking import (
    PENDING,
    READY,
    UPLOAD_FAILED,
    ArrivingFile,
    ArrivingModel,
    ArrivingRun,
    InputDataset,
    ModelUse,
    RunInputs,
    Trace,
)
from tidemill.tracking import ModelMetric as LoggedMetric

_STATUS = {
    "RUNNING": "running",
    "SCHEDULED": "scheduled",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "killed",
}
_STATUS_BACK = {ours: theirs for theirs, ours in _STATUS.items()} | {"paused": "RUNNING"}
_MODEL_STATUS = {"PENDING": PENDING, "READY": READY, "UPLOAD_FAILED": UPLOAD_FAILED}
_INPUT = tuple(MovedInput.__dataclass_fields__)
_ARTIFACTS = "artifacts"
_TRACE_STATES = {"OK", "ERROR", "IN_PROGRESS"}


def iso_of(milliseconds: int | None) -> str | None:
    """Return an instant as it is stored; None for none, and for one that no calendar has."""
    try:
        return None if milliseconds is None else iso(from_unix_ms(milliseconds))
    except TidemillError:
        return None


def ms_of(instant: str | None) -> int | None:
    """Return a stored instant in milliseconds."""
    return unix_ms(from_iso(instant)) if instant else None


def arriving_run(experiment_id: str, run: MovedRun, files: Sequence[ArrivingFile]) -> ArrivingRun:
    """Return a run as it arrives here."""
    deleted = iso_of(run.deleted_ms or run.end_ms or run.start_ms or 0) if run.lifecycle == DELETED else None
    return ArrivingRun(
        id=run.id,
        experiment_id=experiment_id,
        name=run.name,
        status=_STATUS.get(run.status, "failed"),
        started_at=iso_of(run.start_ms) or iso_of(run.end_ms) or iso(from_unix_ms(0)),
        ended_at=iso_of(run.end_ms),
        user_id=run.user_id,
        deleted_at=deleted,
        params=run.params,
        tags=run.tags,
        files=tuple(files),
        links=RunInputs(
            datasets=[InputDataset(*map(each.__getattribute__, _INPUT)) for each in run.inputs],
            models_read=[ModelUse(id_) for id_ in run.models_in],
            models_written=[ModelUse(id_, step) for id_, step in run.models_out],
        ),
    )


def moved_run(run: ArrivingRun, experiment_id: str) -> MovedRun:
    """Return a run of this store as it is moved."""
    return MovedRun(
        id=run.id,
        experiment_id=experiment_id,
        name=run.name,
        status=_STATUS_BACK[run.status],
        start_ms=ms_of(run.started_at),
        end_ms=ms_of(run.ended_at),
        user_id=run.user_id or "",
        lifecycle=DELETED if run.deleted_at else ACTIVE,
        deleted_ms=ms_of(run.deleted_at),
        params=run.params,
        tags=run.tags,
        inputs=tuple(MovedInput(*map(each.__getattribute__, _INPUT)) for each in run.links.datasets),
        models_in=tuple(each.model_id for each in run.links.models_read),
        models_out=tuple((each.model_id, each.step) for each in run.links.models_written),
    )


def logged_model_arriving(experiment_id: str, model: MovedLoggedModel) -> ArrivingModel:
    """Return a logged model as it arrives here."""
    created = iso_of(model.created_ms) or iso(from_unix_ms(0))
    return ArrivingModel(
        id=model.id,
        experiment_id=experiment_id,
        name=model.name,
        model_type=model.model_type,
        source_run_id=model.source_run_id or None,
        status=_MODEL_STATUS.get(model.status, READY),
        created_at=created,
        updated_at=iso_of(model.updated_ms) or created,
        deleted_at=(iso_of(model.updated_ms) or created) if model.lifecycle == DELETED else None,
        params=model.params,
        tags=model.tags,
        metrics=tuple(
            LoggedMetric(*each[:5], each.dataset_name or "", each.dataset_digest or "") for each in model.metrics
        ),
    )


def moved_logged_model(model: ArrivingModel, experiment: str) -> MovedLoggedModel:
    """Return a logged model of this store as it is moved."""
    return MovedLoggedModel(
        id=model.id,
        experiment_id=experiment,
        name=model.name,
        status=model.status.upper(),
        model_type=model.model_type,
        source_run_id=model.source_run_id or "",
        lifecycle=DELETED if model.deleted_at else ACTIVE,
        created_ms=ms_of(model.created_at),
        updated_ms=ms_of(model.updated_at),
        params=model.params,
        tags=model.tags,
        metrics=tuple(
            ModelMetric(*each[:5], each.dataset_name or None, each.dataset_digest or None) for each in model.metrics
        ),
    )


def arriving_trace(number: int, trace: MovedTrace) -> Trace:
    """Return a trace as it is stored here. number: of its experiment."""
    return Trace(
        id=trace.id,
        experiment=number,
        started_ms=trace.started_ms,
        duration_ms=trace.duration_ms,
        state=trace.state if trace.state in _TRACE_STATES else "STATE_UNSPECIFIED",
        request=trace.request,
        response=trace.response,
        client_request_id=trace.client_request_id,
        tags=trace.tags,
        metadata=trace.metadata,
    )


def moved_trace(trace: Trace) -> MovedTrace:
    """Return a trace of this store as it is moved."""
    return MovedTrace(
        id=trace.id,
        experiment_id=str(trace.experiment),
        started_ms=trace.started_ms,
        duration_ms=trace.duration_ms,
        state=trace.state,
        request=trace.request,
        response=trace.response,
        client_request_id=trace.client_request_id,
        tags=plain_tags(trace.tags),
        metadata=dict(trace.metadata),
    )


def model_arriving(model: MovedModel, tags: dict[str, str], numbers: Mapping[str, str]) -> ArrivingRegistered:
    """Return a registered model as it arrives here. numbers: of experiments here, by their ids there."""
    return ArrivingRegistered(
        name=model.name,
        description=model.description,
        created_at=iso_of(model.created_ms),
        updated_at=iso_of(model.updated_ms),
        tags=tags,
        aliases=model.aliases,
        versions=tuple(_version_arriving(model.name, version, numbers) for version in model.versions),
    )


def source_here(source: str, run_id: str, numbers: Mapping[str, str]) -> str:
    """Return where a version's files are here, when its source is a place of the other store's.

    A folder below a run's or logged model's artifacts is named by the address that this server has for it; all else,
    such as ``runs:/...``, ``models:/...`` and buckets, stays as it is.

    >>> source_here("/data/mlruns/7/" + "ab" * 16 + "/artifacts/model", "ab" * 16, {"7": "3"})[:20]
    'mlflow-artifacts:/3/'
    """
    given = urlsplit(source)
    if given.scheme not in {"", "file", "mlflow-artifacts"}:
        return source
    names = [name for name in unquote(given.path).split("/") if name]
    if _ARTIFACTS not in names or ".." in names:
        return source
    at = names.index(run_id) if run_id in names else next((i for i, n in enumerate(names) if n.startswith("m-")), 0)
    if at == 0 or names[at + 1 : at + 2] != [_ARTIFACTS]:
        return source
    models = ["models"] if names[at - 1] == "models" else []
    experiment = names[at - 1 - len(models)]
    return "/".join(["mlflow-artifacts:", numbers.get(experiment, experiment), *models, *names[at:]])


def _version_arriving(model: str, version: MovedVersion, numbers: Mapping[str, str]) -> ModelVersion:
    stage = version.stage or NO_STAGE
    environment = environment_of(stage) if stage.lower() in {"none", "staging", "production", "archived"} else ""
    return ModelVersion(
        model=model,
        version=version.version,
        package_digest="",
        files={},
        report_digest="",
        serving={},
        run_id=version.run_id,
        verdict_id="",
        created_at=iso_of(version.created_ms) or iso(from_unix_ms(0)),
        created_by="",
        updated_at=iso_of(version.updated_ms or version.created_ms) or iso(from_unix_ms(0)),
        user_id=version.user_id,
        description=version.description,
        status=version.status,
        status_message=version.status_message,
        source=source_here(version.source, version.run_id, numbers),
        run_link=version.run_link,
        model_id=version.model_id,
        tags=version.tags,
        environments=(environment,) if environment else (),
    )


def moved_version(version: ModelVersion) -> MovedVersion:
    """Return a version of this store as it is moved."""
    return MovedVersion(
        version=version.version,
        source=version.source,
        run_id=version.run_id,
        model_id=version.model_id,
        stage=stage_of(version.environments),
        status=version.status,
        status_message=version.status_message,
        user_id=version.user_id,
        description=version.description,
        run_link=version.run_link,
        created_ms=ms_of(version.created_at),
        updated_ms=ms_of(version.updated_at),
        tags=version.tags,
    )
