"""Moving all that a source holds to a target: a batch of runs at a time, compared with the source when it is written.

There is no journal beside the target: what is there whole is done. So a move that was cut off goes on where it was,
and one that is done again finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

from tidemill.compat.mlflow_stores.fingerprints import PointsSeen, differences, point_differences
from tidemill.compat.mlflow_stores.fitting import fitted_path, fitted_trace, is_model_id, is_run_id, is_trace_id
from tidemill.compat.mlflow_stores.hashed_files import HashedFile
from tidemill.compat.mlflow_stores.left_out import LeftOut, Line
from tidemill.compat.mlflow_stores.port import Beside, Owner, Placed, Source, Taken, Target
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
from tidemill.compat.mlflow_stores.report import Count, MoveReport
from tidemill.storage.home_files import Told

_Kept = TypeVar("_Kept", MovedLoggedModel, MovedTrace)
_BEYOND = 2**63
#: What of registered models and versions is written anew: addresses, and what follows from the versions.
_REWRITTEN = frozenset(
    {
        "MovedVersion.source",
        "MovedVersion.updated_ms",
        "MovedModel.versions",
        "MovedModel.aliases",
        "MovedModel.updated_ms",
    }
)
_MOST_FILES, _MOST_BYTES, _MOST_BESIDE = 256, 64 << 20, 100


def move(source: Source, target: Target, left_out: LeftOut, told: Told, *, dry_run: bool = False) -> MoveReport:
    """Move what is not in the target yet, and return what that came to. dry_run: only count.

    Raises UnavailableError when source or target stop answering; what was moved by then stays.
    """
    return _Move(source, target, left_out, told).run(dry_run=dry_run)


@dataclass(frozen=True)
class _How(Generic[_Kept]):
    """How one kind of what is beside runs is moved."""

    kind: str
    count: Count
    is_id: Callable[[str], bool]
    fitted: Callable[[_Kept], _Kept]
    there: Beside[_Kept]


class _Move:
    def __init__(self, source: Source, target: Target, left_out: LeftOut, told: Told) -> None:
        self._source = source
        self._target = target
        self._left_out = left_out
        self._told = told
        self._report = MoveReport(source.where, target.where)

    def run(self, *, dry_run: bool) -> MoveReport:
        report = self._report
        report.dry_run = dry_run
        for experiment in self._source.experiments():
            report.experiments.found += 1
            if dry_run:
                self._count(experiment)
            else:
                self._experiment(experiment)
        self._registered_models(dry_run=dry_run)
        report.n_left_out, report.left_out = self._left_out.n, self._left_out.lines
        return report

    def _count(self, experiment: MovedExperiment) -> None:
        report = self._report
        for ids in self._source.run_ids(experiment.id):
            for run in self._source.runs(experiment.id, ids):
                report.n_params += len(run.params)
                report.n_tags += len(run.tags)
                self._count_files(run)
            report.runs.found += len(ids)
            self._told(f"counting runs of {experiment.name}", report.runs.found, 0)
        for model in self._source.logged_models(experiment.id):
            report.logged_models.found += 1
            self._count_files(model)
        for _ in self._source.traces(experiment.id):
            report.traces.found += 1

    def _count_files(self, of: Owner) -> None:
        for file in self._source.files(of):
            self._report.n_files += 1
            self._report.n_bytes += file.size or 0

    def _experiment(self, experiment: MovedExperiment) -> None:
        report = self._report
        placed = self._target.place(experiment)
        report.experiments.new += placed.is_new
        report.experiments.there += not placed.is_new
        if placed.number != experiment.id:
            report.renumbered[experiment.id] = placed.number
        for ids in self._source.run_ids(experiment.id):
            report.runs.found += len(ids)
            good = [id_ for id_ in ids if is_run_id(id_)]
            for id_ in set(ids) - set(good):
                self._left_out.add("run", repr(id_[:80]), "no run can have such an id")
            wanted = self._target.wanted(placed, good)
            report.runs.there += len(good) - len(wanted.new)
            self._runs(placed, self._read(experiment, [id_ for id_ in good if id_ in wanted.new]))
            again = self._grown(placed, self._read(experiment, [id_ for id_ in good if id_ in wanted.open]))
            report.n_updated += len(again)
            self._runs(placed, again, is_new=False)
            self._told(f"runs of {experiment.name}", report.runs.new + report.runs.there, report.runs.found)
        target, source = self._target, self._source
        models = _How("logged model", report.logged_models, is_model_id, _as_it_is, target.logged_models)
        self._beside(placed, source.logged_models(experiment.id), models)
        traces = _How(
            "trace", report.traces, is_trace_id, partial(fitted_trace, left_out=self._left_out), target.traces
        )
        self._beside(placed, source.traces(experiment.id), traces)

    def _read(self, experiment: MovedExperiment, ids: Sequence[str]) -> list[MovedRun]:
        runs = self._source.runs(experiment.id, ids) if ids else []
        return [self._target.fitted(run) for run in runs]

    def _grown(self, placed: Placed, runs: Sequence[MovedRun]) -> list[MovedRun]:
        """Return those of the runs that are not there as they are in the source by now."""
        if not runs:
            return []
        seen: dict[str, PointsSeen] = {}
        for _ in self._watched(self._source.histories(runs), seen):
            pass
        there, points = self._there(placed, [run.id for run in runs])
        kept = self._target.written_files(placed, [run.id for run in runs])
        return [
            run
            for run in runs
            if run.id not in there
            or differences(run, there[run.id], self._target.untold)
            or point_differences(seen.get(run.id), points.get(run.id))
            or len(list(self._source.files(run))) != len(kept.get(run.id, ()))
        ]

    def _there(self, placed: Placed, ids: Sequence[str]) -> tuple[Mapping[str, MovedRun], dict[str, PointsSeen]]:
        there, points = self._target.written(placed, ids), dict[str, PointsSeen]()
        for part in self._target.written_points(placed, ids):
            of_run = points.setdefault(part.run_id, PointsSeen())
            for key, history in part.histories.items():
                of_run.add(key, history)
        return there, points

    def _runs(self, placed: Placed, runs: Sequence[MovedRun], *, is_new: bool = True) -> None:
        report = self._report
        if not runs:
            return
        stored, digests = self._files([(run, file) for run in runs for file in self._source.files(run)])
        seen: dict[str, PointsSeen] = {}
        self._target.put_runs(placed, runs, self._watched(self._source.histories(runs), seen), stored)
        report.runs.new += len(runs) if is_new else 0
        report.n_params += sum(len(run.params) for run in runs)
        report.n_tags += sum(len(run.tags) for run in runs)
        self._verify(placed, runs, seen, digests)

    def _watched(self, points: Iterator[PointsOf], seen: dict[str, PointsSeen]) -> Iterator[PointsOf]:
        for part in points:
            of_run = seen.setdefault(part.run_id, PointsSeen())
            for key, history in part.histories.items():
                try:
                    of_run.add(key, history)
                except OverflowError:
                    fitting = [each for each in history if -_BEYOND <= min(each[:2]) <= max(each[:2]) < _BEYOND]
                    why = f"{len(history) - len(fitting)} points have a step or an instant of more than 64 bits"
                    self._left_out.add("point", f"{key} of run {part.run_id}", why)
                    history[:] = fitting
                    of_run.add(key, history)
            yield part

    def _verify(
        self, placed: Placed, runs: Sequence[MovedRun], seen: dict[str, PointsSeen], files: dict[str, dict[str, str]]
    ) -> None:
        ids = [run.id for run in runs]
        there, points = self._there(placed, ids)
        kept = self._target.written_files(placed, ids)
        for run in runs:
            if run.id not in there:
                self._differs(f"run {run.id}", "it is not there")
                continue
            wrong = differences(run, there[run.id], self._target.untold)
            wrong += point_differences(seen.get(run.id), points.get(run.id))
            wrong += _file_differences(files.get(run.id, {}), kept.get(run.id, ()))
            for what in wrong:
                self._differs(f"run {run.id}", f"{what} is not what the source has")
            self._report.verified += 1
            if run.id in seen:
                self._report.n_points += sum(n for n, _ in seen[run.id].digests().values())

    def _differs(self, what: str, why: str) -> None:
        self._report.different.append(Line(what, why))

    def _files(
        self, files: Sequence[tuple[Owner, MovedFile]]
    ) -> tuple[dict[str, list[StoredFile]], dict[str, dict[str, str]]]:
        """Store files; return them as stored, and the digests that their bytes had in the source."""
        stored: dict[str, list[StoredFile]] = {}
        digests: dict[str, dict[str, str]] = {}
        for some in _batches(files):
            fitting = [(of, replace(file, path=path)) for of, file in some if (path := self._path(of, file))]
            hashed = [HashedFile(file) for _, file in fitting]
            given = [(of, each.file) for (of, _), each in zip(fitting, hashed, strict=True)]
            for (of, _), each, kept in zip(fitting, hashed, self._target.put_files(given), strict=True):
                if kept is not None:
                    stored.setdefault(of.id, []).append(kept)
                    digests.setdefault(of.id, {})[kept.path] = each.digest()
                    self._report.n_files += 1
                    self._report.n_bytes += kept.size
        return stored, digests

    def _path(self, of: Owner, file: MovedFile) -> str | None:
        return fitted_path(file.path, of.id, self._left_out)

    def _beside(self, placed: Placed, found: Iterator[_Kept], how: _How[_Kept]) -> None:
        """Move what an experiment has beside its runs."""
        for some in _some_of(found, _MOST_BESIDE):
            how.count.found += len(some)
            good = [each for each in some if how.is_id(each.id)]
            for each in some:
                if not how.is_id(each.id):
                    self._left_out.add(how.kind, repr(each.id[:80]), f"no {how.kind} can have such an id")
            wanted = how.there.wanted(placed, [each.id for each in good])
            how.count.there += len(good) - len(wanted)
            new = [how.fitted(each) for each in good if each.id in wanted]
            if new:
                stored, digests = self._files([(each, file) for each in new for file in self._source.files(each)])
                how.there.take(placed, new, stored)
                how.count.new += len(new)
                self._verify_beside(placed, new, how, digests)
            self._told(f"{how.kind}s", how.count.new + how.count.there, 0)

    def _verify_beside(
        self, placed: Placed, new: Sequence[_Kept], how: _How[_Kept], digests: Mapping[str, Mapping[str, str]]
    ) -> None:
        there = how.there.written(placed, [each.id for each in new])
        for each in new:
            wrong = ["it"]
            if each.id in there:
                found, files = there[each.id]
                wrong = differences(each, found, self._target.untold)
                wrong += _file_differences(digests.get(each.id, {}), files)
            for what in wrong:
                self._differs(f"{how.kind} {each.id}", f"{what} is not what the source has")

    def _registered_models(self, *, dry_run: bool) -> None:
        report = self._report
        for model in self._source.registered_models():
            report.registered_models.found += 1
            report.versions.found += len(model.versions)
            report.aliases.found += len(model.aliases)
            if dry_run:
                continue
            taken = self._target.registry.take(model)
            report.registered_models.new += taken.is_new
            report.registered_models.there += not taken.is_new
            report.versions.new += len(taken.versions)
            report.versions.there += len(model.versions) - len(taken.versions)
            self._verify_model(model, taken)
            report.aliases.new += taken.n_aliases
            report.aliases.there += len(model.aliases) - taken.n_aliases

    def _verify_model(self, model: MovedModel, taken: Taken) -> None:
        """Compare what is new of a registered model: of one that was there already its new versions."""
        there = self._target.registry.written(model.name) if taken.is_new or taken.versions else None
        if there is None:
            if taken.is_new:
                self._differs(f"registered model {model.name}", "it is not there")
            return
        untold = self._target.untold | _REWRITTEN
        wrong = differences(model, there, untold) if taken.is_new else []
        for what in wrong:
            self._differs(f"registered model {model.name}", f"{what} is not what the source has")
        versions = {each.version: each for each in there.versions}
        for version in model.versions:
            if version.version not in taken.versions:
                continue
            found = versions.get(version.version)
            wrong = ["it"] if found is None else differences(version, found, untold)
            for what in wrong:
                self._differs(f"model version {model.name}/{version.version}", f"{what} is not what the source has")


def _as_it_is(model: MovedLoggedModel) -> MovedLoggedModel:
    return model


def _some_of(found: Iterator[_Kept], most: int) -> Iterator[list[_Kept]]:
    while some := list(islice(found, most)):
        yield some


def _file_differences(source: Mapping[str, str], target: Sequence[StoredFile]) -> list[str]:
    there = {file.path: file.digest for file in target}
    return [f"file {path}" for path, digest in source.items() if there.get(path) != digest]


def _batches(files: Sequence[tuple[Owner, MovedFile]]) -> Iterator[list[tuple[Owner, MovedFile]]]:
    batch: list[tuple[Owner, MovedFile]] = []
    n_bytes = 0
    for each in files:
        size = each[1].size or 0
        if batch and (len(batch) >= _MOST_FILES or n_bytes + size > _MOST_BYTES):
            yield batch
            batch, n_bytes = [], 0
        batch.append(each)
        n_bytes += size
    if batch:
        yield batch
