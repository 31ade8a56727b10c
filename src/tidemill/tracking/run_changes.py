"""Runs that other programs log: begun, named, ended, resumed, deleted and restored as they say, from wherever they are.

No process here answers for such a run, so it is not over when this one is. Its name is kept as a tag too, by which
other programs know it; a param of it is written once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, NotFoundError, UsageError, from_unix_ms, iso, new_id, not_found
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _change_rows as change_rows
from tidemill.tracking import _repository as rows
from tidemill.tracking._checks import check_points, check_text, check_texts
from tidemill.tracking._found import demand_active, found_run, refuse_deleted
from tidemill.tracking.logged_models import ModelPoint, write_model_points
from tidemill.tracking.run_names import made_name
from tidemill.tracking.runs import (
    DEFAULT_EXPERIMENT,
    DEFAULT_NUMBER,
    FAILED,
    FINISHED,
    KILLED,
    RUNNING,
    SCHEDULED,
    MetricPoint,
    Run,
)

#: The tag that holds a run's name, for programs that look for it there.
NAME_TAG = "mlflow.runName"
_LONGEST_NAME = 8000
_STATES = (RUNNING, SCHEDULED, FINISHED, FAILED, KILLED)
_ENDED = (FINISHED, FAILED, KILLED)


@dataclass(frozen=True)
class ClientRun:
    """A run as another program begins it.

    experiment_number: of the experiment it belongs to. started_at: milliseconds since 1970 UTC, None for now.
    """

    experiment_number: int = DEFAULT_NUMBER
    name: str = ""
    user_id: str = ""
    started_at: int | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunUpdate:
    """What is to be changed of a run; None leaves it as it is. ended_at: milliseconds since 1970 UTC."""

    status: str | None = None
    ended_at: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class Logged:
    """What is logged to a run at once. models: those of the points that were measured of a logged model."""

    points: Sequence[MetricPoint] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    models: Sequence[ModelPoint] = ()


class RunChanges:
    """The verbs for runs of other programs. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, caller: Caller, new: ClientRun) -> Run:
        """Store a run that has begun elsewhere; one without a name is given one. Needs editor.

        Raises NotFoundError for an unknown experiment, ConflictError for a deleted one, UsageError for a bad name, tag
        or instant.
        """
        require(caller, Role.EDITOR)
        id_, tags = new_id(), check_texts(new.tags)
        name = new.name or tags.get(NAME_TAG, "") or made_name(id_)
        _check_name(name)
        check_text("the user of a run", new.user_id)
        tags[NAME_TAG] = name
        started = None if new.started_at is None else iso(from_unix_ms(new.started_at))

        def begin(tx: Transaction) -> Run:
            experiment = _experiment(tx, caller, new.experiment_number)
            change_rows.insert(
                tx,
                project_id=caller.project,
                id=id_,
                experiment_id=experiment["id"],
                name=name,
                status=RUNNING,
                started_at=started or iso(tx.now),
                created_by=caller.name,
                user_id=new.user_id,
            )
            rows.upsert_tags(tx, caller.project, id_, tags)
            tx.emit(caller.name, caller.project, Event("run.started", id_, {"experiment": experiment["name"]}))
            return found_run(tx, caller.project, id_)

        return self._database.write(begin)

    def update(self, caller: Caller, run_id: str, to: RunUpdate) -> Run:
        """End a run, let an ended one go on, or rename it. Needs editor.

        Raises NotFoundError, UsageError for a bad status, name or instant, ConflictError when it is deleted, or when
        the status is that of a run that a process of this installation works on.
        """
        require(caller, Role.EDITOR)
        if to.status is not None and to.status not in _STATES:
            raise UsageError(f"{to.status!r} is not what a run is; use {', '.join(_STATES)}")
        ended = None if to.ended_at is None else iso(from_unix_ms(to.ended_at))
        if to.name:
            _check_name(to.name)

        def update(tx: Transaction) -> Run:
            run = found_run(tx, caller.project, run_id)
            refuse_deleted(run)
            if to.name and to.name != run.name:
                change_rows.change(tx, caller.project, run_id, name=to.name)
                rows.upsert_tags(tx, caller.project, run_id, {NAME_TAG: to.name})
            if to.status is not None:
                _set_status(tx, caller, run, to.status, ended)
            elif ended is not None and run.status in _ENDED:
                change_rows.change(tx, caller.project, run_id, ended_at=ended)
            return found_run(tx, caller.project, run_id)

        return self._database.write(update)

    def delete(self, caller: Caller, run_id: str) -> None:
        """Mark a run as deleted; nothing of it is lost. Needs editor. Raises NotFoundError, ConflictError."""
        require(caller, Role.EDITOR)

        def delete(tx: Transaction) -> None:
            run = found_run(tx, caller.project, run_id)
            refuse_deleted(run)
            change_rows.change(tx, caller.project, run_id, deleted_at=iso(tx.now))
            tx.emit(caller.name, caller.project, Event("run.deleted", run_id, {"experiment": run.experiment}))

        self._database.write(delete)

    def restore(self, caller: Caller, run_id: str) -> None:
        """Bring a deleted run back. Needs editor. Raises NotFoundError, ConflictError when it is not deleted."""
        require(caller, Role.EDITOR)

        def restore(tx: Transaction) -> None:
            run = found_run(tx, caller.project, run_id)
            if run.deleted_at is None:
                raise ConflictError(f"The run {run_id} must be in the 'deleted' state. Current state is active")
            change_rows.change(tx, caller.project, run_id, deleted_at=None)
            tx.emit(caller.name, caller.project, Event("run.restored", run_id, {"experiment": run.experiment}))

        self._database.write(restore)

    def log(self, caller: Caller, run_id: str, logged: Logged) -> None:
        """Store points, params and tags: all, or none. The same again changes nothing. Needs editor.

        Raises NotFoundError, UsageError for what cannot be stored, ConflictError when the run is deleted or a param was
        logged with another value.
        """
        require(caller, Role.EDITOR)
        check_points(logged.points)
        params, tags = check_texts(logged.params), check_texts(logged.tags)

        def log(tx: Transaction) -> None:
            demand_active(tx, caller.project, run_id)
            if params:
                _write_params(tx, caller.project, run_id, params)
            if tags:
                rows.upsert_tags(tx, caller.project, run_id, tags)
                if tags.get(NAME_TAG):
                    change_rows.change(tx, caller.project, run_id, name=tags[NAME_TAG])
            rows.write_points(tx, caller.project, run_id, logged.points)
            write_model_points(tx, caller.project, run_id, logged.models)

        self._database.write(log)

    def delete_tag(self, caller: Caller, run_id: str, key: str) -> None:
        """Remove a tag. Needs editor. Raises NotFoundError for the run or the tag, ConflictError when it is deleted."""
        require(caller, Role.EDITOR)

        def remove(tx: Transaction) -> None:
            demand_active(tx, caller.project, run_id)
            if not change_rows.remove_tag(tx, caller.project, run_id, key):
                raise not_found("tag", key, rows.read_tags(tx, caller.project, run_id))

        self._database.write(remove)


def _set_status(tx: Transaction, caller: Caller, run: Run, status: str, ended: str | None) -> None:
    if run.attended and status != run.status:
        raise ConflictError(f"run {run.id} is worked on by this installation, which says itself when it is {status}")
    if status in _ENDED:
        change_rows.change(tx, caller.project, run.id, status=status, ended_at=ended or run.ended_at or iso(tx.now))
    else:
        change_rows.change(tx, caller.project, run.id, status=status, ended_at=ended, error=None)
    if status in _ENDED and status != run.status:
        tx.emit(caller.name, caller.project, Event(f"run.{status}", run.id, {"experiment": run.experiment}))
    elif status != run.status:
        tx.emit(caller.name, caller.project, Event("run.resumed", run.id, {"experiment": run.experiment}))


def _write_params(tx: Transaction, project: str, run_id: str, params: dict[str, str]) -> None:
    known = change_rows.params_among(tx, project, run_id, params)
    for key, value in params.items():
        if known.get(key, value) != value:
            raise ConflictError(
                f"Changing param values is not allowed. Param with key={key!r} was already logged with "
                f"value={known[key][:500]!r} for run ID={run_id!r}. Attempted logging new value {value[:500]!r}."
            )
    rows.upsert_params(tx, project, run_id, {key: value for key, value in params.items() if key not in known})


def _experiment(tx: Transaction, caller: Caller, number: int) -> dict[str, str]:
    known = change_rows.experiment_of(tx, caller.project, number)
    if known is None and number == DEFAULT_NUMBER:
        rows.insert_experiment(tx, caller.project, DEFAULT_EXPERIMENT, caller.name)
        known = change_rows.experiment_of(tx, caller.project, number)
    if known is None:
        raise NotFoundError(f"No Experiment with id={number} exists; search experiments for what there is")
    if known["deleted_at"] is not None:
        raise ConflictError(
            f"The experiment {number} must be in the 'active' state. Current state is deleted: restore it first"
        )
    return known


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME:
        raise UsageError(f"a run's name of {len(name)} characters; use {_LONGEST_NAME} at most")
    check_text("the name of a run", name)
