"""The user's own git, as the user would find it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tidemill.core import UnavailableError

_WITHIN_S = 30


def git(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> str:
    """Return what git prints for a folder, stripped; nothing when it is missing, fails or takes too long."""
    return git_bytes(folder, *arguments, environ=environ).decode("utf-8", "replace").strip()


def git_bytes(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes that git prints for a folder; nothing when it is missing, fails or takes too long."""
    try:
        done = _run(folder, arguments, None, environ)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def demand_git(folder: Path, *arguments: str, given: bytes | None = None) -> None:
    """Run git. Raises UnavailableError with its own first line when it fails."""
    try:
        done = _run(folder, arguments, given, None)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"git {arguments[0]} could not be run: {error}") from error
    if done.returncode:
        said = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it did not say why"])[-1]
        raise UnavailableError(f"git {' '.join(arguments[:2])} failed in {folder}: {said}")


def _run(
    folder: Path, arguments: tuple[str, ...], given: bytes | None, environ: Mapping[str, str] | None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git, as the user would find it
        capture_output=True,
        input=given,
        env=None if environ is None else dict(environ),
        timeout=_WITHIN_S,
        check=False,
    )
