"""Artifacts by MLflow's API: files through this server, straight from the connection into the store and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from tidemill.access import Role
from tidemill.compat.mlflow import MlflowCall, MlflowError
from tidemill.compat.mlflow.artifacts import file_of_run, file_of_version, project_file, signed_download
from tidemill.compat.mlflow.errors import NOT_IMPLEMENTED, invalid
from tidemill.core import NotFoundError
from tidemill.server.byte_ranges import Part, Stretch, stretch_of
from tidemill.server.file_heads import file_headers
from tidemill.server.media_types import JSON
from tidemill.server.mlflow_bodies import declared_bytes
from tidemill.server.mlflow_streams import StreamCall, StreamEndpoint
from tidemill.server.streams import Streams
from tidemill.tracking import ArtifactFile, ArtifactPlace, check_artifact_path

_MOST_UPLOADED = 10 * 1024 * 1024

T = TypeVar("T")


async def put_file(call: StreamCall) -> None:
    """Store the body at an address of the project."""
    await _store(call, await _thread(call, lambda: call.rooms.artifacts.place(call.caller, call.tail)))


async def upload_file(call: StreamCall) -> None:
    """Store the body as a file of a run: a small one, as pictures are that are logged step by step."""
    given = {"run_uuid": call.query.text("run_uuid") or call.query.text("run_id"), "path": call.query.text("path")}
    for name, value in given.items():
        if not value:
            raise invalid(f"Request must specify {name}.")
    check_artifact_path(given["path"])
    size = declared_bytes(call.scope)
    if size == 0:
        raise invalid("Request must specify data.")
    if size is not None and size > _MOST_UPLOADED:
        raise invalid(
            f"Artifact size is too large. Max size is 10MB, and this one has {size} bytes; PUT it to "
            "mlflow-artifacts/artifacts instead"
        )
    await _store(call, ArtifactPlace(given["run_uuid"], given["path"]))


async def get_file(call: StreamCall) -> None:
    """Answer with a file at an address of the project."""
    await _give(call, await _thread(call, lambda: project_file(call.rooms, call.caller, call.tail)))


async def delete_file(call: StreamCall) -> None:
    """Delete a file, or a folder and all in it, at an address of the project; what is not there is fine."""

    def delete() -> None:
        owner, path = call.rooms.artifacts.place(call.caller, call.tail)
        with suppress(NotFoundError):
            call.rooms.artifacts.delete(call.caller, owner, path)

    await _thread(call, delete)
    await _done(call)


async def get_run_file(call: StreamCall) -> None:
    """Answer with a file of a run."""
    await _give(call, await _thread(call, lambda: file_of_run(call.rooms, call.caller, call.query)))


async def get_version_file(call: StreamCall) -> None:
    """Answer with a file of a version of a registered model."""
    asked = MlflowCall(call.caller, call.rooms, call.query)
    await _give(call, await _thread(call, lambda: file_of_version(asked)))


async def get_model_file(call: StreamCall) -> None:
    """Answer with a file of a logged model."""
    path = call.query.text("artifact_file_path", required=True)
    await _give(call, await _thread(call, lambda: call.rooms.artifacts.get(call.caller, call.tail, path)))


async def get_signed(call: StreamCall) -> None:
    """Answer with a URL from which a file comes straight out of the bucket; not implemented where blobs are in none."""
    await _done(call, await _thread(call, lambda: signed_download(call.rooms, call.caller, call.tail)))


async def refuse_parts(call: StreamCall) -> None:  # noqa: ARG001 - the shape of every handler
    """Refuse uploads in parts, as a server over a local disk does: a client sends the file whole then."""
    raise MlflowError(
        NOT_IMPLEMENTED, "uploads in parts are not offered; send the file by one PUT, however large it is"
    )


async def refuse_spans(call: StreamCall) -> None:  # noqa: ARG001 - the shape of every handler
    """Refuse spans by OTLP, in the words by which a client knows to send them as a file of the trace."""
    raise MlflowError(NOT_IMPLEMENTED, "REST OTLP span logging is not supported: spans are files of their traces here")


async def _store(call: StreamCall, place: ArtifactPlace) -> None:
    def store(pieces: Iterator[bytes]) -> ArtifactFile:
        return call.rooms.artifacts.put(call.caller, place.owner, place.path, pieces)

    await _streams(call).take(_name(call), call.receive, store)
    await _done(call)


async def _give(call: StreamCall, file: ArtifactFile) -> None:
    asked = b"".join(value for name, value in call.scope["headers"] if name == b"range").decode("latin-1")
    stretch = stretch_of(asked, file.size) if file.size else None
    part = stretch or Stretch(0, file.size)
    told = file_headers(file.path) | {"content-length": str(part.end - part.start), "etag": f'"{file.digest}"'}
    told |= {"accept-ranges": "bytes"} | ({"content-range": part.told(file.size)} if stretch else {})
    status = 206 if stretch else 200
    headers = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    if call.scope["method"] == "HEAD":
        await call.send({"type": "http.response.start", "status": status, "headers": headers})
        await call.send({"type": "http.response.body", "body": b""})
        return

    def opened() -> Part:
        return Part(call.rooms.artifacts.open_blob(file), part)

    await _streams(call).give(_name(call), opened, call.send, (status, headers))


async def _done(call: StreamCall, answer: dict[str, Any] | None = None) -> None:
    body = msgspec.json.encode(answer or {})
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    await call.send({"type": "http.response.start", "status": 200, "headers": headers})
    await call.send({"type": "http.response.body", "body": body})


def _name(call: StreamCall) -> str:
    return f"{call.caller.project}/{call.caller.name}"


def _streams(call: StreamCall) -> Streams:
    streams: Streams = call.scope["app"].state.streams
    return streams


async def _thread(call: StreamCall, function: Callable[[], T]) -> T:
    return await _streams(call).run(function)


STREAMS = (
    StreamEndpoint("PUT", "/mlflow-artifacts/artifacts/", Role.EDITOR, put_file),
    StreamEndpoint("GET", "/mlflow-artifacts/artifacts/", Role.VIEWER, get_file),
    StreamEndpoint("DELETE", "/mlflow-artifacts/artifacts/", Role.EDITOR, delete_file),
    StreamEndpoint("POST", "/mlflow-artifacts/mpu/", Role.EDITOR, refuse_parts),
    StreamEndpoint("GET", "/mlflow-artifacts/presigned/", Role.VIEWER, get_signed),
    StreamEndpoint("POST", "/v1/traces", Role.EDITOR, refuse_spans, apis=()),
    StreamEndpoint("GET", "/get-artifact", Role.VIEWER, get_run_file, apis=()),
    StreamEndpoint("GET", "/model-versions/get-artifact", Role.VIEWER, get_version_file, apis=()),
    StreamEndpoint("POST", "/mlflow/upload-artifact", Role.EDITOR, upload_file, doors=("ajax-api",)),
    StreamEndpoint(
        "GET", "/mlflow/logged-models/{model_id}/artifacts/files", Role.VIEWER, get_model_file, doors=("ajax-api",)
    ),
)
