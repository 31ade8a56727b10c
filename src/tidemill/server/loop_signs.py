"""Signs that there is something to do for the loop: cheap enough to be read a hundred times a second."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tidemill.core import UnavailableError
from tidemill.storage.stamps import Stamp, stamp_of
from tidemill.workspace import Workspace


class Signs(NamedTuple):
    """What was seen: where the clock stands, what the records were when last written, how large the logs are."""

    clock: datetime | None
    records: Stamp
    logs: tuple[tuple[str, int], ...]


class LoopSigns:
    """Looks at the clock, at the records' stamp and at the log segments of some endpoints."""

    def __init__(self, workspace: Workspace) -> None:
        self._clock = workspace.clock
        self._database = workspace.database
        self._predictions = workspace.home / "predictions" / workspace.settings.project
        self._folders: list[Path] = []

    def follow(self, endpoints: Iterable[str]) -> None:
        """Look at the logs of these endpoints from now on."""
        self._folders = [self._predictions / name for name in endpoints]

    def read(self) -> Signs:
        """Return what there is to be seen now."""
        try:
            now = self._clock.now()
        except UnavailableError:  # the pass will say so
            now = None
        return Signs(now, stamp_of(self._database), tuple(each for folder in self._folders for each in _open(folder)))


def _open(folder: Path) -> list[tuple[str, int]]:
    """Return the segments that are being written, with their sizes; a sealed one shows by its absence."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, entry.stat().st_size) for entry in entries if entry.name.endswith(".open"))
    except OSError:
        return []
