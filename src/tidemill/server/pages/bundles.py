"""Bundles of code: the list with what each environment uses, and one bundle."""

from __future__ import annotations

from tidemill.bundles import CI, Bundle, BundleCheck, BundleDeployment
from tidemill.core import from_iso
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Viewer
from tidemill.server.routes.bundles import environments
from tidemill.ui import urls, views

_FILL = views.Command(text="tidemill package", words="Shows the files of the project's code and stores them as one.")
_SHOWN = 50
_MOST_TEXT = 100_000


def bundles(call: Viewer) -> views.BundlesPage:
    """Return the latest bundles, and what the environments use."""
    used = environments(call)
    return views.BundlesPage(
        frame=frame_of(call),
        bundles=tuple(_row(call, each, used) for each in call.rooms.bundles.list(call.caller, _SHOWN)),
        environments=tuple(_environment(name, at) for name, at in used.items()),
        fill=_FILL,
        python=python_of(call, "/api/bundles"),
        cli="tidemill bundles",
    )


def bundle(call: Viewer, digest: str) -> views.BundlePage:
    """Return one bundle."""
    found = call.rooms.bundles.get(call.caller, digest)
    own = found.lock.kind in {file.path for file in found.files}
    deployments = [each for each in call.rooms.bundles.deployments(call.caller) if each.digest == found.digest]
    checks = call.rooms.bundles.checks(call.caller, found.digest)
    return views.BundlePage(
        frame=frame_of(call),
        row=_row(call, found, environments(call)),
        module=found.manifest.module,
        python_version=f"{found.manifest.python}, made with {found.made_with}",
        lock=found.lock.kind if own else "the versions that were installed",
        lock_text="" if own else _text(call, found.lock.digest),
        files=tuple(
            views.BundledFile(path=file.path, n_bytes=file.size, digest=file.digest, executable=file.executable)
            for file in found.files
        ),
        checks=tuple(
            views.BundleCheckRow(name=each.name, passed=each.passed, at=from_iso(each.at), by=each.by)
            for each in checks
        ),
        deployments=tuple(_environment(each.environment, each) for each in deployments),
        diff=_text(call, found.diff_digest) if found.diff_digest else "",
        python=python_of(call, f"/api/bundles/{found.digest}"),
        cli=f"tidemill bundles {found.short}",
    )


def _row(call: Call, found: Bundle, used: dict[str, BundleDeployment | None]) -> views.BundleRow:
    checks = call.rooms.bundles.checks(call.caller, found.digest)
    last: BundleCheck | None = next((each for each in checks if each.name == CI), None)
    return views.BundleRow(
        digest=found.digest,
        pipelines=found.manifest.pipelines,
        n_files=len(found.files),
        n_bytes=found.manifest.n_bytes,
        commit=found.commit or "",
        dirty=bool(found.diff_digest),
        passed=None if last is None else last.passed,
        deployed_to=tuple(name for name, at in used.items() if at is not None and at.digest == found.digest),
        created_at=from_iso(found.created_at),
        created_by=found.created_by,
    )


def _environment(name: str, at: BundleDeployment | None) -> views.EnvironmentRow:
    if at is None:
        return views.EnvironmentRow(name=name)
    origin = f" from {at.from_environment}" if at.from_environment else ""
    return views.EnvironmentRow(
        name=name,
        bundle=views.Link(text=at.digest[:12], url=urls.bundle_url(at.digest)),
        how=f"{at.how}{origin}",
        at=from_iso(at.at),
        by=at.by,
        override=at.override,
    )


def _text(call: Call, digest: str) -> str:
    text = call.rooms.blobs.get(digest).decode("utf-8", "replace")
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}\n... {len(text) - _MOST_TEXT:,} more characters\n"


PAGES = Pages(contexts=((urls.BUNDLES, bundles), (f"{urls.BUNDLES}/{{digest}}", bundle)))
