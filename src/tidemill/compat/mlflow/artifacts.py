"""Artifacts in MLflow's words: what is in folders, and which file a request means. Their bytes go by streams."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tidemill.access import Caller, Role
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import NOT_IMPLEMENTED, MlflowError, missing
from tidemill.compat.mlflow.fields import Fields
from tidemill.compat.mlflow.keys import check_run_id
from tidemill.compat.mlflow.registry_messages import version_not_found, version_reference
from tidemill.compat.mlflow.registry_sources import ARTIFACTS, download_uri
from tidemill.compat.mlflow.shapes import artifact_uri, model_root
from tidemill.storage import direct_urls
from tidemill.tracking import MOST_ENTRIES, ArtifactEntry, ArtifactFile
from tidemill.workspace import Workspace

_VALID_FOR = timedelta(hours=1)


def list_project(call: MlflowCall) -> dict[str, Any]:
    """Return what is in a folder of the project, by names relative to it; nothing for a file."""
    owner, folder = call.rooms.artifacts.place(call.caller, call.fields.text("path"))
    entries = _all(call.rooms, call.caller, owner, folder)
    return known(files=[_told(entry, entry.name) for entry in sorted(entries, key=lambda entry: entry.name)])


def list_run(call: MlflowCall) -> dict[str, Any]:
    """Return a page of what is in a folder of a run, by paths from its root."""
    run_id = check_run_id(call.fields.run_id())
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    return _page(call, run_id, call.fields.text("path"), artifact_uri(run))


def list_model(call: MlflowCall) -> dict[str, Any]:
    """Return a page of what is in a folder of a logged model, by paths from its root."""
    model_id = call.fields.text("model_id", required=True)
    model = call.rooms.tracking.models.get(call.caller, model_id)
    experiment = call.rooms.tracking.experiments.get(call.caller, model.experiment_number)
    root = model_root(model, experiment.artifact_location)
    return _page(call, model_id, call.fields.text("artifact_directory_path"), root)


def no_signed_url(call: MlflowCall) -> dict[str, Any]:  # noqa: ARG001 - the shape of every handler
    """Refuse to sign: files go through the server."""
    raise MlflowError(NOT_IMPLEMENTED, "signed URLs are not offered here; send and get files through the server")


def project_file(rooms: Workspace, caller: Caller, path: str) -> ArtifactFile:
    """Return the file at an address of the project. Raises NotFoundError, InvalidPathError."""
    owner, path = rooms.artifacts.place(caller, path)
    return rooms.artifacts.get(caller, owner, path)


def file_of_run(rooms: Workspace, caller: Caller, query: Fields) -> ArtifactFile:
    """Return the file of a run that a query names. Raises NotFoundError, InvalidPathError."""
    return rooms.artifacts.get(caller, query.run_id(), query.text("path", required=True))


def file_of_version(call: MlflowCall) -> ArtifactFile:
    """Return the file of a version that a query names. Raises NotFoundError, InvalidPathError, MlflowError."""
    reference, path = version_reference(call.fields), call.fields.text("path", required=True)
    with version_not_found(reference):
        version = call.rooms.registry.get(call.caller, reference)
    uri = download_uri(call, version)
    scheme, _, rest = uri.partition(":/")
    if scheme == "runs":
        owner, _, folder = rest.strip("/").partition("/")
    elif scheme == ARTIFACTS:
        owner, folder = call.rooms.artifacts.place(call.caller, rest.strip("/"))
    else:
        raise missing(f"{reference} keeps its files at {uri[:200]!r}, not here; get them there")
    return call.rooms.artifacts.get(call.caller, owner, f"{folder}/{path}" if folder else path)


def signed_download(rooms: Workspace, caller: Caller, path: str) -> dict[str, Any]:
    """Return a URL that gives a file for an hour. Raises MlflowError where blobs are in no bucket that signs."""
    urls = direct_urls(rooms.blobs)
    if urls is None:
        raise MlflowError(NOT_IMPLEMENTED, "the store is no bucket that signs URLs; get the file through the server")
    file = project_file(rooms, caller, path)
    return {"url": urls.read_url(file.digest, _VALID_FOR), "headers": {}, "file_size": file.size}


def _page(call: MlflowCall, owner: str, folder: str, root: str) -> dict[str, Any]:
    page = call.rooms.artifacts.list(call.caller, owner, folder, call.fields.text("page_token"), MOST_ENTRIES)
    files = [_told(entry, entry.path) for entry in sorted(page.entries, key=lambda entry: entry.path)]
    return known(root_uri=root, files=files, next_page_token=page.after or None)


def _all(rooms: Workspace, caller: Caller, owner: str, folder: str) -> Iterator[ArtifactEntry]:
    after = ""
    while True:
        page = rooms.artifacts.list(caller, owner, folder, after, MOST_ENTRIES)
        yield from page.entries
        if not (after := page.after):
            return


def _told(entry: ArtifactEntry, path: str) -> dict[str, Any]:
    return known(path=path, is_dir=entry.is_folder, file_size=entry.size)


ENDPOINTS = (
    Endpoint("GET", "/mlflow-artifacts/artifacts", Role.VIEWER, list_project),
    Endpoint("GET", "/mlflow/artifacts/list", Role.VIEWER, list_run),
    Endpoint("GET", "/mlflow/logged-models/{model_id}/artifacts/directories", Role.VIEWER, list_model),
    Endpoint("POST", "/mlflow/artifacts/presigned-upload-url", Role.EDITOR, no_signed_url),
    Endpoint("POST", "/mlflow/artifacts/presigned-download-url", Role.EDITOR, no_signed_url),
)
