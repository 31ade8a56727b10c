"""The snapshot: everything that one revision of an endpoint needs to answer, as files.

    <root>/<project>/<endpoint>/current              name of the revision file, replaced atomically
    <root>/<project>/<endpoint>/<revision>.json      the snapshot
    <root>/<project>/<endpoint>/models/<digest>/...  the model package's files

Deployment writes it, the data plane reads it, and no database stands between them. Files are written before
the snapshot and the snapshot before the pointer, each durable before the next, so a reader sees all or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from tidemill.core import (
    DamagedError,
    NotFoundError,
    UsageError,
    check_name,
    digest_bytes,
    make_private_folder,
    write_atomically,
)
from tidemill.storage.confined import read_below, write_below
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.sealed_stream import seal_bytes, unseal_bytes

FORMAT = 1
ColumnType = Literal["string", "integer", "number", "boolean", "datetime"]
Durability = Literal["strict", "normal", "lossy"]
_POINTER = re.compile(r"([1-9]\d{0,11})\.json")
_WITHDRAWN = "none"
_PURPOSE = "model file"


class RequestColumn(msgspec.Struct, frozen=True):
    """A column that a caller sends in every row. A nullable one may be null, and must be there."""

    name: str
    type: ColumnType
    nullable: bool = True


class OnlineView(msgspec.Struct, frozen=True):
    """A feature view that is looked up by key columns of the request.

    ttl_s: seconds after which a value no longer counts; None for ever.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    types: tuple[str, ...] = ()
    ttl_s: float | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of an endpoint, ready to serve.

    files: digest of each file of the model package, by its name.
    runtime: the runtime whose parity report passed: `onnx`, or `native`.
    request: the columns of a request's rows; `key` names one more that a row may carry, and `event_time` one
        that it must carry, if only as null for now, when a view has a TTL: features are looked up as of it.
    log: when an answer may leave: after fsync (strict), once the OS has its record (normal), at once (lossy).
    """

    format: int = FORMAT
    project: str
    endpoint: str
    revision: int
    model: str
    package_digest: str
    files: dict[str, str]
    runtime: str
    request: tuple[RequestColumn, ...]
    event_time: str | None = None
    key: str | None = None
    views: tuple[OnlineView, ...] = ()
    log: Durability = "normal"
    created_at: str = ""


def write_snapshot(root: Path, snapshot: Snapshot, files: Mapping[str, bytes], keys: DataKeys | None = None) -> Path:
    """Write a snapshot with its model files and point the endpoint at it; return the snapshot's path.

    keys: of an encrypted store, where the model files are sealed.

    Raises UsageError for a name that cannot be a file, or files that are not the ones the snapshot lists.
    """
    folder = _endpoint_folder(root, snapshot.project, snapshot.endpoint)
    _check_files(snapshot, files)
    check_name("model package", snapshot.package_digest)
    make_private_folder(folder)
    for name, data in files.items():
        place = _model_file(snapshot, name)
        if not _holds(folder, place, snapshot.files[name], keys):
            write_below(folder, place, data if keys is None else seal_bytes(keys, data, _PURPOSE))
    path = folder / f"{snapshot.revision}.json"
    write_atomically(path, msgspec.json.format(msgspec.json.encode(snapshot), indent=1))
    write_atomically(folder / "current", path.name.encode())
    return path


def withdraw_snapshot(root: Path, project: str, endpoint: str) -> None:
    """Tell the data plane to stop serving the endpoint. A pointer that is merely missing changes nothing."""
    write_atomically(_endpoint_folder(root, project, endpoint) / "current", _WITHDRAWN.encode())


def read_pointer(folder: Path) -> int | None:
    """Return the revision that an endpoint's folder points at, None once it is withdrawn.

    Raises NotFoundError when there is no pointer, DamagedError when it names no revision.
    """
    try:
        text = (folder / "current").read_text("utf-8", "replace").strip()
    except FileNotFoundError as error:
        raise NotFoundError(f"{folder / 'current'} is missing; deploy the endpoint again") from error
    if text == _WITHDRAWN:
        return None
    match = _POINTER.fullmatch(text)
    if match is None:
        raise DamagedError(f"{folder / 'current'} holds {text[:40]!r}, not a revision such as '3.json'; deploy again")
    return int(match[1])


def read_snapshot(folder: Path, revision: int) -> Snapshot:
    """Return one revision from an endpoint's folder, its own place and format checked.

    Raises DamagedError when it is missing, no snapshot, of another endpoint or of a newer format.
    """
    path = folder / f"{revision}.json"
    try:
        snapshot = msgspec.json.decode(path.read_bytes(), type=Snapshot)
    except FileNotFoundError as error:
        raise DamagedError(f"{path} is missing; deploy revision {revision} again") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise DamagedError(f"{path} is not a snapshot: {error}; deploy revision {revision} again") from error
    if snapshot.format > FORMAT:
        raise DamagedError(f"{path} has format {snapshot.format}, this version reads up to {FORMAT}; upgrade tidemill")
    place = (folder.parent.name, folder.name, revision)
    if (snapshot.project, snapshot.endpoint, snapshot.revision) != place:
        raise DamagedError(
            f"{path} belongs to {snapshot.project}/{snapshot.endpoint} revision {snapshot.revision}; deploy again"
        )
    return snapshot


def read_files(folder: Path, snapshot: Snapshot, keys: DataKeys | None = None) -> dict[str, bytes]:
    """Return the model files, each checked against its digest before any parser sees it.

    Raises DamagedError for a file that is missing or changed.
    """
    files = {}
    for name, digest in snapshot.files.items():
        _checked("model package", snapshot.package_digest)
        place = _model_file(snapshot, _checked("model file", name))
        try:
            data = _opened(read_below(folder, place), keys, place)
        except (NotFoundError, UsageError, OSError) as error:
            raise DamagedError(f"{folder / place} cannot be read ({error}); deploy again") from error
        found = digest_bytes(data)
        if found != digest:
            raise DamagedError(
                f"{folder / place} has digest {found[:12]}, the snapshot says {digest[:12]}; deploy again"
            )
        files[name] = data
    return files


def _model_file(snapshot: Snapshot, name: str) -> str:
    return f"models/{snapshot.package_digest}/{name}"


def _holds(folder: Path, place: str, digest: str, keys: DataKeys | None) -> bool:
    try:
        return digest_bytes(_opened(read_below(folder, place), keys, place)) == digest
    except (NotFoundError, UsageError, DamagedError):
        return False


def _opened(data: bytes, keys: DataKeys | None, place: str) -> bytes:
    return data if keys is None else unseal_bytes(keys, data, _PURPOSE, place)


def _endpoint_folder(root: Path, project: str, endpoint: str) -> Path:
    return root / check_name("project", project) / check_name("endpoint", endpoint)


def _checked(kind: str, name: str) -> str:
    try:
        return check_name(kind, name)
    except UsageError as error:
        raise DamagedError(str(error)) from error


def _check_files(snapshot: Snapshot, files: Mapping[str, bytes]) -> None:
    for name in files:
        check_name("model file", name)
    wrong = sorted(name for name in files.keys() | snapshot.files.keys() if not _same(snapshot, files, name))
    if wrong:
        raise UsageError(
            f"revision {snapshot.revision} of {snapshot.endpoint!r}: the snapshot's digests and the given files differ "
            f"in {', '.join(wrong)}; build `files` from the package that is deployed"
        )
    if snapshot.revision < 1:
        raise UsageError(f"revision {snapshot.revision} of {snapshot.endpoint!r} is not a number from 1")


def _same(snapshot: Snapshot, files: Mapping[str, bytes], name: str) -> bool:
    return name in files and digest_bytes(files[name]) == snapshot.files.get(name)
