"""Make one pass and be killed right before or after the nth write commits. Run as a program by test_service."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import ManualClock, from_iso, load_settings
from tidemill.loop import on_drift
from tidemill.project import load_project


def main(folder: Path, now: str, nth: int, moment: str) -> None:
    """Open the store at an instant and make the pass."""
    settings = load_settings(folder, environ={})
    workspace = open_workspace(folder, settings, ManualClock(from_iso(now)))
    endpoint = replace(load_project(folder, settings).endpoints["late"], retrain=(on_drift(),))
    write, left = workspace.database.write, [nth]

    def failing(function: Callable[..., Any]) -> Any:
        left[0] -= 1

        def body(tx: Any) -> Any:
            done = function(tx)
            if not left[0] and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        found = write(body)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    workspace.database.write = failing  # type: ignore[method-assign]
    workspace.loop.turn(Caller("loop", role=Role.DEPLOYER), endpoint)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
