"""Runs on a server: made with a mark, filled, and marked as whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from tidemill.compat.mlflow_stores.fitting import fitted_run
from tidemill.compat.mlflow_stores.messages import pairs, run_of
from tidemill.compat.mlflow_stores.port import Placed, Wanted
from tidemill.compat.mlflow_stores.records import ACTIVE, DELETED, MovedInput, MovedRun, PointsOf
from tidemill.compat.mlflow_stores.server_marks import (
    ARRIVING,
    GONE,
    RUN_TAG,
    WHOLE,
    Mark,
    mark_in,
    without_marks,
)
from tidemill.compat.mlflow_stores.server_models import ServerModels
from tidemill.compat.mlflow_stores.server_writing import API, ServerWriting, metric_of, pairs_of

_RUN_NAME = "mlflow.runName"
_AT_WORK = {"RUNNING", "SCHEDULED"}
_DATASET = ("name", "digest", "source_type", "source", "schema", "profile")


class ServerRuns:
    """Finds and makes runs by the ids that they have here."""

    def __init__(self, writing: ServerWriting, models: ServerModels) -> None:
        self.ids: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self._writing = writing
        self._models = models
        self._whole: set[str] = set()
        self._open: set[str] = set()

    def look(self, experiment_id: str) -> None:
        """Read which runs of an experiment were exported to it, wholly or in part."""
        self._whole, self._open = set(), set()
        asked = {
            "experiment_ids": [experiment_id],
            "run_view_type": "ALL",
            "max_results": 1000,
            "filter": f"tags.`{RUN_TAG}` LIKE '%'",
        }
        for page in self._writing.server.pages(f"{API}/runs/search", "runs", asked):
            for message in page:
                self._seen(message)

    def wanted(self, ids: Sequence[str]) -> Wanted:
        """Return which runs are not there wholly, and which were at work when they came."""
        return Wanted(set(ids) - self._whole, self._open.intersection(ids))

    def fitted(self, run: MovedRun) -> MovedRun:
        """Return the run as a server holds it: its name is a tag too, and the mark is ours."""
        run = fitted_run(run, self._writing.left_out)
        named = run.tags.get(_RUN_NAME, run.name)
        if named != run.name:
            self._writing.left_out.add("tag", _RUN_NAME, f"of run {run.id}: a server has the name of the run there")
        if RUN_TAG in run.tags:
            self._writing.left_out.add("tag", RUN_TAG, f"of run {run.id}: it marks what was exported")
        return replace(run, tags={key: text for key, text in without_marks(run.tags).items() if key != _RUN_NAME})

    def made(self, experiment_id: str, run: MovedRun) -> str:
        """Return the id of a run there, made when it is new."""
        if run.id not in self.ids:
            asked = {
                "experiment_id": experiment_id,
                "run_name": run.name,
                "user_id": run.user_id,
                "start_time": run.start_ms or 0,
                "tags": pairs_of({RUN_TAG: Mark(run.id, ARRIVING).text()}),
            }
            self._seen(self._writing.server.post(f"{API}/runs/create", asked)["run"])
        return self.ids[run.id]

    def place(self, run: MovedRun) -> str:
        """Return where the artifact proxy has the files of a run that was made; nothing when it does not."""
        return proxied(self.places[run.id])

    def put_points(self, runs: Mapping[str, MovedRun], points: Iterable[PointsOf]) -> None:
        """Log the points of runs that were made."""
        self._writing.each(lambda part: self._log(runs[part.run_id], part), points)

    def fill(self, placed: Placed, run: MovedRun) -> None:
        """Log all but the points and files of a run, end it, and mark it as whole."""
        there, of = self.ids[run.id], f"run {run.id}"
        self._writing.log((there, of), "params", pairs_of(run.params))
        self._writing.log((there, of), "tags", pairs_of(run.tags))
        self._link(placed, run)
        ended = {"end_time": run.end_ms} if run.end_ms is not None else {}
        update = {"run_id": there, "run_name": run.name, "status": run.status, **ended}
        self._writing.server.post(f"{API}/runs/update", update)
        state = GONE if run.lifecycle == DELETED else WHOLE
        mark = {"run_id": there, "key": RUN_TAG, "value": Mark(run.id, state).text()}
        self._writing.server.post(f"{API}/runs/set-tag", mark)
        if run.lifecycle == DELETED:
            self._writing.server.post(f"{API}/runs/delete", {"run_id": there})
        self._whole.add(run.id)

    def written(self, message: Mapping[str, Any]) -> MovedRun:
        """Return a run as it is there, with the ids that it and its models have here."""
        run = run_of(message)
        here = mark_in(run.tags, RUN_TAG)
        return replace(
            run,
            id=here.id if here else run.id,
            tags={key: text for key, text in without_marks(run.tags).items() if key != _RUN_NAME},
            models_in=tuple(map(self._models.here, run.models_in)),
            models_out=tuple((self._models.here(id_), step) for id_, step in run.models_out),
        )

    def _seen(self, message: Mapping[str, Any]) -> None:
        info, tags = message["info"], pairs(message["data"].get("tags"))
        mark = mark_in(tags, RUN_TAG)
        if mark is None:
            return
        self.ids[mark.id], self.places[mark.id] = str(info["run_id"]), str(info.get("artifact_uri", ""))
        gone = info.get("lifecycle_stage", ACTIVE) == DELETED
        if gone and mark.state == ARRIVING:
            self._writing.server.post(f"{API}/runs/restore", {"run_id": info["run_id"]})
        if mark.state == WHOLE or (mark.state == GONE and gone):
            self._whole.add(mark.id)
            if info.get("status") in _AT_WORK and not gone:
                self._open.add(mark.id)

    def _log(self, run: MovedRun, part: PointsOf) -> None:
        metrics = [metric_of(key, point) for key, points in part.histories.items() for point in points]
        self._writing.log((self.ids[run.id], f"run {run.id}"), "metrics", metrics)

    def _link(self, placed: Placed, run: MovedRun) -> None:
        there = self.ids[run.id]
        datasets = [_input(each) for each in run.inputs]
        models_in = [{"model_id": id_} for id_ in self._models.of(placed, run, run.models_in)]
        if datasets or models_in:
            asked = {"run_id": there, "datasets": datasets, "models": models_in}
            self._writing.try_post("runs/log-inputs", asked, ("inputs", f"of run {run.id}"))
        steps = dict(run.models_out)
        found = self._models.of(placed, run, list(steps))
        if found:
            models = [{"model_id": id_, "step": steps[self._models.here(id_)]} for id_ in found]
            asked = {"run_id": there, "models": models}
            self._writing.try_post("runs/outputs", asked, ("outputs", f"of run {run.id}"))


def proxied(location: str) -> str:
    """Return the path that the artifact proxy has for a location; nothing for one that it does not serve.

    >>> proxied("mlflow-artifacts:/7/ab/artifacts"), proxied("s3://bucket/7/ab/artifacts")
    ('7/ab/artifacts', '')
    """
    given = urlsplit(location)
    return unquote(given.path).strip("/") if given.scheme == "mlflow-artifacts" else ""


def _input(given: MovedInput) -> dict[str, Any]:
    dataset = {name: text for name, text in asdict(given).items() if name in _DATASET and text is not None}
    return {"dataset": dataset, "tags": pairs_of(given.tags)}
