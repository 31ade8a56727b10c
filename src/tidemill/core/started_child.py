"""A process of this Python that is talked to over a socket; started before anything heavy is imported."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class StartedChild:
    """A process, and our end of its socket; when that closes, the process ends."""

    process: subprocess.Popen[bytes]
    socket: socket.socket

    def drop(self) -> None:
        """Have it end, and wait for that."""
        self.socket.close()
        self.process.kill()
        self.process.wait()


def usable_cpus() -> int:
    """Return how many processors this process may use.

    >>> usable_cpus() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_child(module: str) -> StartedChild:
    """Start a module as a process that is given the number of its socket. Raises OSError.

    It has a session of its own: a Ctrl-C does not reach it, and what it starts can be ended with it.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    return StartedChild(process, ours)
