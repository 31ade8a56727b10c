"""Writing to an MLflow database, of SQLite or PostgreSQL, with artifacts in a folder of this machine: all ids kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tidemill.compat.mlflow_stores.database_making import make_tables
from tidemill.compat.mlflow_stores.database_rows import (
    dataset_rows,
    experiment_rows,
    logged_model_rows,
    model_rows,
    point_rows,
    run_rows,
    version_rows,
)
from tidemill.compat.mlflow_stores.database_source import DatabaseSource
from tidemill.compat.mlflow_stores.database_tables import Tables, checked_url
from tidemill.compat.mlflow_stores.database_traces import trace_rows, traces_among
from tidemill.compat.mlflow_stores.database_writing import DatabaseWriting
from tidemill.compat.mlflow_stores.fitting import fitted_run
from tidemill.compat.mlflow_stores.folder_files import put_file, stored_file
from tidemill.compat.mlflow_stores.last_points import LastPoints
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.port import Beside, Files, Owner, Placed, RegistryThere, Taken, Wanted
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
from tidemill.core import UsageError

_ARTIFACTS = "artifacts"
_RUN_NAME = "mlflow.runName"


class DatabaseTarget:
    """Fills a database, a new one or one that MLflow uses. artifacts: the folder of the files, beside it by default.

    Raises UsageError for a URL that is none, or no folder for files; UnavailableError when nothing answers.
    """

    #: MLflow tells a version's logged model by its source.
    untold = frozenset({"MovedVersion.model_id"})

    def __init__(self, url: str, artifacts: Path | None, left_out: LeftOut) -> None:
        parsed = checked_url(url, is_new=True)
        self.where = parsed.render_as_string(hide_password=True)
        file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        if artifacts is None and file is None:
            raise UsageError(f"{self.where}: --artifacts FOLDER tells where its files are put")
        self._root = (artifacts or (file or Path()).with_suffix(".artifacts")).absolute()
        self._left_out = left_out
        self._tables = _opened(url, self.where, file, self._root)
        self._writing = DatabaseWriting(self._tables)
        self._reader = DatabaseSource(self._tables, None, LeftOut())
        self._places: dict[str, str] = {}
        self._datasets: dict[tuple[str, str], str] = {}
        self.logged_models = Beside(self._wanted_models, self._take_models, self._written_models)
        self.traces = Beside(self._wanted_traces, self._take_traces, self._written_traces)
        self.registry = RegistryThere(self._take_model, self._written_model)

    def place(self, experiment: MovedExperiment) -> Placed:
        """Return the experiment of this name, made with its own number when that is free."""
        self._writing.end()
        known = list(self._tables.rows("experiments", name=experiment.name))
        if known:
            number, is_new = int(known[0]["experiment_id"]), False
            pairs = self._tables.rows("datasets", experiment_id=number)
            self._datasets = {(row["name"], row["digest"]): row["dataset_uuid"] for row in pairs}
        else:
            number, is_new, self._datasets = self._free(experiment.id), True, {}
            self._writing.put(experiment_rows(experiment, number, self._place(number)).items())
        self._places[experiment.id] = self._place(number)
        return Placed(str(number), is_new, str(number))

    def wanted(self, placed: Placed, ids: Sequence[str]) -> Wanted:  # noqa: ARG002
        """Return which runs are not there, and which were still at work when they came."""
        self._writing.end()
        states = {row["run_uuid"]: row["status"] for row in self._tables.rows_among("runs", "run_uuid", ids)}
        longest = self._writing.longest("runs", "run_uuid") or 0
        for id_ in ids:
            if len(id_) > longest > 0:
                why = f"its id is longer than the {longest} characters that the database has for it"
                self._left_out.add("run", id_, why)
        new = {id_ for id_ in ids if id_ not in states and not len(id_) > longest > 0}
        return Wanted(new, {id_ for id_, status in states.items() if status in {"RUNNING", "SCHEDULED"}})

    def fitted(self, run: MovedRun) -> MovedRun:
        """Return the run with texts that the database has room for; its name is a tag too."""
        run = fitted_run(run, self._left_out)
        texts = {}
        for kind, given in (("param", run.params), ("tag", {_RUN_NAME: run.name, **run.tags})):
            longest = self._writing.longest(f"{kind}s", "value")
            texts[kind] = given if longest is None else self._short(kind, given, longest, run.id)
        return MovedRun(**{**vars(run), "params": texts["param"], "tags": texts["tag"]})

    def put_files(self, files: Sequence[tuple[Owner, MovedFile]]) -> list[StoredFile | None]:
        """Write files into the folder of artifacts; what a run that is not there yet left is written over."""
        return [put_file(self._folder(of), of, file, self._left_out) for of, file in files]

    def put_runs(self, placed: Placed, runs: Sequence[MovedRun], points: Iterable[PointsOf], files: Files) -> None:  # noqa: ARG002
        """Write runs with all that belongs to them in one transaction."""
        self._writing.put(self._rows(int(placed.id), runs, points))

    def written(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, MovedRun]:
        """Return runs as they are there now."""
        return {run.id: run for run in self._reader.runs(placed.id, ids)}

    def written_points(self, placed: Placed, ids: Sequence[str]) -> Iterator[PointsOf]:
        """Yield the points of runs as they are there now."""
        return self._reader.histories(self._reader.runs(placed.id, ids))

    def written_files(self, placed: Placed, ids: Sequence[str]) -> Files:
        """Return the files of runs as they can be read from the folder."""
        return {run.id: list(map(stored_file, self._reader.files(run))) for run in self._reader.runs(placed.id, ids)}

    def _wanted_models(self, placed: Placed, ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Return which logged models are not there."""
        return set(ids) - {row["model_id"] for row in self._tables.rows_among("logged_models", "model_id", ids)}

    def _take_models(self, placed: Placed, models: Sequence[MovedLoggedModel], files: Files) -> None:  # noqa: ARG002
        """Store logged models with their files."""
        for model in models:
            rows = logged_model_rows(model, int(placed.id), self._folder(model).as_uri())
            self._writing.put(rows.items())

    def _wanted_traces(self, placed: Placed, ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Return which traces are not there."""
        return set(ids) - {row["request_id"] for row in self._tables.rows_among("trace_info", "request_id", ids)}

    def _take_traces(self, placed: Placed, traces: Sequence[MovedTrace], files: Files) -> None:  # noqa: ARG002
        """Write traces whose files were put."""
        rows = [trace_rows(trace, int(placed.id), self._folder(trace).as_uri()).items() for trace in traces]
        self._writing.put(pair for pairs in rows for pair in pairs)

    def _written_traces(self, placed: Placed, ids: Sequence[str]) -> Mapping[str, tuple[MovedTrace, list[StoredFile]]]:  # noqa: ARG002
        """Return traces as they are there now, with their files."""
        found = traces_among(self._tables, ids)
        return {trace.id: (trace, list(map(stored_file, self._reader.files(trace)))) for trace in found}

    def _written_model_of(self, placed: Placed, id_: str) -> tuple[MovedLoggedModel, list[StoredFile]] | None:  # noqa: ARG002
        """Return a logged model as it is there now, with its files."""
        model = self._reader.logged_model(id_)
        return None if model is None else (model, list(map(stored_file, self._reader.files(model))))

    def _written_models(
        self, placed: Placed, ids: Sequence[str]
    ) -> Mapping[str, tuple[MovedLoggedModel, list[StoredFile]]]:
        """Return logged models as they are there now, with their files."""
        found = {id_: self._written_model_of(placed, id_) for id_ in ids}
        return {id_: each for id_, each in found.items() if each is not None}

    def _take_model(self, model: MovedModel) -> Taken:
        """Write what of a registered model is not there yet."""
        self._writing.end()
        there = self._reader.registered_model(model.name)
        numbers = {row["version"] for row in self._tables.rows("model_versions", name=model.name)}
        new = [version for version in model.versions if version.version not in numbers]
        rows: list[tuple[str, list[dict[str, Any]]]] = [] if there else list(model_rows(model).items())
        for version in new:
            rows += version_rows(model.name, version, self._places).items()
            if version.model_id and version.source != f"models:/{version.model_id}":
                why = f"is of the logged model {version.model_id}, which a database does not tell"
                self._left_out.add("model version", f"{model.name}/{version.version}", why)
        known = there.aliases if there else {}
        aliases = [{"alias": alias, "version": number} for alias, number in model.aliases.items() if alias not in known]
        rows.append(("registered_model_aliases", [{"name": model.name, **each} for each in aliases]))
        self._writing.put(rows)
        return Taken(there is None, tuple(version.version for version in new), len(aliases))

    def _written_model(self, name: str) -> MovedModel | None:
        """Return a registered model as it is there now."""
        return self._reader.registered_model(name)

    def close(self) -> None:
        """Close the connection."""
        self._tables.close()

    def _rows(
        self, number: int, runs: Sequence[MovedRun], points: Iterable[PointsOf]
    ) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for run in runs:
            yield from run_rows(run, number, self._folder(run).as_uri()).items()
            for each in run.inputs:
                yield from dataset_rows(run.id, each, number, self._datasets).items()
        last = LastPoints()
        for part in points:
            yield "metrics", point_rows(part)
            last.add(part)
        yield "latest_metrics", last.rows()

    def _short(self, kind: str, texts: Mapping[str, str], longest: int, run_id: str) -> dict[str, str]:
        kept = {}
        for key, text in texts.items():
            if len(text) <= longest:
                kept[key] = text
            else:
                self._left_out.add(
                    kind, key, f"of run {run_id}: longer than the {longest:,} characters of MLflow's databases"
                )
        return kept

    def _folder(self, of: Owner) -> Path:
        above = Path(self._root, Path(self._places[of.experiment_id]).name)
        if isinstance(of, MovedRun):
            return above / of.id / _ARTIFACTS
        return above / ("models" if isinstance(of, MovedLoggedModel) else "traces") / of.id / _ARTIFACTS

    def _place(self, number: int) -> str:
        return (self._root / str(number)).as_uri()

    def _free(self, id_: str) -> int:
        taken = {row["experiment_id"] for row in self._tables.rows("experiments")}
        if id_.isdecimal() and len(id_) < 10 and int(id_) not in taken:
            return int(id_)
        return self._writing.newest("experiments", "experiment_id") + 1


def _opened(url: str, where: str, file: Path | None, root: Path) -> Tables:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return Tables(url, writing=True)
    except UsageError:
        make_tables(url, where, root.as_uri())
        return Tables(url, writing=True)
