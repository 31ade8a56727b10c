"""Walking a project's folder: what goes into a bundle, and what is left out with a reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tidemill.bundles.belonging import LeftOut, own_places, why_not_file, why_not_folder
from tidemill.bundles.declared import declared_pipelines
from tidemill.bundles.ignore_rules import OWN, IgnoreRule, last_word, read_rules, rules_above
from tidemill.bundles.known_files import KnownFile, KnownFiles
from tidemill.bundles.manifest import MOST_FILES, BundleFile, folded
from tidemill.bundles.secrets import HIDDEN, holds_private_key, without_passwords
from tidemill.core import Settings, UsageError, digest_bytes

SETTINGS = "tidemill.toml"
#: Of so many files of one folder with one reason each has a line; of more they share one.
_A_LINE_EACH = 5
_DEEPEST = 30
#: A folder with more entries than this holds data, whatever they are; the project's own folder is looked into anyway.
MOST_IN_FOLDER = 2_000
MOST_LOOKED_AT = 50_000


@dataclass
class Found:
    """What a walk found. `rewritten` holds the bytes of files that go in otherwise than they are on the disk."""

    files: list[BundleFile] = field(default_factory=list)
    pipelines: set[str] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)
    rewritten: dict[str, bytes] = field(default_factory=dict)


def find_files(folder: Path, settings: Settings, lock: str | None) -> Found:
    """Return the files of a project that go into its bundle, in the order of their paths.

    lock: the project's lock file, which goes in whatever the rules say.
    Raises UsageError when there are more than a bundle holds, OSError for a folder that cannot be read.
    """
    known = KnownFiles(settings.home, folder)
    walk = _Walk(folder, own_places(folder, settings), lock)
    found = Found()
    taken: dict[str, str] = {}
    for path, seen in walk.files():
        name = folded(path)
        if name in taken:
            walk.leave_out(path, f"its name differs from {taken[name]} only in case")
            continue
        if _take(found, folder, path, seen, known):
            taken[name] = path
        else:
            walk.leave_out(path, "it holds a private key, or cannot be read")
        if len(found.files) > MOST_FILES:
            raise UsageError(
                f"{folder} has more than {MOST_FILES:,} files, the most that a bundle holds; name folders that are no "
                f"code in {OWN}"
            )
    known.save()
    found.files.sort(key=lambda file: file.path)
    found.left_out += _short(walk.left_out)
    return found


def _take(found: Found, folder: Path, path: str, seen: os.stat_result, known: KnownFiles) -> bool:
    """Take a file in; False when it may not be, or cannot be read."""
    if path == SETTINGS:
        return _take_settings(found, folder, seen)
    file = known.find(path, seen)
    if file is None:
        try:
            data = (folder / path).read_bytes()
        except OSError:
            return False
        pipelines = declared_pipelines(data) if path.endswith(".py") else ()
        times = (len(data), seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
        file = KnownFile(*times, digest_bytes(data), pipelines, holds_private_key(data))
        known.note(path, file)
    if file.holds_key:
        return False
    found.files.append(BundleFile(path, file.digest, file.size, bool(seen.st_mode & stat.S_IXUSR)))
    found.pipelines.update(file.pipelines)
    return True


def _take_settings(found: Found, folder: Path, seen: os.stat_result) -> bool:
    """Take `tidemill.toml` in without the passwords in its URLs."""
    try:
        data = (folder / SETTINGS).read_bytes()
    except OSError:
        return False
    written = without_passwords(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if written != data:
        found.rewritten[SETTINGS] = written
        found.left_out.append(LeftOut(SETTINGS, f"goes in with {HIDDEN} for the passwords in its URLs"))
    found.files.append(BundleFile(SETTINGS, digest_bytes(written), len(written), bool(seen.st_mode & stat.S_IXUSR)))
    return True


class _Walk:
    def __init__(self, folder: Path, own: set[str], lock: str | None) -> None:
        self._folder = folder
        self._own = own
        self._lock = lock
        self._n_looked_at = 0
        self.left_out: list[LeftOut] = []

    def files(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield path and state of each file that may go in."""
        yield from self._below(self._folder, "", rules_above(self._folder.resolve()))

    def leave_out(self, path: str, why: str) -> None:
        """Say why a file or folder is not taken."""
        self.left_out.append(LeftOut(path, why))

    def _below(self, folder: Path, base: str, outer: list[IgnoreRule]) -> Iterator[tuple[str, os.stat_result]]:
        rules = [*outer, *read_rules(folder, base)]
        for entry in self._entries(folder, base):
            path = f"{base}{entry.name}"
            if entry.is_symlink():
                self.leave_out(path, "a link; put the file itself there")
            elif entry.is_dir(follow_symlinks=False):
                if self._looks_into(entry, path, rules):
                    yield from self._below(Path(entry.path), f"{path}/", rules)
            elif not entry.is_file(follow_symlinks=False):
                self.leave_out(path, "no regular file")
            else:
                seen = entry.stat(follow_symlinks=False)
                if self._may_go_in(path, seen, rules):
                    yield path, seen

    def _entries(self, folder: Path, base: str) -> list[os.DirEntry[str]]:
        """Return what is in a folder by name; nothing, with the reason, when it is no folder of code."""
        most = MOST_IN_FOLDER if base else MOST_LOOKED_AT
        try:
            with os.scandir(folder) as listing:
                entries = list(islice(listing, most + 1))
        except PermissionError:
            self.leave_out(base, "it cannot be read")
            return []
        if base and len(entries) > most:
            self.leave_out(base, f"it holds more than {most:,} files, so it is taken for data")
            return []
        self._n_looked_at += len(entries)
        if self._n_looked_at > MOST_LOOKED_AT:
            raise UsageError(
                f"{self._folder} holds more than {MOST_LOOKED_AT:,} files and folders; "
                f"name those that are no code in {OWN}"
            )
        return sorted(entries, key=lambda entry: entry.name)

    def _looks_into(self, entry: os.DirEntry[str], path: str, rules: list[IgnoreRule]) -> bool:
        why = why_not_folder(entry, self._own)
        word = None if why else last_word(rules, path, is_folder=True)
        if word is not None and not word.keeps:
            why = f"{word.of} says {word.line}"
        if not why and path.count("/") >= _DEEPEST:
            why = f"it lies more than {_DEEPEST} folders deep"
        if why:
            self.leave_out(f"{path}/", why)
        return not why

    def _may_go_in(self, path: str, seen: os.stat_result, rules: list[IgnoreRule]) -> bool:
        word = None if path in {self._lock, SETTINGS} else last_word(rules, path, is_folder=False)
        wanted = path == self._lock or (word is not None and word.keeps and word.of == OWN)
        why = why_not_file(path, seen.st_size, wanted=wanted)
        if not why and word is not None and not word.keeps:
            why = f"{word.of} says {word.line}"
        if why:
            self.leave_out(path, why)
        return not why


def _short(left_out: list[LeftOut]) -> list[LeftOut]:
    """Let files of one folder with one kind of reason share a line where they are many."""
    groups: dict[tuple[str, str], list[LeftOut]] = {}
    for each in left_out:
        folder, _, name = each.path.rstrip("/").rpartition("/")
        suffix = name.rpartition(".")[2] if "." in name and not each.path.endswith("/") else ""
        groups.setdefault((f"{folder}/" if folder else "", f"{suffix} {each.why.replace(name, '*')}"), []).append(each)
    lines = []
    for (folder, _), group in groups.items():
        if len(group) <= _A_LINE_EACH:
            lines += group
            continue
        suffix = Path(group[0].path).suffix
        why = group[0].why.replace(Path(group[0].path).name, f"*{suffix}")
        lines.append(LeftOut(f"{folder}*{suffix}", f"{len(group):,} files: {why}"))
    return sorted(lines, key=lambda each: each.path)
