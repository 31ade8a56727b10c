"""Runs that leave for another store: read many at a time, in the order of their ids, with all they logged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from tidemill.access import Caller, Role, require
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _arrival_rows as rows
from tidemill.tracking import _arriving_links as links
from tidemill.tracking.arriving import ArrivingFile, ArrivingModel, ArrivingRun, Histories, LeavingExperiment

_PAGE = 500
#: The most points of one run that are read at once.
_MOST_POINTS = 200_000


class Departures:
    """Reads experiments and runs as they are stored, in bulk. Thread-safe; memory is bounded by a page of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def experiments(self, caller: Caller) -> list[LeavingExperiment]:
        """Return all experiments, deleted ones too, in order of their numbers."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.experiments(tx, caller.project))

    def run_ids(self, caller: Caller, experiment_id: str) -> Iterator[list[str]]:
        """Yield the ids of all runs of an experiment, some hundreds at a time."""
        require(caller, Role.VIEWER)
        after = ("", "")
        while page := self._page(caller, experiment_id, after):
            yield [id_ for _, id_ in page]
            after = page[-1]

    def runs(self, caller: Caller, ids: Sequence[str]) -> list[ArrivingRun]:
        """Return those of the runs that are there, whole ones, without their points."""
        require(caller, Role.VIEWER)

        def read(tx: Transaction) -> list[ArrivingRun]:
            return rows.read_runs(tx, caller.project, ids)

        return self._database.read(read)

    def histories(self, caller: Caller, ids: Collection[str]) -> Iterator[tuple[str, Histories]]:
        """Yield the points of runs, by run and key; those of a run with very many in parts, one behind the other."""
        require(caller, Role.VIEWER)
        counts = self._database.read(lambda tx: rows.n_points(tx, caller.project, list(ids)))
        batch: list[str] = []
        for id_ in sorted(counts):
            if counts[id_] > _MOST_POINTS:
                yield from self._long(caller, id_)
                continue
            if batch and sum(counts[each] for each in batch) + counts[id_] > _MOST_POINTS:
                yield from self._short(caller, batch)
                batch = []
            batch.append(id_)
        if batch:
            yield from self._short(caller, batch)

    def files(self, caller: Caller, ids: Sequence[str]) -> dict[str, list[ArrivingFile]]:
        """Return the files of runs or logged models, by owner; of those that keep some."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.files(tx, caller.project, ids))

    def models(self, caller: Caller, experiment_id: str) -> list[ArrivingModel]:
        """Return the logged models of an experiment, deleted ones too, oldest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: links.models_of(tx, caller.project, experiment_id))

    def model(self, caller: Caller, id_: str) -> ArrivingModel | None:
        """Return a logged model, a deleted one too; None when there is none of this id."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: links.model(tx, caller.project, id_))

    def _short(self, caller: Caller, ids: list[str]) -> Iterator[tuple[str, Histories]]:
        yield from self._database.read(lambda tx: rows.histories(tx, caller.project, ids)).items()

    def _long(self, caller: Caller, id_: str) -> Iterator[tuple[str, Histories]]:
        for key, series in sorted(self._database.read(lambda tx: rows.series_of(tx, caller.project, id_)).items()):
            after = None
            while True:
                found = self._database.read(
                    lambda tx, series=series, after=after: rows.points(tx, series, after, _MOST_POINTS)  # type: ignore[misc]
                )
                if not found:
                    break
                yield id_, {key: found}
                after = found[-1]

    def _page(self, caller: Caller, experiment_id: str, after: tuple[str, str]) -> list[tuple[str, str]]:
        return self._database.read(lambda tx: rows.run_page(tx, caller.project, experiment_id, after, _PAGE))
