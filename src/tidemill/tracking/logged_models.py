"""Models that runs wrote, before anybody registers them: what is known of them, and what was measured of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, NotFoundError, UsageError, iso, new_id, unix_ms
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _change_rows as change_rows
from tidemill.tracking import _model_rows as model_rows
from tidemill.tracking._checks import check_text, check_texts
from tidemill.tracking._found import found_run
from tidemill.tracking._listings import list_models
from tidemill.tracking._repository import ensure_experiment
from tidemill.tracking._tables import logged_model_param_table, logged_model_tag_table
from tidemill.tracking.listing import Listed, ModelQuery
from tidemill.tracking.runs import DEFAULT_EXPERIMENT, DEFAULT_NUMBER

PENDING, READY, UPLOAD_FAILED = "pending", "ready", "upload_failed"
_STATES = (PENDING, READY, UPLOAD_FAILED)
_REFUSED = "/:.%\"'"
_LONGEST_NAME, _LONGEST_TYPE = 500, 500
_MOST_AT_ONCE = 1000


class ModelPoint(NamedTuple):
    """A value of a metric that a run has measured of a logged model, on a dataset when its name is told.

    at: milliseconds since 1970 UTC, None for now.
    """

    model_id: str
    key: str
    value: float
    step: int = 0
    at: int | None = None
    dataset_name: str = ""
    dataset_digest: str = ""


class ModelMetric(NamedTuple):
    """A value that was measured of a logged model, and by which run."""

    key: str
    value: float
    step: int
    at: int
    run_id: str
    dataset_name: str
    dataset_digest: str


@dataclass(frozen=True)
class NewLoggedModel:
    """What is known of a model when it is about to be written. experiment_number: 0 is `Default`."""

    experiment_number: int
    name: str = ""
    model_type: str = ""
    source_run_id: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoggedModel:
    """A logged model as stored. Instants are ISO 8601 UTC; status is pending, ready or upload_failed."""

    id: str
    experiment_number: int
    name: str
    model_type: str
    source_run_id: str | None
    status: str
    created_at: str
    created_by: str
    updated_at: str
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[ModelMetric] = field(default_factory=list)


class LoggedModels:
    """The verbs of logged models. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, caller: Caller, new: NewLoggedModel) -> LoggedModel:
        """Store that a model is about to be written; one without a name is called after its id. Needs editor.

        Raises NotFoundError for an unknown experiment or run, ConflictError for a deleted experiment, UsageError.
        """
        require(caller, Role.EDITOR)
        id_ = f"m-{new_id()}"
        name = new.name or id_
        _check_name(name)
        params, tags = check_texts(new.params), check_texts(new.tags)

        def create(tx: Transaction) -> LoggedModel:
            experiment = change_rows.experiment_of(tx, caller.project, new.experiment_number)
            if experiment is None and new.experiment_number == DEFAULT_NUMBER:
                ensure_experiment(tx, caller.project, DEFAULT_EXPERIMENT, caller.name)
                experiment = change_rows.experiment_of(tx, caller.project, new.experiment_number)
            if experiment is None:
                raise NotFoundError(f"No Experiment with id={new.experiment_number} exists; search what there is")
            if experiment["deleted_at"] is not None:
                raise ConflictError(
                    f"The experiment {new.experiment_number} must be in the 'active' state. Current state is deleted"
                )
            if new.source_run_id:
                found_run(tx, caller.project, new.source_run_id)
            model_rows.insert(
                tx,
                project_id=caller.project,
                id=id_,
                experiment_id=experiment["id"],
                name=name,
                model_type=_type(new.model_type),
                source_run_id=new.source_run_id or None,
                status=PENDING,
                created_by=caller.name,
            )
            model_rows.write_params(tx, caller.project, id_, params)
            model_rows.write_tags(tx, caller.project, id_, tags)
            tx.emit(caller.name, caller.project, Event("logged_model.created", id_, {"run": new.source_run_id or ""}))
            return _model(tx, caller.project, id_)

        return self._database.write(create)

    def get(self, caller: Caller, model_id: str) -> LoggedModel:
        """Return a logged model. Raises NotFoundError, for a deleted one too."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: _model(tx, caller.project, model_id))

    def list(
        self, caller: Caller, experiment_numbers: Sequence[int], run_id: str | None = None, limit: int = _MOST_AT_ONCE
    ) -> list[LoggedModel]:
        """Return the logged models of experiments, newest first; those of one run when it is given."""
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> list[LoggedModel]:
            return _with_data(
                tx, caller.project, model_rows.newest(tx, caller.project, experiment_numbers, run_id, limit)
            )

        return self._database.read(read)

    def search(self, caller: Caller, experiment_numbers: Sequence[int], query: ModelQuery) -> Listed[LoggedModel]:
        """Return a page of the logged models of experiments.

        Raises UsageError for a filter, an order or a token that cannot be read.
        """
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> Listed[LoggedModel]:
            found, token = list_models(tx, caller.project, experiment_numbers, query)
            return Listed(_with_data(tx, caller.project, found), token)

        return self._database.read(read)

    def set_status(self, caller: Caller, model_id: str, status: str) -> LoggedModel:
        """Store whether a model was written whole. Needs editor. Raises NotFoundError, UsageError."""
        require(caller, Role.EDITOR)
        if status not in _STATES:
            raise UsageError(f"{status!r} is not what a logged model is; use {', '.join(_STATES)}")
        return self._change(caller, model_id, lambda _: None, status=status)

    def log_params(self, caller: Caller, model_id: str, params: Mapping[str, str]) -> LoggedModel:
        """Store params. Needs editor. Raises NotFoundError, UsageError for a bad key."""
        require(caller, Role.EDITOR)
        texts = check_texts(params)
        return self._change(caller, model_id, lambda tx: model_rows.write_params(tx, caller.project, model_id, texts))

    def set_tags(self, caller: Caller, model_id: str, tags: Mapping[str, str]) -> LoggedModel:
        """Store tags. Needs editor. Raises NotFoundError, UsageError for a bad key."""
        require(caller, Role.EDITOR)
        texts = check_texts(tags)
        return self._change(caller, model_id, lambda tx: model_rows.write_tags(tx, caller.project, model_id, texts))

    def delete_tag(self, caller: Caller, model_id: str, key: str) -> LoggedModel:
        """Remove a tag. Needs editor. Raises NotFoundError for the model or the tag."""
        require(caller, Role.EDITOR)

        def remove(tx: Transaction) -> None:
            if not model_rows.remove_tag(tx, caller.project, model_id, key):
                raise NotFoundError(f"No tag with key {key[:80]!r} found for model with ID {model_id!r}")

        return self._change(caller, model_id, remove)

    def delete(self, caller: Caller, model_id: str) -> None:
        """Mark a logged model as deleted. Needs editor. Raises NotFoundError."""
        require(caller, Role.EDITOR)

        def delete(tx: Transaction) -> None:
            _model(tx, caller.project, model_id)
            model_rows.change(tx, caller.project, model_id, deleted_at=iso(tx.now))
            tx.emit(caller.name, caller.project, Event("logged_model.deleted", model_id, {}))

        self._database.write(delete)

    def _change(self, caller: Caller, model_id: str, function: Any, **values: str) -> LoggedModel:
        def change(tx: Transaction) -> LoggedModel:
            _model(tx, caller.project, model_id)
            function(tx)
            model_rows.change(tx, caller.project, model_id, **values)
            return _model(tx, caller.project, model_id)

        return self._database.write(change)


def write_model_points(tx: Transaction, project: str, run_id: str, points: Sequence[ModelPoint]) -> None:
    """Store what a run has measured of models, in its transaction. Raises NotFoundError for an unknown model."""
    if not points:
        return
    model_rows.refuse_unknown(tx, project, {each.model_id for each in points})
    now = unix_ms(tx.now)
    rows = {}
    for each in points:
        at = now if each.at is None else each.at
        key = (project, each.model_id, each.key, run_id, each.dataset_name, each.dataset_digest, each.step, at)
        rows[key] = (*key, each.value)
    model_rows.write_points(tx, list(rows.values()))


def _model(tx: Transaction, project: str, model_id: str) -> LoggedModel:
    row = model_rows.find(tx, project, model_id)
    if row is None:
        raise NotFoundError(f"Logged model with ID '{model_id[:80]}' not found")
    return _with_data(tx, project, [row])[0]


def _with_data(tx: Transaction, project: str, found: list[dict[str, Any]]) -> list[LoggedModel]:
    if not found:
        return []
    ids = json.dumps([row["id"] for row in found])
    params = model_rows.texts_of(tx, logged_model_param_table, project, ids)
    tags = model_rows.texts_of(tx, logged_model_tag_table, project, ids)
    metrics: dict[str, list[ModelMetric]] = {}
    for model_id, *columns in model_rows.points_of(tx, project, ids):
        metrics.setdefault(model_id, []).append(ModelMetric(*columns))
    names = [name for name in LoggedModel.__dataclass_fields__ if name not in {"params", "tags", "metrics"}]
    return [
        LoggedModel(
            **{name: row[name] for name in names},
            params=params.get(row["id"], {}),
            tags=tags.get(row["id"], {}),
            metrics=metrics.get(row["id"], []),
        )
        for row in found
    ]


def _check_name(name: str) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or any(character in name for character in _REFUSED):
        raise UsageError(
            f"Invalid model name ({name[:80]!r}) provided. Model name must be a non-empty string and cannot contain "
            f"the following characters: {tuple(_REFUSED)}; it has {_LONGEST_NAME} characters at most"
        )
    check_text("the name of a logged model", name)


def _type(model_type: str) -> str:
    if len(model_type) > _LONGEST_TYPE:
        raise UsageError(f"a model's type of {len(model_type)} characters; use {_LONGEST_TYPE} at most")
    check_text("a model's type", model_type)
    return model_type
