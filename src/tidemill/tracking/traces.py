"""The verbs of traces: store, change, find, search, tag, delete."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tidemill.access import Caller, Role, require
from tidemill.core import Event, NotFoundError, UsageError, not_found
from tidemill.storage.records import Database, Transaction, storable
from tidemill.tracking import _repository as runs
from tidemill.tracking import _trace_rows as rows
from tidemill.tracking._arrival_rows import put_files
from tidemill.tracking.arriving import ArrivingFile
from tidemill.tracking.artifact_paths import address_of
from tidemill.tracking.runs import DEFAULT_EXPERIMENT, DEFAULT_NUMBER
from tidemill.tracking.trace_records import STATES, Trace, TracePage, TraceQuery

_ID = re.compile(r"tr-[0-9a-zA-Z_-]{1,64}")
_LONGEST_KEY, _LONGEST_VALUE, _LONGEST_NAME, _LONGEST_PREVIEW = 250, 8000, 500, 10_000
#: By which tag a trace has its name, and by which metadata its run; where its files are.
_NAME_TAG, _RUN_METADATA, _PLACE_TAG = "mlflow.traceName", "mlflow.sourceRun", "mlflow.artifactLocation"


class Traces:
    """Traces of a project's experiments. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, caller: Caller, trace: Trace) -> Trace:
        """Store a trace, instead of one of its id, and return it with the tags that tell its name and its place.

        Needs editor. Raises UsageError for what cannot be stored, NotFoundError for an unknown experiment.
        """
        require(caller, Role.EDITOR)
        given = _checked(replace(trace, tags={**trace.tags, **_place(trace)}))

        def put(tx: Transaction) -> Trace:
            experiment_id = self._experiment(tx, caller, trace.experiment)
            rows.put(tx, caller.project, experiment_id, given)
            return rows.find(tx, caller.project, [trace.id])[0]

        return self._database.write(put)

    def take(self, caller: Caller, given: Sequence[tuple[Trace, Sequence[ArrivingFile]]]) -> None:
        """Store traces that come from another store, each with its files, all or none. Needs editor.

        Raises what `put` raises.
        """
        require(caller, Role.EDITOR)
        checked = [
            (_checked(replace(each, tags={**each.tags, **_place(each)}, id=_checked_id(each.id))), files)
            for each, files in given
        ]

        def take(tx: Transaction) -> None:
            ids = {each.experiment: self._experiment(tx, caller, each.experiment) for each, _ in checked}
            for each, files in checked:
                rows.put(tx, caller.project, ids[each.experiment], each)
                put_files(tx, caller.project, [(each.id, file) for file in files])

        self._database.write(take)

    def end(self, caller: Caller, trace_id: str, ended: Trace) -> Trace:
        """Store how a trace ended: state, duration, more tags and metadata. Needs editor. Raises NotFoundError."""
        require(caller, Role.EDITOR)
        given = _checked(replace(ended, id=_checked_id(trace_id)))

        def end(tx: Transaction) -> Trace:
            self._found(tx, caller, trace_id)
            named = {} if given.name is None else {"name": given.name}
            linked = {} if given.run_id is None else {"run_id": given.run_id}
            if given.run_id is not None:
                rows.link(tx, caller.project, trace_id, given.run_id)
            told = {"state": given.state, "duration_ms": given.duration_ms, **named, **linked}
            rows.change(tx, caller.project, trace_id, **told)
            rows.put_texts(tx, caller.project, trace_id, tags=given.tags, metadata=given.metadata)
            return self._found(tx, caller, trace_id)

        return self._database.write(end)

    def get(self, caller: Caller, trace_id: str) -> Trace:
        """Return a trace. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: self._found(tx, caller, trace_id))

    def find(self, caller: Caller, ids: Sequence[str]) -> list[Trace]:
        """Return those of the traces that there are, in the order of their ids as given."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.find(tx, caller.project, ids))

    def search(self, caller: Caller, query: TraceQuery) -> TracePage:
        """Return a page of traces. Raises UsageError for what cannot be asked, or an `after` that no page gave."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.search(tx, caller.project, query))

    def of_run(self, caller: Caller, run_id: str, limit: int = 100) -> list[Trace]:
        """Return the newest traces of a run."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.of_run(tx, caller.project, run_id, limit))

    def set_tags(self, caller: Caller, trace_id: str, tags: Mapping[str, str]) -> None:
        """Store tags of a trace. Needs editor. Raises NotFoundError, UsageError."""
        require(caller, Role.EDITOR)
        given = _texts("tag", tags)

        def write(tx: Transaction) -> None:
            self._found(tx, caller, trace_id)
            rows.put_texts(tx, caller.project, trace_id, tags=given, metadata={})
            if _NAME_TAG in given:
                rows.change(tx, caller.project, trace_id, name=given[_NAME_TAG][:_LONGEST_NAME])

        self._database.write(write)

    def delete_tag(self, caller: Caller, trace_id: str, key: str) -> None:
        """Delete a tag of a trace. Needs editor. Raises NotFoundError for an unknown trace, or a tag it lacks."""
        require(caller, Role.EDITOR)

        def delete(tx: Transaction) -> None:
            self._found(tx, caller, trace_id)
            if not rows.delete_tag(tx, caller.project, trace_id, key):
                raise NotFoundError(f"the trace {trace_id} has no tag {key[:80]!r}")

        self._database.write(delete)

    def link(self, caller: Caller, run_id: str, ids: Sequence[str]) -> None:
        """Say that traces belong to a run, beside others that they may belong to. Needs editor.

        Raises NotFoundError for an unknown run or trace.
        """
        require(caller, Role.EDITOR)

        def link(tx: Transaction) -> None:
            if not runs.has_run(tx, caller.project, run_id):
                raise NotFoundError(f"there is no run {run_id[:80]!r}")
            for each in ids:
                self._found(tx, caller, each)
                rows.change(tx, caller.project, each, run_id=run_id)
                rows.link(tx, caller.project, each, run_id)

        self._database.write(link)

    def delete(self, caller: Caller, number: int, ids: Sequence[str]) -> int:
        """Delete traces of an experiment with their files; return how many there were. Needs editor."""
        require(caller, Role.EDITOR)

        def delete(tx: Transaction) -> int:
            return self._delete(tx, caller, self._experiment(tx, caller, number), ids)

        return self._database.write(delete)

    def delete_until(self, caller: Caller, number: int, until_ms: int, limit: int) -> int:
        """Delete the oldest traces of an experiment that began until an instant; return how many. Needs editor."""
        require(caller, Role.EDITOR)

        def delete(tx: Transaction) -> int:
            experiment_id = self._experiment(tx, caller, number)
            ids = rows.oldest(tx, caller.project, experiment_id, until_ms, limit)
            return self._delete(tx, caller, experiment_id, ids)

        return self._database.write(delete)

    @staticmethod
    def _delete(tx: Transaction, caller: Caller, experiment_id: str, ids: Sequence[str]) -> int:
        n_deleted = rows.delete(tx, caller.project, experiment_id, ids)
        if n_deleted:
            tx.emit(caller.name, caller.project, Event("traces.deleted", experiment_id, {"n_traces": n_deleted}))
        return n_deleted

    @staticmethod
    def _experiment(tx: Transaction, caller: Caller, number: int) -> str:
        found = rows.experiment_of(tx, caller.project, number)
        if found is None and number == DEFAULT_NUMBER:
            found = runs.ensure_experiment(tx, caller.project, DEFAULT_EXPERIMENT, caller.name)
        if found is None:
            raise NotFoundError(f"there is no experiment {number}")
        return found

    @staticmethod
    def _found(tx: Transaction, caller: Caller, trace_id: str) -> Trace:
        found = rows.find(tx, caller.project, [trace_id])
        if not found:
            raise not_found("trace", trace_id[:80], [])
        return found[0]


def _place(trace: Trace) -> dict[str, str]:
    return {_PLACE_TAG: f"mlflow-artifacts:/{address_of(trace.experiment, _checked_id(trace.id))}"}


def _checked_id(trace_id: str) -> str:
    if not _ID.fullmatch(trace_id):
        raise UsageError(f"{trace_id[:80]!r} is no id of a trace; one is tr- and up to 64 letters, digits, '_' and '-'")
    return trace_id


def _checked(trace: Trace) -> Trace:
    """Return a trace as it is stored. Raises UsageError."""
    if trace.state not in STATES:
        raise UsageError(f"{trace.state[:80]!r} is no state of a trace; use {', '.join(STATES)}")
    tags, metadata = _texts("tag", trace.tags), _texts("metadata", trace.metadata)
    name = tags.get(_NAME_TAG, trace.name)
    return replace(
        trace,
        tags=tags,
        metadata=metadata,
        name=None if name is None else name[:_LONGEST_NAME],
        run_id=trace.run_id or metadata.get(_RUN_METADATA),
        request=_preview(trace.request),
        response=_preview(trace.response),
        client_request_id=None if trace.client_request_id is None else storable(trace.client_request_id)[:_LONGEST_KEY],
    )


def _texts(what: str, texts: Mapping[str, str]) -> dict[str, str]:
    for key in texts:
        if not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
            raise UsageError(
                f"{key[:80]!r} cannot be a {what} of a trace; use 1 to {_LONGEST_KEY} printable characters"
            )
    return {key: storable(text)[:_LONGEST_VALUE] for key, text in texts.items()}


def _preview(text: str | None) -> str | None:
    return None if text is None else storable(text)[:_LONGEST_PREVIEW]
