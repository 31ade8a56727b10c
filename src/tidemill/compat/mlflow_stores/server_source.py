"""Reading a running MLflow server by its REST API and its artifact proxy.

The next pages and histories are asked for while those before are written: a server answers one call after another, and
what it can answer is the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.messages import (
    experiment_of,
    logged_model_of,
    pairs,
    point_of,
    run_of,
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
    PointsOf,
)
from tidemill.compat.mlflow_stores.rest import MlflowServer
from tidemill.core import NotFoundError, TidemillError, UsageError
from tidemill.tracking import Histories

_API, _AJAX = "/api/2.0/mlflow", "/ajax-api/2.0/mlflow"
_BATCH, _MOST_POINTS, _WORKERS = 100, 25_000, 4
_IN_MEMORY = 8 << 20
_PROXY = "mlflow-artifacts"


class ServerSource:
    """Reads a server. Raises UsageError for what is no MLflow server, UnavailableError when nothing answers."""

    def __init__(self, url: str, left_out: LeftOut) -> None:
        self._server = MlflowServer(url)
        self.where = self._server.where
        self._left_out = left_out
        self._page: dict[str, Mapping[str, Any]] = {}
        self._bulk = True
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="read-mlflow")
        try:
            self._server.post(f"{_API}/experiments/search", {"max_results": 1, "view_type": "ALL"})
        except BaseException:
            self.close()
            raise

    def experiments(self) -> Iterator[MovedExperiment]:
        """Yield all experiments."""
        asked = {"max_results": 1000, "view_type": "ALL", "order_by": ["experiment_id ASC"]}
        for page in self._server.pages(f"{_API}/experiments/search", "experiments", asked):
            yield from map(experiment_of, page)

    def run_ids(self, experiment_id: str) -> Iterator[Sequence[str]]:
        """Yield the ids of runs, a page at a time; the page is kept for `runs`."""
        asked = {"experiment_ids": [experiment_id], "run_view_type": "ALL", "max_results": _BATCH}
        for page in self._server.pages(f"{_API}/runs/search", "runs", asked):
            self._page = {str(run["info"].get("run_id") or run["info"].get("run_uuid")): run for run in page}
            yield list(self._page)

    def runs(self, experiment_id: str, ids: Sequence[str]) -> list[MovedRun]:  # noqa: ARG002
        """Return runs of the last page."""
        return [run_of(self._page[id_]) for id_ in ids if id_ in self._page]

    def histories(self, runs: Sequence[MovedRun]) -> Iterator[PointsOf]:
        """Yield the points of runs: by key of many runs at once where the server offers that, else one by one."""
        keys = {run.id: [each["key"] for each in self._page[run.id].get("data", {}).get("metrics", ())] for run in runs}
        wanted = sorted({key for its in keys.values() for key in its})
        having = {key: [id_ for id_, its in keys.items() if key in its] for key in wanted}
        bulk = dict(zip(wanted, self._workers.map(lambda key: self._many(key, having[key]), wanted), strict=True))
        for run in runs:
            rest = []
            found = Histories()
            for key in keys[run.id]:
                points = bulk[key]
                if points is None:
                    rest.append(key)
                else:
                    found[key] = points.get(run.id, [])
            if found:
                yield PointsOf(run.id, found)
            for key in rest:
                for page in self._one(run.id, key):
                    yield PointsOf(run.id, {key: page})

    def files(self, of: Owner) -> Iterator[MovedFile]:
        """Yield the files of a run or logged model that the server gives out."""
        place = urlsplit(of.location)
        if place.scheme != _PROXY:
            shown = of.location.partition(f"/{of.id}")[0]
            if shown:
                why = "the server does not give them out; import its database with --artifacts to bring them"
                self._left_out.add("artifacts", f"in {shown}", why)
            return
        try:
            yield from self._walk(unquote(place.path).strip("/"), "")
        except (NotFoundError, UsageError) as error:
            self._left_out.add("artifacts", f"of {of.id}", f"the server does not give them out: {error}")

    def logged_models(self, experiment_id: str) -> Iterator[MovedLoggedModel]:
        """Yield the logged models of an experiment; none of a server before 3.0."""
        try:
            asked = {"experiment_ids": [experiment_id], "max_results": 50}
            for page in self._server.pages(f"{_API}/logged-models/search", "models", asked):
                yield from map(logged_model_of, page)
        except (NotFoundError, UsageError):
            return

    def registered_models(self) -> Iterator[MovedModel]:
        """Yield the registered models, each with its versions."""
        for page in self._got("registered-models/search", "registered_models", max_results=100):
            for model in page:
                name = str(model["name"])
                yield MovedModel(
                    name=name,
                    description=model.get("description", ""),
                    created_ms=whole(model.get("creation_timestamp")),
                    updated_ms=whole(model.get("last_updated_timestamp")),
                    tags=pairs(model.get("tags")),
                    aliases={str(each["alias"]): int(each["version"]) for each in model.get("aliases", ())},
                    versions=tuple(sorted(self._versions(name), key=lambda version: version.version)),
                )

    def close(self) -> None:
        """Close the connections."""
        self._workers.shutdown(cancel_futures=True)
        self._server.close()

    def _versions(self, name: str) -> Iterator[Any]:
        asked = f"name = '{name}'" if "'" not in name else f'name = "{name}"'
        for page in self._got("model-versions/search", "model_versions", filter=asked, max_results=1000):
            yield from map(version_of, page)

    def _got(self, path: str, field: str, **query: Any) -> Iterator[list[Any]]:
        token = ""
        while True:
            more = {"page_token": token} if token else {}
            found = self._server.get(f"{_API}/{path}", {**query, **more})
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
            found = self._server.get(path, {"run_id": list(ids), "metric_key": key, "max_results": _MOST_POINTS})
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
        found = self._server.get("/api/2.0/mlflow-artifacts/artifacts", {"path": place})
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
            with self._server.stream(path) as pieces:
                for piece in pieces:
                    kept.write(piece)
        except BaseException:
            kept.close()
            raise
        kept.seek(0)
        return cast(BinaryIO, kept)
