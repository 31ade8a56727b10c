"""The ports between which experiments, runs and models are moved: a source that is read, a target that is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Generic, NamedTuple, Protocol, TypeVar

from tidemill.compat.mlflow_stores.records import (
    MovedExperiment,
    MovedFile,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedTrace,
    PointsOf,
    StoredFile,
)

Owner = MovedRun | MovedLoggedModel | MovedTrace
_Kept = TypeVar("_Kept", MovedLoggedModel, MovedTrace)
Files = Mapping[str, Sequence[StoredFile]]


class Source(Protocol):
    """A store that is read. Used by one thread; memory is bounded by a batch of runs.

    Errors: what cannot be read is added to the lines of what was left out, and not yielded; UnavailableError when
    nothing answers. where: what it is called in reports, without secrets.
    """

    where: str

    def experiments(self) -> Iterator[MovedExperiment]:
        """Yield all experiments, deleted ones too."""
        ...

    def run_ids(self, experiment_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of all runs of an experiment, a batch at a time."""
        ...

    def runs(self, experiment_id: str, ids: Sequence[str]) -> list[MovedRun]:
        """Return those of the last batch of runs that are asked for and can be read."""
        ...

    def histories(self, runs: Sequence[MovedRun]) -> Iterator[PointsOf]:
        """Yield all points of a batch of runs, those of one run in one or several parts, one behind the other."""
        ...

    def files(self, of: Owner) -> Iterator[MovedFile]:
        """Yield the files of a run, a logged model or a trace."""
        ...

    def logged_models(self, experiment_id: str) -> Iterator[MovedLoggedModel]:
        """Yield the logged models of an experiment, deleted ones too where the source tells them."""
        ...

    def traces(self, experiment_id: str) -> Iterator[MovedTrace]:
        """Yield the traces of an experiment."""
        ...

    def registered_models(self) -> Iterator[MovedModel]:
        """Yield the registered models."""
        ...

    def close(self) -> None:
        """Let go what is held open."""
        ...


class Placed(NamedTuple):
    """What an experiment is called in the target, whether it is new there, and by what name others call it."""

    id: str
    is_new: bool
    number: str


class Wanted(NamedTuple):
    """Runs that are not there yet, or not whole; and those that are, but were still at work when they came."""

    new: AbstractSet[str]
    open: AbstractSet[str] = frozenset()


class Taken(NamedTuple):
    """What of a registered model is new in the target: the model itself, versions by their numbers in the source."""

    is_new: bool
    versions: tuple[int, ...]
    n_aliases: int


class Beside(NamedTuple, Generic[_Kept]):
    """How what is kept beside runs is moved: which of it is not there, storing some with its files, reading it back."""

    wanted: Callable[[Placed, Sequence[str]], set[str]]
    take: Callable[[Placed, Sequence[_Kept], Files], None]
    written: Callable[[Placed, Sequence[str]], Mapping[str, tuple[_Kept, Sequence[StoredFile]]]]


class RegistryThere(NamedTuple):
    """How registered models are moved: storing what of one is not there, and reading it back, numbers as here."""

    take: Callable[[MovedModel], Taken]
    written: Callable[[str], MovedModel | None]


class Target(Protocol):
    """A store that is written. What was written stays when the process dies; what was half written is not seen.

    Used by one thread. Errors: UnavailableError when nothing answers; what it cannot hold as it is, it changes or
    leaves out, and adds a line. where: what it is called in reports, without secrets. untold: fields of records that it
    keeps no or other values of, which are not compared, such as ``MovedRun.deleted_ms``.
    """

    where: str
    untold: frozenset[str]
    logged_models: Beside[MovedLoggedModel]
    traces: Beside[MovedTrace]
    registry: RegistryThere

    def place(self, experiment: MovedExperiment) -> Placed:
        """Return the experiment there, made when it is new."""
        ...

    def wanted(self, placed: Placed, ids: Sequence[str]) -> Wanted:
        """Return which runs are not there yet, or not whole, and which are but were still at work then."""
        ...

    def fitted(self, run: MovedRun) -> MovedRun:
        """Return the run as the target can hold it."""
        ...

    def put_files(self, files: Sequence[tuple[Owner, MovedFile]]) -> list[StoredFile | None]:
        """Store files of runs or models that are put next; None for one that cannot be read or kept."""
        ...

    def put_runs(self, placed: Placed, runs: Sequence[MovedRun], points: Iterable[PointsOf], files: Files) -> None:
        """Store runs with all their points, and the files that were put."""
        ...

    def written(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, MovedRun]:
        """Return runs as they are there now, by the ids of the source."""
        ...

    def written_points(self, placed: Placed, ids: Sequence[str]) -> Iterator[PointsOf]:
        """Yield the points of runs as they are there now."""
        ...

    def written_files(self, placed: Placed, ids: Sequence[str]) -> Files:
        """Return the files of runs as they are there now."""
        ...

    def close(self) -> None:
        """Let go what is held open."""
        ...
