"""Moving all that a source holds to a target: a batch of runs at a time, compared with the source when it is written.

There is no journal beside the target: what is there whole is done. So a move that was cut off goes on where it was,
and one that is done again finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tidemill.compat.mlflow_stores.fingerprints import PointsSeen, differences, point_differences
from tidemill.compat.mlflow_stores.fitting import fitted_path, fitted_trace, is_model_id, is_run_id, is_trace_id
from tidemill.compat.mlflow_stores.hashed_files import HashedFile
from tidemill.compat.mlflow_stores.left_out import LeftOut, Line
from tidemill.compat.mlflow_stores.port import Owner, Placed, Source, Taken, Target
from tidemill.compat.mlflow_stores.records import (
    MovedExperiment,
    MovedFile,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    PointsOf,
    StoredFile,
)
from tidemill.compat.mlflow_stores.report import MoveReport
from tidemill.compat.mlflow_stores.trace_words import some_of
from tidemill.storage.home_files import Told

_BEYOND = 2**63
#: What of registered models and versions is written anew: addresses, and what follows from the versions.
_REWRITTEN = frozenset(
    {"MovedVersion.source", "MovedModel.versions", "MovedModel.aliases", "MovedModel.updated_ms"}
    | {"MovedVersion.updated_ms"}
)
_MOST_FILES, _MOST_BYTES, _MOST_TRACES = 256, 64 << 20, 200


def move(source: Source, target: Target, left_out: LeftOut, told: Told, *, dry_run: bool = False) -> MoveReport:
    """Move what is not in the target yet, and return what that came to. dry_run: only count.

    Raises UnavailableError when source or target stop answering; what was moved by then stays.
    """
    return _Move(source, target, left_out, told).run(dry_run=dry_run)


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
        self._logged_models(placed, experiment)
        self._traces(placed, experiment)

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

    def _logged_models(self, placed: Placed, experiment: MovedExperiment) -> None:
        count = self._report.logged_models
        for model in self._source.logged_models(experiment.id):
            count.found += 1
            if not is_model_id(model.id):
                self._left_out.add("logged model", repr(model.id[:80]), "no logged model can have such an id")
            elif not self._target.wanted_models(placed, [model.id]):
                count.there += 1
            else:
                stored, digests = self._files([(model, file) for file in self._source.files(model)])
                self._target.take_logged_model(placed, model, stored.get(model.id, []))
                self._verify_logged_model(placed, model, digests.get(model.id, {}))
                count.new += 1

    def _verify_logged_model(self, placed: Placed, model: MovedLoggedModel, files: Mapping[str, str]) -> None:
        found = self._target.written_logged_model(placed, model.id)
        if found is None:
            self._differs(f"logged model {model.id}", "it is not there")
            return
        there, kept = found
        wrong = differences(model, there, self._target.untold) + _file_differences(files, kept)
        for what in wrong:
            self._differs(f"logged model {model.id}", f"{what} is not what the source has")

    def _traces(self, placed: Placed, experiment: MovedExperiment) -> None:
        count = self._report.traces
        for some in some_of(self._source.traces(experiment.id), _MOST_TRACES):
            count.found += len(some)
            good = [trace for trace in some if is_trace_id(trace.id)]
            for trace in some:
                if not is_trace_id(trace.id):
                    self._left_out.add("trace", repr(trace.id[:80]), "no trace can have such an id")
            wanted = self._target.wanted_traces(placed, [trace.id for trace in good])
            count.there += len(good) - len(wanted)
            new = [fitted_trace(trace, self._left_out) for trace in good if trace.id in wanted]
            if not new:
                continue
            stored, digests = self._files([(trace, file) for trace in new for file in self._source.files(trace)])
            self._target.take_traces(placed, new, stored)
            count.new += len(new)
            there = self._target.written_traces(placed, [trace.id for trace in new])
            for trace in new:
                wrong = ["it"]
                if trace.id in there:
                    found, files = there[trace.id]
                    wrong = differences(trace, found, self._target.untold)
                    wrong += _file_differences(digests.get(trace.id, {}), files)
                for what in wrong:
                    self._differs(f"trace {trace.id}", f"{what} is not what the source has")
            self._told(f"traces of {experiment.name}", count.new + count.there, 0)

    def _registered_models(self, *, dry_run: bool) -> None:
        report = self._report
        for model in self._source.registered_models():
            report.registered_models.found += 1
            report.versions.found += len(model.versions)
            report.aliases.found += len(model.aliases)
            if dry_run:
                continue
            taken = self._target.take_model(model)
            report.registered_models.new += taken.is_new
            report.registered_models.there += not taken.is_new
            report.versions.new += len(taken.versions)
            report.versions.there += len(model.versions) - len(taken.versions)
            self._verify_model(model, taken)
            report.aliases.new += taken.n_aliases
            report.aliases.there += len(model.aliases) - taken.n_aliases

    def _verify_model(self, model: MovedModel, taken: Taken) -> None:
        """Compare what is new of a registered model: of one that was there already its new versions."""
        there = self._target.written_model(model.name) if taken.is_new or taken.versions else None
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
