"""A process group: the leader that was started and all that it has started in turn."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PROC = Path("/proc")


def signal_group(leader: int, number: int) -> bool:
    """Send a signal to everyone in the group; tell whether there was anyone, dead ones that nobody buried included."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):  # nobody is left; macOS says the second of those who have ended
        return False
    return True


def group_lives(leader: int) -> bool:
    """Tell whether anyone in the group still runs.

    An orphan's death is noted by the machine's first process, which in a container may take a second, or for ever.
    """
    if not signal_group(leader, 0):
        return False
    if sys.platform != "linux":
        return True
    return any(_runs_in(stat, leader) for stat in _PROC.glob("[0-9]*/stat"))


def _runs_in(stat: Path, leader: int) -> bool:
    try:
        # The name in parentheses may hold anything: what is told comes after the last one.
        state, _parent, group, *_ = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
    except (OSError, ValueError):  # it has just ended
        return False
    return int(group) == leader and state not in "ZX"
