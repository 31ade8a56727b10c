"""What a checkout will do to a folder, decided before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tidemill.data.errors import LocalChangeError
from tidemill.data.file_manifest import FileEntry
from tidemill.data.folder_hashing import hash_files
from tidemill.data.folder_scan import Scan
from tidemill.storage.home_files import Told

_SHOWN = 3


@dataclass(frozen=True)
class Base:
    """The files of a version, by path, and the folders that have nothing in them."""

    files: Mapping[str, FileEntry]
    folders: Sequence[str]


@dataclass(frozen=True)
class Present:
    """What lies in a folder, with the digests that are known of it by heart."""

    folder: Path
    scan: Scan
    digests: dict[str, str]


@dataclass
class CheckoutPlan:
    """What brings a folder to a version.

    write: files to write, anew or over what is there. delete: files of the version before that this one has not.
    modes: files that only may or may not be run. folders: to be made, outermost first. stale: folders of the version
    before that had nothing in them, innermost first. blocked: what lies there, is in no version and would be lost.
    """

    write: list[FileEntry] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)
    modes: list[FileEntry] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)


def plan_checkout(
    present: Present, wanted: Base, bases: Sequence[Base], told: Told, *, force: bool = False
) -> CheckoutPlan:
    """Return what brings a folder to the wanted version.

    bases: the versions that the folder was brought to, or was on its way to: what is as in one of them may go. Files
    that are in none and in nobody's way stay. force: overwrite what is blocked.

    Raises LocalChangeError for what is blocked, UnavailableError for a file that cannot be read.
    """
    files = present.scan.files
    managed = wanted.files.keys() | {path for base in bases for path in base.files}
    asked = [path for path in files if path in managed and path not in present.digests]
    hash_files(present.folder, files, asked, (present.digests.update, told))
    plan = CheckoutPlan()
    for path in sorted(managed):
        _decide(path, present, (wanted, bases), plan)
    plan.folders = sorted(
        {each for entry in plan.write for each in parents(entry.path)} | _with_parents(wanted.folders)
    )
    plan.stale = sorted(_with_parents(each for base in bases for each in base.folders), reverse=True)
    _clear_the_way(present, wanted, plan)
    if plan.blocked and not force:
        shown = ", ".join(sorted(plan.blocked)[:_SHOWN])
        more = f" and {len(plan.blocked) - _SHOWN:,} more" if len(plan.blocked) > _SHOWN else ""
        raise LocalChangeError(
            f"{shown}{more} in {present.folder} would be lost: no version has it as it is; commit the folder or move "
            "it away first, or overwrite it with force=True (--force); nothing was changed"
        )
    return plan


def parents(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in, outermost first.

    >>> list(parents("a/b/c"))
    ['a', 'a/b']
    """
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)


def _with_parents(folders: Iterable[str]) -> set[str]:
    return {each for folder in folders for each in (folder, *parents(folder))}


def _decide(path: str, present: Present, versions: tuple[Base, Sequence[Base]], plan: CheckoutPlan) -> None:
    wanted, bases = versions
    at, want = present.scan.files.get(path), wanted.files.get(path)
    if at is None:
        plan.write += [want] if want is not None else []
        return
    digest = present.digests[path]
    if want is not None and digest == want.digest:
        plan.modes += [want] if at.executable != want.executable else []
        return
    if not any(path in base.files and base.files[path].digest == digest for base in bases):
        plan.blocked.append(path)
    if want is not None:
        plan.write.append(want)
    else:
        plan.delete.append(path)


def _clear_the_way(present: Present, wanted: Base, plan: CheckoutPlan) -> None:
    """Block what lies where a folder or file of the version must be, and belongs to no version."""
    files, irregular = present.scan.files, present.scan.irregular
    gone = set(plan.delete)
    for path in sorted(set(plan.folders) & (files.keys() | irregular.keys())):
        if path not in gone:
            plan.blocked.append(path)
            plan.delete.append(path)
            gone.add(path)
    left = {path for path in (*files, *irregular) if path not in gone and path not in wanted.files}
    held = {parent for path in left for parent in parents(path)}
    for entry in plan.write:
        if entry.path in irregular:
            plan.blocked.append(entry.path)
        if entry.path in held:
            raise LocalChangeError(
                f"{entry.path} in {present.folder} is a folder with files of no version, and a file in the version "
                "asked for; move that folder away, then check out again; nothing was changed"
            )
