"""The version-control commit that a project's code was taken from."""

from __future__ import annotations

import subprocess
from pathlib import Path


def current_commit(folder: Path) -> str | None:
    """Return the git commit of a folder, with ``+changes`` when its files differ from it.

    None when git is missing, the folder is in no repository, or none of its files is in the repository.
    """
    head = _git(folder, "rev-parse", "HEAD")
    if not head or not _git(folder, "ls-files", "--", "*.py"):
        return None
    changed = _git(folder, "status", "--porcelain", "--", "*.py")
    return f"{head}+changes" if changed else head


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git, as the user would find it
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
