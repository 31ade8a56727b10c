"""The files of a run, and a look into one that reads it as data: nothing of it is ever run, or shown as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import quote, urlencode

from fastapi.responses import Response

from tidemill.core import NotFoundError, UsageError
from tidemill.server.pages.file_looks import PICTURES, look_into, picture_type
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_address import text_of
from tidemill.server.pages.run_cells import run_name
from tidemill.server.roles import Call, Viewer
from tidemill.server.routes.route import Route
from tidemill.ui import urls, views

_FIRST, _PER_PAGE = 12, 500
_MOST_PICTURE = 16 << 20


class Entry(Protocol):
    """A file or a folder."""

    name: str
    path: str
    size: int | None


class File(Protocol):
    """A file with the digest of its bytes."""

    path: str
    size: int
    digest: str


class Files(Protocol):
    """What keeps the files of runs."""

    def list(self, caller: Any, owner: str, folder: str = ..., after: str = ..., limit: int = ...) -> Any:
        """Return a page: `entries`, and `after` for the next one."""

    def get(self, caller: Any, owner: str, path: str) -> Any:
        """Return a file. Raises NotFoundError."""

    def open(self, caller: Any, owner: str, path: str) -> BinaryIO:
        """Return a file's bytes as a stream."""


def _files(call: Call) -> Files | None:
    return cast("Files | None", getattr(call.rooms, "artifacts", None))


def first_files(call: Call, run_id: str) -> tuple[tuple[views.FileRow, ...], str]:
    """Return the first files and folders of a run, and the page of all of them; empty when there are none."""
    kept = _files(call)
    entries: Sequence[Entry] = kept.list(call.caller, run_id, limit=_FIRST).entries if kept else ()
    return tuple(_row(run_id, each) for each in entries), urls.run_files_url(run_id) if entries else ""


def _row(run_id: str, entry: Entry) -> views.FileRow:
    return views.FileRow(name=entry.name, url=urls.run_files_url(run_id, entry.path), n_bytes=entry.size)


def files(call: Viewer, run_id: str) -> views.FilesPage:
    """Return a folder of a run's files, or one file with a look into it."""
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    path, after = text_of(call.request, "path"), text_of(call.request, "after")
    kept = _files(call)
    page = kept.list(call.caller, run_id, path, after, _PER_PAGE) if kept else None
    shown = views.FilesPage(
        frame=frame_of(call),
        run=views.Link(text=run_name(run), url=urls.run_url(run_id)),
        folder=path,
        above=tuple(_above(run_id, path)),
        files=tuple(_row(run_id, each) for each in page.entries) if page else (),
        next_url=urls.run_files_url(run_id, path, page.after) if page and page.after else "",
        python=python_of(call, f"/api/runs/{run_id}/artifacts"),
    )
    if kept is None or shown.files or not path or after:
        return shown
    return _one(call, kept, shown, run_id)


def _one(call: Call, kept: Files, shown: views.FilesPage, run_id: str) -> views.FilesPage:
    file: File = kept.get(call.caller, run_id, shown.folder)
    with kept.open(call.caller, run_id, file.path) as stream:
        look = look_into(file.path, stream, file.size)
    picture = f"{urls.run_url(run_id)}/picture?{urlencode({'path': file.path})}"
    is_picture = look.kind == "picture" and file.size <= _MOST_PICTURE
    return replace(
        shown,
        preview=None if is_picture else look,
        picture_url=picture if is_picture else "",
        n_bytes=file.size,
        digest=file.digest,
        download_url=f"/api/runs/{quote(run_id)}/artifacts/{quote(file.path)}",
    )


def picture(call: Viewer, run_id: str) -> Response:
    """Return a picture of a run: only what begins as a PNG, JPEG, GIF or WebP does, and as nothing else."""
    kept, path = _files(call), text_of(call.request, "path")
    call.rooms.tracking.get_run(call.caller, run_id)
    if kept is None:
        raise NotFoundError(f"run {run_id} keeps no file {path[:80]!r}")
    file: File = kept.get(call.caller, run_id, path)
    if file.size > _MOST_PICTURE:
        raise UsageError(f"the file has {file.size:,} bytes; a picture of at most {_MOST_PICTURE:,} is shown")
    with kept.open(call.caller, run_id, path) as stream:
        data = stream.read()
    kind = picture_type(data[:16])
    if not kind:
        raise UsageError(f"{path[:80]!r} is no picture; shown are {', '.join(sorted(PICTURES))}")
    headers = {"content-security-policy": "default-src 'none'; sandbox", "x-content-type-options": "nosniff"}
    return Response(data, media_type=kind, headers=headers)


def _above(run_id: str, path: str) -> list[views.Link]:
    names = path.split("/")[:-1] if path else []
    links = [views.Link(text="Files", url=urls.run_files_url(run_id))] if path else []
    links += [
        views.Link(text=name, url=urls.run_files_url(run_id, "/".join(names[: at + 1])))
        for at, name in enumerate(names)
    ]
    return links


PAGES = Pages(
    contexts=((f"{urls.RUNS}/{{run_id}}/files", files),),
    routes=(Route("GET", f"{urls.RUNS}/{{run_id}}/picture", picture),),
)
