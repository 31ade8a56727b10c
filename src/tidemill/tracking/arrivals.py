"""Runs that arrive from another store: many at once, each whole or not seen as whole.

A batch of runs is one transaction. A run with more points than a transaction should hold comes in parts: until its last
part it is a deleted run with the tag ``tidemill.arriving``, and is begun anew when its arrival was cut off.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.access import Caller, Role, require
from tidemill.core import Event, iso
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _arrival_rows as rows
from tidemill.tracking import _arriving_links as links
from tidemill.tracking.arriving import (
    ARRIVING_TAG,
    ArrivedExperiment,
    ArrivingExperiment,
    ArrivingFile,
    ArrivingModel,
    ArrivingRun,
    Histories,
)
from tidemill.tracking.runs import PAUSED, RUNNING, SCHEDULED

#: What one transaction should hold at most.
MOST_RUNS, MOST_POINTS_AT_ONCE = 500, 200_000
_UNFINISHED = {RUNNING, PAUSED, SCHEDULED}


class Arrivals:
    """Takes in experiments and runs with the ids, instants and histories they had. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def experiment(self, caller: Caller, given: ArrivingExperiment) -> ArrivedExperiment:
        """Return the experiment of a name, storing it when it is new. Needs editor.

        It keeps its number when no other has it. One that is there already stays as it is.
        """
        require(caller, Role.EDITOR)

        def store(tx: Transaction) -> ArrivedExperiment:
            known = rows.experiments_named(tx, caller.project, given.name)
            if known is not None:
                return ArrivedExperiment(known["id"], given.name, known["number"], is_new=False)
            id_, number = rows.insert_experiment(tx, caller.project, caller.name, given)
            tx.emit(caller.name, caller.project, Event("experiment.arrived", id_, {"number": number}))
            return ArrivedExperiment(id_, given.name, number, is_new=True)

        return self._database.write(store)

    def wanted(self, caller: Caller, ids: Sequence[str]) -> tuple[set[str], set[str]]:
        """Return which runs have not arrived yet or not whole, and which were still at work when they did."""
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> tuple[set[str], set[str]]:
            known = rows.known_runs(tx, caller.project, ids)
            parted = rows.tagged(tx, caller.project, ARRIVING_TAG, ids)
            at_work = {id_ for id_, status in known.items() if status in _UNFINISHED}
            return set(ids) - (known.keys() - parted), at_work - parted

        return self._database.read(read)

    def take(self, caller: Caller, runs: Sequence[ArrivingRun]) -> None:
        """Store runs with all they logged, or none of them; at most `MOST_RUNS`. Needs editor.

        To a run that is there already is added what is new. Raises UsageError for text that no store can hold.
        """
        require(caller, Role.EDITOR)

        def store(tx: Transaction) -> None:
            begun = rows.tagged(tx, caller.project, ARRIVING_TAG, [run.id for run in runs])
            rows.put_runs(tx, caller.project, caller.name, runs)
            for run in runs:
                if run.id in begun:
                    self._end(tx, caller, run)
                self._emit(tx, caller, run)

        if runs:
            self._database.write(store)

    def begin(self, caller: Caller, run: ArrivingRun) -> None:
        """Store a run whose points come in parts. Until `finish` it is seen as deleted. Needs editor."""
        require(caller, Role.EDITOR)

        def store(tx: Transaction) -> None:
            tags = run.tags | {ARRIVING_TAG: "yes"}
            parted = ArrivingRun(**{**vars(run.without_points()), "tags": tags, "deleted_at": iso(tx.now)})
            rows.put_runs(tx, caller.project, caller.name, [parted])

        self._database.write(store)

    def add_points(self, caller: Caller, run_id: str, histories: Histories) -> None:
        """Store some of the points of a run that was begun. Needs editor."""
        require(caller, Role.EDITOR)
        self._database.write(lambda tx: rows.put_points(tx, caller.project, {run_id: histories}))

    def finish(self, caller: Caller, run: ArrivingRun) -> None:
        """Say that a run that was begun is whole. Needs editor."""
        require(caller, Role.EDITOR)

        def store(tx: Transaction) -> None:
            self._end(tx, caller, run)
            self._emit(tx, caller, run)

        self._database.write(store)

    def new_models(self, caller: Caller, ids: Sequence[str]) -> set[str]:
        """Return which logged models are not here yet."""
        require(caller, Role.VIEWER)
        return set(ids) - self._database.read(lambda tx: links.known_models(tx, caller.project, ids))

    def take_model(self, caller: Caller, model: ArrivingModel, files: Sequence[ArrivingFile]) -> None:
        """Store a logged model with its files. Needs editor."""
        require(caller, Role.EDITOR)

        def store(tx: Transaction) -> None:
            links.put_model(tx, caller.project, caller.name, model)
            rows.put_files(tx, caller.project, [(model.id, each) for each in files])
            data = {"experiment_id": model.experiment_id}
            tx.emit(caller.name, caller.project, Event("logged_model.arrived", model.id, data))

        self._database.write(store)

    def _end(self, tx: Transaction, caller: Caller, run: ArrivingRun) -> None:
        rows.set_arriving(tx, caller.project, run.id, run.deleted_at)
        if ARRIVING_TAG not in run.tags:
            rows.remove_tag(tx, caller.project, run.id, ARRIVING_TAG)

    def _emit(self, tx: Transaction, caller: Caller, run: ArrivingRun) -> None:
        tx.emit(caller.name, caller.project, Event("run.arrived", run.id, {"experiment_id": run.experiment_id}))
