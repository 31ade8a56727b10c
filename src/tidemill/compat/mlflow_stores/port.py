"""The ports between which experiments, runs and models are moved: a source that is read, a target that is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.records import (
    MovedExperiment,
    MovedFile,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    PointsOf,
    StoredFile,
)


class Source(Protocol):
    """A store that is read. Used by one thread; memory is bounded by a batch of runs.

    Errors: what cannot be read is added to `left_out` and not yielded; UnavailableError when nothing answers.
    where: what it is called in reports, without secrets. batch: how many runs are read at once.
    """

    where: str
    batch: int
    left_out: LeftOut

    def experiments(self) -> Iterator[MovedExperiment]:
        """Yield all experiments, deleted ones too."""
        ...

    def run_ids(self, experiment_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of all runs of an experiment, a batch at a time."""
        ...

    def runs(self, experiment_id: str, ids: Sequence[str]) -> list[MovedRun]:
        """Return those of a batch of runs that can be read."""
        ...

    def histories(self, runs: Sequence[MovedRun]) -> Iterator[PointsOf]:
        """Yield all points of a batch of runs, those of one run in one or several parts, one behind the other."""
        ...

    def files(self, of: MovedRun | MovedLoggedModel) -> Iterator[MovedFile]:
        """Yield the files of a run, or of a logged model."""
        ...

    def logged_models(self, experiment_id: str) -> Iterator[MovedLoggedModel]:
        """Yield the logged models of an experiment, deleted ones too where the source tells them."""
        ...

    def registered_models(self) -> Iterator[MovedModel]:
        """Yield the registered models."""
        ...

    def close(self) -> None:
        """Let go what is held open."""
        ...


class Placed(NamedTuple):
    """What an experiment is called in the target, and whether it is new there."""

    id: str
    is_new: bool


class Target(Protocol):
    """A store that is written. What was written stays when the process dies; what was half written is not seen.

    Used by one thread. Errors: UnavailableError when nothing answers, UsageError for what it cannot hold.
    where: what it is called in reports, without secrets. keeps_ids: whether ids of runs stay as they are.
    """

    where: str
    keeps_ids: bool

    def place(self, experiment: MovedExperiment) -> Placed:
        """Return the experiment there, made when it is new."""
        ...

    def wanted(self, placed: Placed, ids: Sequence[str]) -> set[str]:
        """Return which runs are not there yet, or not whole."""
        ...

    def put_files(self, owner: MovedRun | MovedLoggedModel, files: Iterable[MovedFile]) -> list[StoredFile]:
        """Store files of a run or model that is to be put next, and return them with the digests they have there."""
        ...

    def put_runs(self, placed: Placed, runs: Sequence[MovedRun], points: Iterable[PointsOf]) -> None:
        """Store runs with all their points."""
        ...

    def written(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, MovedRun]:
        """Return runs as they are there now, to be compared; without what the target has no place for."""
        ...

    def written_points(self, placed: Placed, ids: Sequence[str]) -> Iterator[PointsOf]:
        """Yield the points of runs as they are there now."""
        ...

    def close(self) -> None:
        """Let go what is held open."""
        ...
