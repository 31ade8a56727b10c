"""Logged models on a server: made with a mark when a run or they themselves come, whichever is first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tidemill.compat.mlflow_stores.fitting import fitted_texts
from tidemill.compat.mlflow_stores.messages import logged_model_of
from tidemill.compat.mlflow_stores.port import Placed
from tidemill.compat.mlflow_stores.records import DELETED, MovedLoggedModel, MovedRun
from tidemill.compat.mlflow_stores.server_marks import ARRIVING, MODEL_TAG, WHOLE, Mark, mark_in, without_marks
from tidemill.compat.mlflow_stores.server_writing import API, ServerWriting, metric_of, pairs_of
from tidemill.core import NotFoundError, UsageError

_STATUS = {"READY": "LOGGED_MODEL_READY", "UPLOAD_FAILED": "LOGGED_MODEL_UPLOAD_FAILED"}
RunThere = Callable[[str, str], str]


class ServerModels:
    """Finds and makes logged models by the ids that they have here.

    known: the logged models of an experiment of the source. run_there: the id of a run there, by the experiment's id
    there and the run's id here; empty for none.
    """

    def __init__(
        self, writing: ServerWriting, known: Callable[[str], Iterable[MovedLoggedModel]], run_there: RunThere
    ) -> None:
        self.ids: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self._writing = writing
        self._known = known
        self._run_there = run_there
        self._back: dict[str, str] = {}
        self._whole: set[str] = set()
        self._models: tuple[str, dict[str, MovedLoggedModel]] = ("", {})

    def look(self, experiment_id: str) -> None:
        """Read which logged models of an experiment were exported to it; none are on a server before 3.0."""
        asked = {"experiment_ids": [experiment_id], "max_results": 50}
        try:
            for page in self._writing.server.pages(f"{API}/logged-models/search", "models", asked):
                for message in page:
                    self._seen(message)
        except (NotFoundError, UsageError):
            return

    def wanted(self, ids: Sequence[str]) -> set[str]:
        """Return which models are not there wholly."""
        return set(ids) - self._whole

    def here(self, id_: str) -> str:
        """Return the id that a model has here."""
        return self._back.get(id_, id_)

    def of(self, placed: Placed, run: MovedRun, ids: Sequence[str]) -> list[str]:
        """Return the ids there of the models that a run read or made, made when they are new."""
        found = []
        for id_ in ids:
            model = self._in(run.experiment_id).get(id_) if id_ not in self.ids else None
            if model is not None:
                self.made(placed, model)
            if id_ in self.ids:
                found.append(self.ids[id_])
            else:
                self._writing.left_out.add("logged model", id_, f"of run {run.id} is not in its experiment")
        return found

    def made(self, placed: Placed, model: MovedLoggedModel) -> str:
        """Return the id of a model there, made when it is new."""
        if model.id not in self.ids:
            of = f"of logged model {model.id}"
            tags = fitted_texts(without_marks(model.tags), ("tag", of), self._writing.left_out)
            asked = {
                "experiment_id": placed.id,
                "name": model.name,
                "model_type": model.model_type,
                "source_run_id": self._run_there(placed.id, model.source_run_id) or None,
                "params": pairs_of(fitted_texts(model.params, ("param", of), self._writing.left_out)),
                "tags": pairs_of(tags | {MODEL_TAG: Mark(model.id, ARRIVING).text()}),
            }
            given = {name: value for name, value in asked.items() if value is not None}
            self._seen(self._writing.server.post(f"{API}/logged-models", given)["model"])
        return self.ids[model.id]

    def fill(self, placed: Placed, model: MovedLoggedModel) -> None:
        """Log the metrics of a model, say that it is ready, and mark it as whole."""
        there = self.made(placed, model)
        for each in model.metrics:
            run = self._run_there(placed.id, each.run_id)
            dataset = {"dataset_name": each.dataset_name, "dataset_digest": each.dataset_digest}
            metric = metric_of(each.key, (each.step, each.at, each.value)) | {"model_id": there}
            if run:
                metric |= dataset if each.dataset_name else {}
                self._writing.log((run, f"logged model {model.id}"), "metrics", [metric])
            else:
                self._writing.left_out.add("metric", each.key, f"of logged model {model.id}: its run is not there")
        url = f"{API}/logged-models/{there}"
        if model.status in _STATUS:
            self._writing.server.post(url, {"model_id": there, "status": _STATUS[model.status]}, "PATCH")
        mark = pairs_of({MODEL_TAG: Mark(model.id, WHOLE).text()})
        self._writing.server.post(f"{url}/tags", {"model_id": there, "tags": mark}, "PATCH")
        if model.lifecycle == DELETED:
            self._writing.server.post(url, {"model_id": there}, "DELETE")
        self._whole.add(model.id)

    def written(self, id_: str) -> MovedLoggedModel | None:
        """Return a model as it is there, with the id it has here."""
        try:
            found = self._writing.server.get(f"{API}/logged-models/{self.ids[id_]}", {})["model"]
        except (KeyError, NotFoundError):
            return None
        model = logged_model_of(found)
        return replace(model, id=id_, tags=without_marks(model.tags))

    def _in(self, experiment_id: str) -> dict[str, MovedLoggedModel]:
        if self._models[0] != experiment_id:
            self._models = (experiment_id, {model.id: model for model in self._known(experiment_id)})
        return self._models[1]

    def _seen(self, message: Mapping[str, Any]) -> None:
        model = logged_model_of(message)
        mark = mark_in(model.tags, MODEL_TAG)
        if mark is None:
            return
        self.ids[mark.id], self.places[mark.id], self._back[model.id] = model.id, model.location, mark.id
        if mark.state == WHOLE:
            self._whole.add(mark.id)
