"""Registered models on a server. It numbers versions itself, one after the other: gaps are made where there are gaps
here, and where a number cannot be had the version has a tag with the one it has here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tidemill.compat.mlflow_stores.fitting import fitted_texts
from tidemill.compat.mlflow_stores.port import Taken
from tidemill.compat.mlflow_stores.records import MovedModel, MovedVersion
from tidemill.compat.mlflow_stores.server_marks import ARRIVING, VERSION_TAG, Mark, mark_in, without_marks
from tidemill.compat.mlflow_stores.server_source import ServerSource
from tidemill.compat.mlflow_stores.server_writing import API, ServerWriting, pairs_of
from tidemill.core import ConflictError, NotFoundError, UsageError

_MOST_GAPS = 1000
_NO_STAGE = "None"
#: What a version is called to come from whose files are a package of ours.
_OURS = "tidemill:/{}/{}"
_GAP = "tidemill:/gap"


class ServerRegistry:
    """Puts registered models. there: the id there of a run or logged model; source_there: a source in their words."""

    def __init__(
        self,
        writing: ServerWriting,
        reader: ServerSource,
        there: Callable[[str], str],
        source_there: Callable[[str], str],
    ) -> None:
        self._writing = writing
        self._server = writing.server
        self._reader = reader
        self._there = there
        self._source_there = source_there
        self._back: dict[str, str] = {}

    def put(self, model: MovedModel) -> Taken:
        """Put what of a model is not there yet."""
        is_new = self._put_name(model)
        named = [id_ for version in model.versions for id_ in (version.run_id, version.model_id) if id_]
        self._back = {self._there(id_): id_ for id_ in named}
        there = self._reader.versions(model.name)
        numbers = {mark.id: each.version for each in there if (mark := mark_in(each.tags, VERSION_TAG))}
        states = {mark.id: mark.state for each in there if (mark := mark_in(each.tags, VERSION_TAG))}
        last = max((each.version for each in there), default=0)
        new = []
        for version in model.versions:
            id_ = str(version.version)
            if states.get(id_) == "":
                continue
            if id_ not in numbers:
                made = self._make(model.name, version, last)
                if made is None:
                    continue
                numbers[id_] = last = made
            self._finish(model.name, numbers[id_], version)
            new.append(version.version)
        aliases = self._put_aliases(model, numbers)
        return Taken(is_new, tuple(new), len(aliases))

    def written(self, name: str) -> MovedModel | None:
        """Return a model as it is there, versions by the numbers, runs and logged models by the ids they have here."""
        found = self._get(name)
        if found is None:
            return None
        model = self._reader.model_of(found)
        return replace(model, versions=tuple(map(self._here, model.versions)))

    def _here(self, version: MovedVersion) -> MovedVersion:
        mark = mark_in(version.tags, VERSION_TAG)
        return replace(
            version,
            version=int(mark.id) if mark else version.version,
            run_id=self._back.get(version.run_id, version.run_id),
            model_id=self._back.get(version.model_id, version.model_id),
            tags=without_marks(version.tags),
        )

    def _put_name(self, model: MovedModel) -> bool:
        if self._get(model.name) is not None:
            return False
        tags = fitted_texts(model.tags, ("tag", f"registered model {model.name}"), self._writing.left_out)
        asked = {"name": model.name, "description": model.description, "tags": pairs_of(tags)}
        try:
            self._server.post(f"{API}/registered-models/create", asked)
        except ConflictError:
            return False
        return True

    def _make(self, name: str, version: MovedVersion, last: int) -> int | None:
        """Make a version under its own number if that can be; return the number it has."""
        if last < version.version <= last + _MOST_GAPS:
            for _ in range(last + 1, version.version):
                gap = self._create(name, {"source": _GAP})
                self._server.post(f"{API}/model-versions/delete", {"name": name, "version": str(gap)}, "DELETE")
                if gap >= version.version - 1:
                    break
        of = f"{name}/{version.version}"
        tags = fitted_texts(without_marks(version.tags), ("tag", f"model version {of}"), self._writing.left_out)
        asked = {
            "source": self._source_there(version.source) or _OURS.format(name, version.version),
            "run_id": self._there(version.run_id) if version.run_id else None,
            "model_id": self._there(version.model_id) if version.model_id else None,
            "run_link": version.run_link or None,
            "description": version.description or None,
            "tags": pairs_of(tags | {VERSION_TAG: Mark(str(version.version), ARRIVING).text()}),
        }
        try:
            made = self._create(name, {key: value for key, value in asked.items() if value is not None})
        except UsageError as error:
            self._writing.left_out.add("model version", of, str(error))
            return None
        if made != version.version:
            self._writing.left_out.add("model version", of, f"is {name}/{made} there: its number could not be had")
        if not version.source:
            self._writing.left_out.add("model version", of, "its package is none of MLflow's, and stays here")
        return made

    def _create(self, name: str, asked: Mapping[str, Any]) -> int:
        made = self._server.post(f"{API}/model-versions/create", {"name": name, **asked})
        return int(made["model_version"]["version"])

    def _finish(self, name: str, number: int, version: MovedVersion) -> None:
        named = {"name": name, "version": str(number)}
        if version.stage not in {"", _NO_STAGE}:
            asked = {**named, "stage": version.stage, "archive_existing_versions": False}
            of = ("stage", f"{version.stage} of {name}/{version.version}")
            self._writing.try_post("model-versions/transition-stage", asked, of)
        if version.status != "READY":
            why = f"is {version.status} here, and READY there"
            self._writing.left_out.add("model version", f"{name}/{version.version}", why)
        mark = {"key": VERSION_TAG, "value": Mark(str(version.version)).text()}
        self._server.post(f"{API}/model-versions/set-tag", {**named, **mark})

    def _put_aliases(self, model: MovedModel, numbers: Mapping[str, int]) -> Sequence[str]:
        known = self._get(model.name) or {}
        there = {str(each["alias"]) for each in known.get("aliases", ())}
        new = [alias for alias, version in model.aliases.items() if alias not in there and str(version) in numbers]
        for alias in new:
            named = {"name": model.name, "alias": alias, "version": str(numbers[str(model.aliases[alias])])}
            self._writing.try_post("registered-models/alias", named, ("alias", f"{model.name}@{alias}"))
        return new

    def _get(self, name: str) -> Mapping[str, Any] | None:
        try:
            found = self._server.get(f"{API}/registered-models/get", {"name": name})["registered_model"]
        except NotFoundError:
            return None
        return found if isinstance(found, Mapping) else None
