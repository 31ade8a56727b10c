"""What lies in a folder: one stat per file, and nothing is read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tidemill.core import NotFoundError, UnavailableError, UsageError
from tidemill.data.store_folders import StoreFolders

#: Not data, whoever's folder it is.
_GIT = ".git"
_PART = re.compile(r"\.tidemill-[0-9a-f]{32}\.part")
_KINDS = ((stat.S_ISSOCK, "a socket"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISDIR, "a link to a folder"))


class Stamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What tells an unchanged file from a changed one without reading it; instants in nanoseconds."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    executable: bool


@dataclass
class Scan:
    """What lies in a folder, by path below it.

    files: regular files, and links that lead to one. folders: those with nothing in them. irregular: what else there
    is, and what it is. parts: what a checkout that was killed left.
    """

    files: dict[str, Stamp] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    irregular: dict[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)


def scan_folder(folder: Path, own: StoreFolders) -> Scan:
    """Look at all that lies in a folder, but for `.git` and the store itself.

    own: the store's folders, which are passed over when they lie in there.

    Raises NotFoundError when there is no folder, UsageError for a name that is not UTF-8, UnavailableError for what
    may not be looked at.
    """
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}; name one that holds files")
    found, root = Scan(), os.path.realpath(folder)
    passed_over = frozenset(own.below(root))
    # Folders in the order of their paths, so that progress and errors are the same each time.
    waiting = [""]
    try:
        while waiting:
            waiting += sorted(_scan_one(root, waiting.pop(), found, passed_over), reverse=True)
    except OSError as error:
        place = _shown(os.fsdecode(error.filename or root))
        raise UnavailableError(f"{place} cannot be looked at: {error.strerror}; see to its rights") from error
    return found


def stamp_of(place: str) -> Stamp | None:
    """Return the stamp of a file as it is now; None when it is none any more."""
    try:
        about = os.stat(place)  # noqa: PTH116 - called for each file
    except OSError:
        return None
    return stamp_from(about) if stat.S_ISREG(about.st_mode) else None


def stamp_from(about: os.stat_result) -> Stamp:
    """Return the stamp that a stat gives."""
    executable = about.st_mode & stat.S_IXUSR != 0
    return Stamp(about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino, executable)


def _scan_one(root: str, below: str, found: Scan, passed_over: Collection[str]) -> list[str]:
    """Add what lies in one folder, and return the folders in it."""
    inner: list[str] = []
    is_empty = True
    files = found.files
    with os.scandir(f"{root}/{below}") as entries:
        for entry in entries:
            name = entry.name
            path = below + name
            is_empty = False
            if name[0] == "." and _is_left_out(name, path, found):
                continue
            if not path.isascii():
                _require_sayable(path)
            if entry.is_dir(follow_symlinks=False):
                if path not in passed_over:
                    inner.append(f"{path}/")
                continue
            try:
                about = entry.stat()
            except OSError:  # a link that leads nowhere, or in a ring; or the file has just gone
                gone = "a link that leads to no file" if entry.is_symlink() else "gone while it was looked at"
                found.irregular[path] = gone
                continue
            if stat.S_ISREG(about.st_mode):
                files[path] = stamp_from(about)
            else:
                found.irregular[path] = next((kind for is_it, kind in _KINDS if is_it(about.st_mode)), "a device")
    if below and is_empty:
        found.folders.append(below[:-1])
    return inner


def _is_left_out(name: str, path: str, found: Scan) -> bool:
    if _PART.fullmatch(name):
        found.parts.append(path)
        return True
    return name.casefold() == _GIT


def _require_sayable(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"the name {_shown(path)} is not UTF-8; rename it: a version is read everywhere") from error


def _shown(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
