"""Running checks one after another: how long each took, and one line for whatever it raises."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from tidemill.core import TidemillError
from tidemill.pipelines import own_frames
from tidemill.rehearsal.ci_report import FAILED, PASSED, SKIPPED, CiCheck


class SkippedError(Exception):
    """A check has nothing to look at; the message says why."""


class FailedError(Exception):
    """A check found what must not be; the message is one line, `details` may be more."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class Examination:
    """The checks so far, in order. tell: called with each as it ends."""

    def __init__(self, tell: Callable[[CiCheck], None]) -> None:
        self._tell = tell
        self.checks: list[CiCheck] = []

    def check(self, group: str, name: str, look: Callable[[], str]) -> bool:
        """Run a check, which returns what it found in one line; return whether it did not fail."""
        started = time.perf_counter()
        state, details = PASSED, ""
        try:
            line = look()
        except SkippedError as skipped:
            state, line = SKIPPED, str(skipped)
        except FailedError as failed:
            state, line, details = FAILED, str(failed), failed.details
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except TidemillError as error:
            state, line, details = FAILED, str(error), str(getattr(error, "details", ""))
        except BaseException as error:  # noqa: BLE001 - the user's code may raise what it likes
            said = " ".join(str(error).split())
            state, line = FAILED, f"{type(error).__name__}: {said}" if said else type(error).__name__
            details = "".join(traceback.format_list(own_frames(error)))
        self.add(CiCheck(group, name, state, time.perf_counter() - started, line, details))
        return state != FAILED

    def add(self, check: CiCheck) -> None:
        """Note a check that was run elsewhere."""
        self.checks.append(check)
        self._tell(check)

    def skip(self, group: str, name: str, why: str) -> None:
        """Note a check that could not be reached."""
        self.add(CiCheck(group, name, SKIPPED, 0.0, why))
