"""Where a bundle's code was taken from: the commit, and what differed from it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tidemill.bundles.secrets import is_secret_file, is_secret_folder, redacted

MOST_DIFF_BYTES = 1_000_000
_SECTION = re.compile(r"^diff --git ", re.MULTILINE)
_NAMES = re.compile(r'diff --git "?a/(?P<old>.*?)"? "?b/(?P<new>.*?)"?$')
_WITHIN_S = 20


@dataclass(frozen=True)
class SourceState:
    """A state of the code.

    commit: of git, None outside a repository. diff: what was not committed, as text, secrets hidden, capped.

    made_with: the exact version of Python.
    """

    commit: str | None
    diff: str
    made_with: str


def source_state(folder: Path, made_with: str) -> SourceState:
    """Ask git for the commit of a folder and for what differs from it; nothing where there is no git."""
    commit = _git(folder, "rev-parse", "HEAD").strip()
    if not commit:
        return SourceState(None, "", made_with)
    changed = _git(
        folder, "-c", "core.quotePath=false", "diff", "HEAD", "--no-color", "--no-ext-diff", "--relative", "--", "."
    )
    return SourceState(commit, presentable(changed), made_with)


def presentable(diff: str) -> str:
    """Return a diff without the files that may hold secrets, what looks like one hidden, and not too long.

    >>> presentable("diff --git a/.env b/.env\\n+A=1\\ndiff --git a/x.py b/x.py\\n+token = 'abcdef'\\n")
    "diff --git a/x.py b/x.py\\n+token = '***'\\n"
    """
    starts = [found.start() for found in _SECTION.finditer(diff)]
    sections = [diff[start:end] for start, end in zip(starts, [*starts, len(diff)][1:], strict=True)]
    text = redacted("".join(section for section in sections if not _is_secret(section)))
    data = text.encode("utf-8", "replace")
    if len(data) <= MOST_DIFF_BYTES:
        return data.decode("utf-8")
    left = len(data) - MOST_DIFF_BYTES
    return f"{data[:MOST_DIFF_BYTES].decode('utf-8', 'ignore')}\n... {left:,} more bytes were left out\n"


def _is_secret(section: str) -> bool:
    named = _NAMES.match(section.partition("\n")[0])
    if named is None:
        return True
    paths = [PurePosixPath(named[side]) for side in ("old", "new")]
    return any(is_secret_file(path.name) or any(map(is_secret_folder, path.parts[:-1])) for path in paths)


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git, as the user would find it
            capture_output=True,
            timeout=_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
