"""Going on with erasures that wait, or were killed, in a thread of the scheduler's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tidemill.access import Caller, Role
from tidemill.workspace import Workspace

_EVERY_S, _LONGEST_S = 60.0, 3600.0


class UnfinishedErasures:
    """Looks once a minute for erasures that are not done, and goes on with them; less often while that changes nothing.

    So it is after a restore as well, with those that were asked for since the backup. It may be killed at any point.
    """

    def __init__(self, workspace: Workspace, say: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._caller = Caller("loop", workspace.settings.project, Role.ADMIN)
        self._say = say
        self._thread: threading.Thread | None = None
        self._look_at = 0.0
        self._said = ""
        self._pause = _EVERY_S

    def look(self) -> None:
        """Begin to go on with what is left when it is time and nothing goes on."""
        if time.monotonic() < self._look_at or (self._thread is not None and self._thread.is_alive()):
            return
        self._look_at = time.monotonic() + self._pause
        self._thread = threading.Thread(target=self._finish, name="erasures", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for what goes on; tell whether it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def _finish(self) -> None:
        try:
            reports = self._workspace.erasures.finish(self._caller)
        except Exception as error:  # noqa: BLE001 - the boundary of a thread: said, and tried again after a minute
            told = f"the erasures were not finished: {type(error).__name__}: {' '.join(str(error).split())}"
        else:
            told = "; ".join(f"erasure {each.id} is {each.state}" for each in reports)
        self._pause = min(2 * self._pause, _LONGEST_S) if told and told == self._said else _EVERY_S
        if told and told != self._said:
            self._say(told)
        self._said = told
