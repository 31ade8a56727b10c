"""Reading a running MLflow server by its REST API and its artifact proxy.

The next pages and histories are asked for while those before are written: a server answers one call after another, and
what it can answer is the bound.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from tidemill.compat.mlflow_stores.artifact_places import kind_of, shown_location
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.messages import (
    experiment_of,
    logged_model_of,
    pairs,
    point_of,
    version_of,
    whole,
)
from tidemill.compat.mlflow_stores.port import Owner
from tidemill.compat.mlflow_stores.records import (
    MovedExperiment,
    MovedFile,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedTrace,
    MovedVersion,
    PointsOf,
)
from tidemill.compat.mlflow_stores.rest import MlflowServer
from tidemill.compat.mlflow_stores.server_pages import Asking, Page, pages_ahead
from tidemill.compat.mlflow_stores.trace_words import SPANS_FILE, trace_of
from tidemill.core import NotFoundError, TidemillError, UsageError
from tidemill.tracking import Histories

_API, _API3, _AJAX = "/api/2.0/mlflow", "/api/3.0/mlflow", "/ajax-api/2.0/mlflow"
_BATCH, _MOST_POINTS, _WORKERS = 100, 25_000, 4
_IN_MEMORY = 8 << 20
_PROXY = "mlflow-artifacts"


class ServerSource:
    """Reads a server. Raises UsageError for what is no MLflow server, UnavailableError when nothing answers."""

    def __init__(self, url: str, left_out: LeftOut, *, ahead: bool = True) -> None:
        self.server = MlflowServer(url)
        self.where = self.server.where
        self._left_out = left_out
        self._ahead = ahead
        self._wanted = True
        self._bulk = True
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="read-mlflow")
        self._page = self._page_of([])
        try:
            self.server.post(f"{_API}/experiments/search", {"max_results": 1, "view_type": "ALL"})
        except BaseException:
            self.close()
            raise

    def experiments(self) -> Iterator[MovedExperiment]:
        """Yield all experiments."""
        asked = {"max_results": 1000, "view_type": "ALL", "order_by": ["experiment_id ASC"]}
        for page in self.server.pages(f"{_API}/experiments/search", "experiments", asked):
            yield from map(experiment_of, page)

    def run_ids(self, experiment_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of runs, a page at a time; the page is kept for `runs`."""
        asked = {"experiment_ids": [experiment_id], "run_view_type": "ALL", "max_results": _BATCH}
        found = self.server.pages(f"{_API}/runs/search", "runs", asked)
        is_wanted = lambda: self._ahead and self._wanted  # noqa: E731
        for page in pages_ahead(found, self._page_of, self._workers, is_wanted=is_wanted):
            self._page, self._wanted = page, False
            yield list(page.by_id)

    def runs(self, experiment_id: str, ids: Sequence[str]) -> list[MovedRun]:  # noqa: ARG002
        """Return runs of the last page."""
        self._wanted = self._wanted or bool(ids)
        if self._ahead:
            self._page.begin(ids)
        return self._page.runs(ids)

    def those(self, messages: Sequence[Mapping[str, Any]]) -> list[MovedRun]:
        """Make some runs, each as a message, the page whose histories and files are asked for."""
        self._page = self._page_of(messages)
        return self._page.runs(list(self._page.by_id))

    def histories(self, runs: Sequence[MovedRun]) -> Iterator[PointsOf]:
        """Yield the points of runs: by key of many runs at once where the server offers that, else one by one."""
        self._page.begin([run.id for run in runs], with_files=False)
        for run in runs:
            rest = []
            found = Histories()
            for key in self._page.keys(run.id):
                points = self._page.points(key, run.id)
                if points is None:
                    rest.append(key)
                else:
                    found[key] = points
            if found:
                yield PointsOf(run.id, found)
            for key in rest:
                for page in self._one(run.id, key):
                    yield PointsOf(run.id, {key: page})

    def files(self, of: Owner) -> Iterator[MovedFile]:
        """Yield the files of a run or logged model that the server gives out."""
        yield from self._page.files(of) if isinstance(of, MovedRun) else self._files(of)

    def logged_models(self, experiment_id: str) -> Iterator[MovedLoggedModel]:
        """Yield the logged models of an experiment; none of a server before 3.0."""
        try:
            asked = {"experiment_ids": [experiment_id], "max_results": 50}
            for page in self.server.pages(f"{_API}/logged-models/search", "models", asked):
                yield from map(logged_model_of, page)
        except (NotFoundError, UsageError):
            return

    def traces(self, experiment_id: str) -> Iterator[MovedTrace]:
        """Yield the traces of an experiment; none of a server that has no such call."""
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}}
        try:
            for page in self.server.pages(
                f"{_API3}/traces/search", "traces", {"locations": [place], "max_results": 100}
            ):
                yield from map(trace_of, page)
        except (NotFoundError, UsageError) as error:
            self._left_out.add("traces", f"of experiment {experiment_id}", f"cannot be read: {error}")

    def registered_models(self) -> Iterator[MovedModel]:
        """Yield the registered models, each with its versions."""
        for page in self._got("registered-models/search", "registered_models", max_results=100):
            yield from map(self.model_of, page)

    def model_of(self, message: Mapping[str, Any]) -> MovedModel:
        """Return a registered model with its versions, which are asked for."""
        name = str(message["name"])
        return MovedModel(
            name=name,
            description=message.get("description", ""),
            created_ms=whole(message.get("creation_timestamp")),
            updated_ms=whole(message.get("last_updated_timestamp")),
            tags=pairs(message.get("tags")),
            aliases={str(each["alias"]): int(each["version"]) for each in message.get("aliases", ())},
            versions=tuple(self.versions(name)),
        )

    def versions(self, name: str) -> list[MovedVersion]:
        """Return the versions of a registered model, oldest first."""
        asked = f"name = '{name}'" if "'" not in name else f'name = "{name}"'
        found = self._got("model-versions/search", "model_versions", filter=asked, max_results=1000)
        return sorted((version_of(each) for page in found for each in page), key=lambda version: version.version)

    def close(self) -> None:
        """Close the connections."""
        self._workers.shutdown(cancel_futures=True)
        self.server.close()

    def _page_of(self, messages: Sequence[Mapping[str, Any]]) -> Page:
        return Page(messages, Asking(self._many, lambda run: list(self._files(run))), self._workers)

    def _files(self, of: Owner) -> Iterator[MovedFile]:
        if isinstance(of, MovedTrace) and (spans := self._spans(of.id)) is not None:
            yield spans
            return
        place, kind = urlsplit(of.location), kind_of(of)
        if place.scheme != _PROXY:
            if of.location:
                shown = shown_location(of.location)
                why = f"the server does not give out {shown}; import its database with --artifacts to bring them"
                self._left_out.add("artifacts", f"of {kind} {of.id}", why)
            return
        try:
            yield from self._walk(unquote(place.path).strip("/"), "")
        except (NotFoundError, UsageError) as error:
            self._left_out.add("artifacts", f"of {kind} {of.id}", f"the server does not give them out: {error}")

    def _spans(self, id_: str) -> MovedFile | None:
        """Return the spans of a trace that the server has in its database, as the file that it makes of them."""
        try:
            told = self.server.get("/ajax-api/3.0/mlflow/get-trace-artifact", {"request_id": id_})
        except TidemillError:
            return None
        data = json.dumps(told).encode()
        return MovedFile(SPANS_FILE, len(data), cast(Callable[[], BinaryIO], partial(io.BytesIO, data)))

    def _got(self, path: str, field: str, **query: Any) -> Iterator[list[Any]]:
        token = ""
        while True:
            more = {"page_token": token} if token else {}
            found = self.server.get(f"{_API}/{path}", {**query, **more})
            if found.get(field):
                yield found[field]
            token = found.get("next_page_token") or ""
            if not token:
                return

    def _many(self, key: str, ids: Sequence[str]) -> dict[str, list[tuple[int, int, float]]] | None:
        """Return the points of a key of many runs; None when they have to be asked for one by one."""
        if not self._bulk:
            return None
        path = f"{_AJAX}/metrics/get-history-bulk"
        try:
            found = self.server.get(path, {"run_id": list(ids), "metric_key": key, "max_results": _MOST_POINTS})
        except TidemillError:
            self._bulk = False
            return None
        points = found.get("metrics", [])
        if len(points) >= _MOST_POINTS:
            return None
        by_run: dict[str, list[tuple[int, int, float]]] = {}
        for each in points:
            by_run.setdefault(str(each["run_id"]), []).append(point_of(each))
        return by_run if set(ids) <= by_run.keys() else None

    def _one(self, run_id: str, key: str) -> Iterator[list[tuple[int, int, float]]]:
        asked = {"run_id": run_id, "metric_key": key, "max_results": _MOST_POINTS}
        for page in self._got("metrics/get-history", "metrics", **asked):
            yield list(map(point_of, page))

    def _walk(self, root: str, folder: str) -> Iterator[MovedFile]:
        place = f"{root}/{folder}" if folder else root
        found = self.server.get("/api/2.0/mlflow-artifacts/artifacts", {"path": place})
        for entry in found.get("files", ()):
            name = str(entry["path"]).rsplit("/", 1)[-1]
            path = f"{folder}/{name}" if folder else name
            if entry.get("is_dir"):
                yield from self._walk(root, path)
            else:
                size = whole(entry.get("file_size"))
                yield MovedFile(path, size, cast(Callable[[], BinaryIO], partial(self._open, f"{root}/{path}")))

    def _open(self, path: str) -> BinaryIO:
        """Return a file, small ones in memory, all others on disk."""
        kept = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the caller closes it
        try:
            with self.server.stream(path) as pieces:
                for piece in pieces:
                    kept.write(piece)
        except BaseException:
            kept.close()
            raise
        kept.seek(0)
        return cast(BinaryIO, kept)
