"""Experiments: what groups runs. Each has a number of its own in its project; 0 is the one for runs that name none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, NotFoundError, iso, not_found
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _experiment_rows as experiment_rows
from tidemill.tracking import _repository as rows
from tidemill.tracking._checks import check_experiment_name, check_text, check_texts
from tidemill.tracking._listings import list_experiments
from tidemill.tracking.listing import Listed, ListQuery
from tidemill.tracking.runs import DEFAULT_EXPERIMENT, DEFAULT_NUMBER

T = TypeVar("T")
View = Literal["active", "deleted", "all"]
_DELETED: dict[View, bool | None] = {"active": False, "deleted": True, "all": None}


@dataclass(frozen=True)
class Experiment:
    """An experiment as stored. Instants are ISO 8601 UTC.

    artifact_location: where its runs keep their files; None for the store itself.
    """

    id: str
    number: int
    name: str
    created_at: str
    created_by: str
    updated_at: str
    deleted_at: str | None
    artifact_location: str | None
    tags: dict[str, str] = field(default_factory=dict)


class Experiments:
    """The verbs of experiments. Thread-safe. The experiment ``Default`` is there from the first look."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, caller: Caller, name: str, tags: Mapping[str, str] | None = None, artifact_location: str | None = None
    ) -> Experiment:
        """Store an experiment under the next number. Needs editor.

        Raises UsageError for a bad name or tag, ConflictError when the name is taken, by a deleted experiment too.
        """
        require(caller, Role.EDITOR)
        check_experiment_name(name)
        texts = check_texts(tags or {})
        if artifact_location is not None:
            check_text("the place of an experiment's files", artifact_location)

        def create(tx: Transaction) -> Experiment:
            self._default(tx, caller)
            _refuse_taken(tx, caller.project, name)
            id_ = rows.insert_experiment(tx, caller.project, name, caller.name)
            experiment_rows.change(tx, caller.project, id_, artifact_location=artifact_location)
            experiment_rows.write_tags(tx, caller.project, id_, texts)
            made = _named(tx, caller.project, name)
            tx.emit(caller.name, caller.project, Event("experiment.created", name, {"number": made.number}))
            return made

        return self._database.write(create)

    def get(self, caller: Caller, number: int) -> Experiment:
        """Return an experiment, a deleted one too. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        if number == DEFAULT_NUMBER:
            self._make_default(caller)
        return self._database.read(lambda tx: _numbered(tx, caller.project, number))

    def get_named(self, caller: Caller, name: str) -> Experiment:
        """Return the experiment with a name, a deleted one too. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        if name == DEFAULT_EXPERIMENT:
            self._make_default(caller)
        return self._database.read(lambda tx: _named(tx, caller.project, name))

    def list(self, caller: Caller, view: View = "active") -> list[Experiment]:
        """Return experiments, newest first."""
        require(caller, Role.VIEWER)
        self._make_default(caller)

        def read(tx: Transaction) -> list[Experiment]:
            return _with_tags(tx, caller.project, experiment_rows.newest(tx, caller.project, deleted=_DELETED[view]))

        return self._database.read(read)

    def search(self, caller: Caller, query: ListQuery) -> Listed[Experiment]:
        """Return a page of experiments. Raises UsageError for a filter, an order or a token that cannot be read."""
        require(caller, Role.VIEWER)
        self._make_default(caller)

        def read(tx: Transaction) -> Listed[Experiment]:
            found, token = list_experiments(tx, caller.project, query)
            return Listed(_with_tags(tx, caller.project, found), token)

        return self._database.read(read)

    def rename(self, caller: Caller, number: int, name: str) -> Experiment:
        """Give an experiment another name. Needs editor.

        Raises NotFoundError, UsageError for a bad name, ConflictError when the name is taken or it is deleted.
        """
        require(caller, Role.EDITOR)
        check_experiment_name(name)

        def rename(tx: Transaction) -> Experiment:
            known = _active(tx, caller.project, number)
            if known.name != name:
                _refuse_taken(tx, caller.project, name)
                experiment_rows.change(tx, caller.project, known.id, name=name)
                tx.emit(caller.name, caller.project, Event("experiment.renamed", name, {"before": known.name}))
            return _numbered(tx, caller.project, number)

        return self._change(caller, number, rename)

    def delete(self, caller: Caller, number: int) -> None:
        """Mark an experiment and its runs as deleted; nothing is lost. Needs editor.

        Raises NotFoundError, ConflictError when it is deleted already.
        """
        require(caller, Role.EDITOR)

        def delete(tx: Transaction) -> None:
            known, now = _active(tx, caller.project, number), iso(tx.now)
            experiment_rows.change(tx, caller.project, known.id, deleted_at=now)
            experiment_rows.mark_runs(tx, caller.project, known.id, None, now)
            tx.emit(caller.name, caller.project, Event("experiment.deleted", known.name, {"number": number}))

        self._change(caller, number, delete)

    def restore(self, caller: Caller, number: int) -> None:
        """Bring a deleted experiment back, with the runs that were deleted with it. Needs editor.

        Raises NotFoundError when there is no deleted experiment of this number.
        """
        require(caller, Role.EDITOR)

        def restore(tx: Transaction) -> None:
            known = _numbered(tx, caller.project, number)
            if known.deleted_at is None:
                raise NotFoundError(f"There is no deleted experiment {number}; it is active already")
            experiment_rows.change(tx, caller.project, known.id, deleted_at=None)
            experiment_rows.mark_runs(tx, caller.project, known.id, known.deleted_at, None)
            tx.emit(caller.name, caller.project, Event("experiment.restored", known.name, {"number": number}))

        self._database.write(restore)

    def set_tags(self, caller: Caller, number: int, tags: Mapping[str, str]) -> None:
        """Store tags. Needs editor.

        Raises NotFoundError, UsageError for a bad key, ConflictError when the experiment is deleted.
        """
        require(caller, Role.EDITOR)
        texts = check_texts(tags)

        def store(tx: Transaction) -> None:
            known = _active(tx, caller.project, number)
            experiment_rows.write_tags(tx, caller.project, known.id, texts)
            experiment_rows.change(tx, caller.project, known.id)

        self._change(caller, number, store)

    def delete_tag(self, caller: Caller, number: int, key: str) -> None:
        """Remove a tag. Needs editor. Raises NotFoundError, ConflictError when the experiment is deleted."""
        require(caller, Role.EDITOR)

        def remove(tx: Transaction) -> None:
            known = _active(tx, caller.project, number)
            if not experiment_rows.remove_tag(tx, caller.project, known.id, key):
                raise not_found("tag", key, known.tags)
            experiment_rows.change(tx, caller.project, known.id)

        self._change(caller, number, remove)

    def _change(self, caller: Caller, number: int, function: Callable[[Transaction], T]) -> T:
        if number == DEFAULT_NUMBER:
            self._make_default(caller)
        return self._database.write(function)

    def _make_default(self, caller: Caller) -> None:
        if self._database.read(lambda tx: experiment_rows.by_number(tx, caller.project, DEFAULT_NUMBER)) is None:
            self._database.write(lambda tx: self._default(tx, caller))

    @staticmethod
    def _default(tx: Transaction, caller: Caller) -> None:
        if experiment_rows.by_number(tx, caller.project, DEFAULT_NUMBER) is None:
            rows.insert_experiment(tx, caller.project, DEFAULT_EXPERIMENT, caller.name)


def _refuse_taken(tx: Transaction, project: str, name: str) -> None:
    known = experiment_rows.by_name(tx, project, name)
    if known is not None:
        state = "deleted: restore it, or" if known["deleted_at"] else "active:"
        raise ConflictError(f"Experiment {name!r} already exists, and is {state} choose another name")


def _numbered(tx: Transaction, project: str, number: int) -> Experiment:
    row = experiment_rows.by_number(tx, project, number)
    if row is None:
        raise NotFoundError(f"No Experiment with id={number} exists; search experiments for what there is")
    return _with_tags(tx, project, [row])[0]


def _named(tx: Transaction, project: str, name: str) -> Experiment:
    row = experiment_rows.by_name(tx, project, name)
    if row is None:
        raise NotFoundError(f"Could not find experiment with name {name[:500]!r}; search experiments for what there is")
    return _with_tags(tx, project, [row])[0]


def _active(tx: Transaction, project: str, number: int) -> Experiment:
    known = _numbered(tx, project, number)
    if known.deleted_at is not None:
        raise ConflictError(
            f"The experiment {number} must be in the 'active' state. Current state is deleted, since "
            f"{known.deleted_at}: restore it first"
        )
    return known


def _with_tags(tx: Transaction, project: str, found: list[dict[str, Any]]) -> list[Experiment]:
    tags = experiment_rows.tags_of(tx, project, json.dumps([row["id"] for row in found])) if found else {}
    names = [name for name in Experiment.__dataclass_fields__ if name != "tags"]
    return [Experiment(**{name: row[name] for name in names}, tags=tags.get(row["id"], {})) for row in found]
