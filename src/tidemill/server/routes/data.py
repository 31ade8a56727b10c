"""Versions of datasets and file sets."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Annotated

from fastapi import Query

from tidemill.core import not_found
from tidemill.server.answers import Json
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Route


def list_datasets(call: Viewer) -> Json:
    """Return every dataset version, by name and number."""
    return Json({"datasets": [version.to_json() for version in call.rooms.datasets.list(call.caller)]})


def get_dataset(call: Viewer, name: str) -> Json:
    """Return a dataset's versions, oldest first; ``flights@3`` names one of them."""
    if "@" in name:
        return Json(call.rooms.datasets.get(call.caller, name).to_json())
    versions = call.rooms.datasets.list(call.caller, name)
    if not versions:
        known = {version.name for version in call.rooms.datasets.list(call.caller)}
        raise not_found("dataset", name, known)
    return Json({"name": name, "versions": [version.to_json() for version in versions]})


def list_file_sets(call: Viewer) -> Json:
    """Return every version of the file sets, by name and number."""
    return Json({"file_sets": [version.to_json() for version in call.rooms.file_sets.list(call.caller)]})


def get_file_set(call: Viewer, name: str) -> Json:
    """Return a file set's versions, oldest first; ``images@3`` names one of them."""
    if "@" in name:
        return Json(call.rooms.file_sets.get(call.caller, name).to_json())
    call.rooms.file_sets.get(call.caller, name)
    return Json({"name": name, "versions": [v.to_json() for v in call.rooms.file_sets.list(call.caller, name)]})


def list_files(call: Viewer, name: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Json:
    """Return the next files of a version; the last one's path is the next page's `after`."""
    sets = call.rooms.file_sets
    page = islice(sets.files(sets.get(call.caller, name), after), limit)
    files = [
        {"path": each.path, "size": each.size, "executable": each.executable, "digest": each.digest} for each in page
    ]
    return Json({"name": name, "files": files, "next": files[-1]["path"] if len(files) == limit else None})


def get_difference(call: Viewer, name: str, since: str = "") -> Json:
    """Return how a version differs from another, ``since=images@1``: added, changed and removed paths."""
    call.rooms.file_sets.get(call.caller, name)
    return Json(asdict(call.rooms.file_sets.diff(call.caller, since, name)))


ROUTES = (
    Route("GET", "/api/datasets", list_datasets),
    Route("GET", "/api/datasets/{name}", get_dataset),
    Route("GET", "/api/file-sets", list_file_sets),
    Route("GET", "/api/file-sets/{name}", get_file_set),
    Route("GET", "/api/file-sets/{name}/files", list_files),
    Route("GET", "/api/file-sets/{name}/difference", get_difference),
)
