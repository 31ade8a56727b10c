"""The files of a run, and a look into one that reads it as data: nothing of it is ever run, or shown as a page."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlencode

from fastapi.responses import Response

from tidemill.core import UsageError
from tidemill.server.pages.file_looks import PICTURES, look_into, picture_type
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_address import text_of
from tidemill.server.pages.run_cells import run_name
from tidemill.server.roles import Call, Viewer
from tidemill.server.routes.route import Route
from tidemill.tracking import ArtifactEntry
from tidemill.ui import urls, views

_FIRST, _PER_PAGE = 12, 500
_MOST_PICTURE = 16 << 20


def first_files(call: Call, run_id: str) -> tuple[tuple[views.FileRow, ...], str]:
    """Return the first files and folders of a run or a logged model, and the page of all; empty when it has none."""
    entries = call.rooms.artifacts.list(call.caller, run_id, limit=_FIRST).entries
    return tuple(_row(run_id, each) for each in entries), urls.run_files_url(run_id) if entries else ""


def _row(run_id: str, entry: ArtifactEntry) -> views.FileRow:
    return views.FileRow(name=entry.name, url=urls.run_files_url(run_id, entry.path), n_bytes=entry.size)


def files(call: Viewer, run_id: str) -> views.FilesPage:
    """Return a folder of a run's files, or one file with a look into it."""
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    owner = views.Link(text=run_name(run), url=urls.run_url(run_id))
    return _shown(call, run_id, (views.Link(text="Runs", url=urls.RUNS), owner))


def model_files(call: Viewer, model_id: str) -> views.FilesPage:
    """Return a folder of a logged model's files, or one file with a look into it."""
    model = call.rooms.tracking.models.get(call.caller, model_id)
    up = (views.Link(text="Experiments", url=urls.EXPERIMENTS),)
    return _shown(call, model.id, (*up, views.Link(text=model.name, url=urls.logged_model_url(model.id))))


def _shown(call: Call, owner: str, up: tuple[views.Link, ...]) -> views.FilesPage:
    path, after = text_of(call.request, "path"), text_of(call.request, "after")
    page, is_run = call.rooms.artifacts.list(call.caller, owner, path, after, _PER_PAGE), not owner.startswith("m-")
    shown = views.FilesPage(
        frame=frame_of(call),
        owner=up,
        folder=path,
        above=tuple(_above(owner, path)),
        files=tuple(_row(owner, each) for each in page.entries),
        next_url=urls.run_files_url(owner, path, page.after) if page.after else "",
        python=python_of(call, f"/api/runs/{owner}/artifacts") if is_run else "",
        cli=f"tidemill artifacts list {owner}" if is_run else "",
    )
    return shown if shown.files or not path or after else _one(call, shown, owner)


def _one(call: Call, shown: views.FilesPage, owner: str) -> views.FilesPage:
    kept = call.rooms.artifacts
    file = kept.get(call.caller, owner, shown.folder)
    with kept.open_blob(file) as stream:
        look = look_into(file.path, stream, file.size)
    home = urls.run_files_url(owner).removesuffix("/files")
    is_picture = look.kind == "picture" and file.size <= _MOST_PICTURE
    return replace(
        shown,
        preview=None if is_picture else look,
        picture_url=f"{home}/picture?{urlencode({'path': file.path})}" if is_picture else "",
        n_bytes=file.size,
        digest=file.digest,
        download_url=f"/api/runs/{quote(owner)}/artifacts/{quote(file.path)}",
    )


def picture(call: Viewer, run_id: str) -> Response:
    """Return a picture of a run: only what begins as a PNG, JPEG, GIF or WebP does, and as nothing else."""
    call.rooms.tracking.get_run(call.caller, run_id)
    return _picture(call, run_id)


def model_picture(call: Viewer, model_id: str) -> Response:
    """Return a picture of a logged model, as one of a run is."""
    return _picture(call, call.rooms.tracking.models.get(call.caller, model_id).id)


def _picture(call: Call, owner: str) -> Response:
    kept, path = call.rooms.artifacts, text_of(call.request, "path")
    file = kept.get(call.caller, owner, path)
    if file.size > _MOST_PICTURE:
        raise UsageError(f"the file has {file.size:,} bytes; a picture of at most {_MOST_PICTURE:,} is shown")
    with kept.open_blob(file) as stream:
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
    contexts=(
        (f"{urls.RUNS}/{{run_id}}/files", files),
        (f"{urls.LOGGED_MODELS}/{{model_id}}/files", model_files),
    ),
    routes=(
        Route("GET", f"{urls.RUNS}/{{run_id}}/picture", picture),
        Route("GET", f"{urls.LOGGED_MODELS}/{{model_id}}/picture", model_picture),
    ),
)
