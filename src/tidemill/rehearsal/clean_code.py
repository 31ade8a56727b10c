"""The code that is checked: a clean clone of the commit, or a bundle; outside of version control the folder's files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from tidemill.access import Caller
from tidemill.bundles import Bundles, make_draft
from tidemill.core import UsageError, digest_file, digest_json
from tidemill.provenance import CODE, demand_git, git

_LARGEST_FILE = 1 << 20
_NOT_CODE = (".parquet", ".csv", ".ndjson", ".jsonl", ".db", ".pyc")


@dataclass(frozen=True)
class CleanCode:
    """Code to be checked, in a folder of its own. words: where it came from. notes: what is not in it, in words."""

    folder: Path
    digest: str
    commit: str | None
    words: str
    notes: tuple[str, ...] = ()


def take_code(
    folder: Path, place: Path, digest: str | None = None, bundles: Bundles | None = None, caller: Caller | None = None
) -> CleanCode:
    """Write the code of a project into a working folder.

    digest: of the bundle to take; without one the commit that is checked out counts, and outside of version control the
    folder's own files. bundles: the store's; the code becomes a bundle, and it is the bundle that is taken.

    Raises UsageError for a digest where no bundles are kept, NotFoundError for an unknown one.
    """
    if digest is not None:
        if bundles is None or caller is None:
            raise UsageError("this store keeps no bundles; leave out --bundle to check the commit that is checked out")
        found = bundles.get(caller, digest)
        bundles.unpack(caller, found, place / "bundle")
        return CleanCode(place / "bundle", found.digest, None, f"bundle {found.digest[:12]}")
    taken = _clone(folder, place / "clone") or _copy(folder, place / "copy")
    if bundles is None or caller is None:
        return taken
    made = bundles.store(caller, make_draft(taken.folder))
    bundles.unpack(caller, made, place / "bundle")
    words = f"bundle {made.digest[:12]} of {taken.words}"
    return replace(taken, folder=place / "bundle", digest=made.digest, words=words)


def _clone(folder: Path, place: Path) -> CleanCode | None:
    """Clone the commit that is checked out; None outside of version control."""
    commit, top = git(folder, "rev-parse", "HEAD"), git(folder, "rev-parse", "--show-toplevel")
    if not commit or not git(folder, "ls-files", "--", "*.py"):
        return None
    demand_git(folder, "clone", "--quiet", "--shared", "--no-checkout", top, str(place))
    demand_git(place, "checkout", "--quiet", "--detach", commit)
    changed = [line for line in git(folder, "status", "--porcelain", "--", *CODE).splitlines() if line.strip()]
    notes: tuple[str, ...] = ()
    if changed:
        notes = (f"{len(changed)} file(s) of code differ from commit {commit[:12]} and are not checked: commit them",)
    project = place / git(folder, "rev-parse", "--show-prefix")
    return CleanCode(project, _digest(project), commit, f"commit {commit[:12]}", notes)


def _copy(folder: Path, place: Path) -> CleanCode:
    for path in _code_files(folder):
        target = place / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    place.mkdir(parents=True, exist_ok=True)
    return CleanCode(
        place,
        _digest(place),
        None,
        "the folder's files",
        ("the project is not under version control; its files count",),
    )


def _code_files(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part in {"__pycache__", "node_modules"} for part in parts)
        if hidden or path.is_symlink() or not path.is_file() or path.suffix in _NOT_CODE:
            continue
        if path.stat().st_size <= _LARGEST_FILE and path.name != "tidemill.local.toml":
            found.append(path)
    return found


def _digest(folder: Path) -> str:
    return digest_json({path.relative_to(folder).as_posix(): digest_file(path) for path in _code_files(folder)})
