"""The code of a project as a process that executes its steps has it, beside what the run was planned with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tidemill.pipelines.keys.code_digest import CodeDigest, CodeReader

#: Why a result is not reused whose key says something else than what it was made with.
OTHERWISE = (
    "a global or default that it stands on was not, in the process that executed it, what it was when the run was "
    "planned: hand it in as a parameter, or make it the same whenever the module is imported"
)


class CodeAtHand:
    """Digests functions as they are here: once each, and anew for every call after one that has changed anything.

    folder: the project's code. packages: the distributions that count for every function.
    """

    def __init__(self, folder: Path, packages: Sequence[str] = ()) -> None:
        self._folder, self._packages = folder, tuple(packages)
        self._reader: CodeReader | None = None
        self.is_changed = False

    def now(self, function: Callable[..., Any], planned: str) -> CodeDigest | None:
        """Return the digest of a function before it is called, in doubt when it is not the one that was planned.

        planned: empty when nothing is known of it; there is no digest then. Raises UsageError for a package that is
        not installed here.
        """
        if not planned:
            return None
        if self._reader is None or self.is_changed:
            self._reader = CodeReader(self._folder, self._packages)
        found = self._reader.digest(function)
        return found if found.digest == planned else replace(found, doubts=(*found.doubts, OTHERWISE))

    def note(self, changed: Sequence[str]) -> None:
        """Take in what a call has changed: from now on nothing here is taken to be as it was."""
        self.is_changed = self.is_changed or bool(changed)
