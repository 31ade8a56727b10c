"""What is noted of a run beside what it logs: an explicit list, redacted and capped, and off by one argument.

    at once      the command line, the host, Python, the folder it was started in, the seeds that were given
    soon after   the git commit, uncommitted changes of code as a patch, installed packages, the lock file

Nothing is patched and no environment variable is stored. What looks like a secret is replaced before it is written
anywhere: values of variables that are named like secrets, passwords in URLs, arguments after ``--token`` and the like.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tidemill.core import digest_bytes
from tidemill.provenance import LACKING_TAG, LOCK_FILE, Redaction, git, installed_here, redact, uncommitted_changes
from tidemill.recording.entries import cut, storable_text
from tidemill.tracking import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG

COMMAND_TAG, HOST_TAG, PYTHON_TAG, FOLDER_TAG = (
    "tidemill.command", "tidemill.host", "tidemill.python", "tidemill.folder",
)  # fmt: skip
SEED_TAG, USER_TAG = "tidemill.seed", "tidemill.user"
LONGEST_COMMAND = 4000
_SECRET_FLAG = re.compile(r"(?i)^--?[\w-]*(?:secret|token|passw|credential|api[-_]?key|private[-_]?key)[\w-]*$")
_SAME_S = 60.0


@dataclass(frozen=True)
class Captured:
    """What was found of a folder: the commit, tags, and what is stored as blobs that tags name."""

    commit: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)


def tags_at_once(seed: object = None) -> dict[str, str]:
    """Return what is noted when a run begins."""
    tags = {
        COMMAND_TAG: cut(command_line(sys.argv), LONGEST_COMMAND),
        HOST_TAG: socket.gethostname(),
        PYTHON_TAG: platform.python_version(),
        FOLDER_TAG: _here(),
    }
    if seed is not None:
        tags[SEED_TAG] = str(seed)
    return {key: storable_text(value) for key, value in tags.items() if value}


def command_line(arguments: list[str], environ: Mapping[str, str] | None = None) -> str:
    """Return a command line with what looks like a secret replaced.

    >>> command_line(["train.py", "--token", "abc", "--password=hunter22", "--rate", "0.1"], {})
    "train.py --token '[redacted]' --password=REDACTED --rate 0.1"
    """
    told, hide = [], False
    redaction = Redaction(environ)
    for each in arguments:
        told.append("[redacted]" if hide else redact(redaction.text(each)))
        hide = bool(_SECRET_FLAG.match(each))
    return shlex.join(told)


class Capture:
    """Looks at folders; what was found is believed for a minute, so that many short runs cost one look."""

    def __init__(self) -> None:
        self._found: dict[Path, tuple[float, Captured]] = {}

    def look(self, folder: Path) -> Captured:
        """Return what there is to note of a folder. Raises OSError."""
        at, known = self._found.get(folder, (0.0, None))
        if known is None or time.monotonic() - at > _SAME_S:
            known = _look(folder)
            self._found = {folder: (time.monotonic(), known)}
        return known


def _look(folder: Path) -> Captured:
    blobs, tags = {ENVIRONMENT_TAG: installed_here().to_bytes()}, {}
    lock = folder / LOCK_FILE
    if lock.is_file() and lock.stat().st_size <= 1 << 20:
        blobs[LOCK_TAG] = lock.read_bytes()
    commit = git(folder, "rev-parse", "HEAD") or None
    if commit is not None:
        changes = uncommitted_changes(folder)
        if changes.patch:
            blobs[CHANGES_TAG] = changes.patch
        if changes.lacking:
            tags[LACKING_TAG] = "; ".join(changes.lacking)
        if changes.patch or changes.lacking:
            commit += "+changes"
    return Captured(commit, tags, blobs)


def name_of(content: bytes) -> str:
    """Return the name under which content waits beside a journal."""
    return digest_bytes(content)


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return os.environ.get("PWD", "")
