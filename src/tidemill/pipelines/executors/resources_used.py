"""What a task takes of its process: seconds, CPU seconds, memory."""

from __future__ import annotations

import os
import resource
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from tidemill.pipelines.executors.port import Usage

_SELF = Path("/proc/self")
_PAGE = resource.getpagesize()


class Meter:
    """Measures one task, from its making to `read`."""

    def __init__(self) -> None:
        self._is_exact = _forget_peak()
        self._started_at, self._clock, self._cpu = time.time(), time.perf_counter(), _cpu_seconds()

    def read(self) -> Usage:
        """Return what was taken so far."""
        seconds, cpu = time.perf_counter() - self._clock, _cpu_seconds() - self._cpu
        peak = _status_bytes("VmHWM") if self._is_exact else _lifetime_peak()
        return Usage(self._started_at, seconds, max(cpu, 0.0), peak, socket.gethostname(), os.getpid())


def resident_bytes(pid: int | None = None) -> int | None:
    """Return how much memory a process holds; None where that cannot be seen, or when it is gone."""
    try:
        fields = Path(f"/proc/{pid or 'self'}/statm").read_text("ascii").split()
    except (OSError, ValueError):
        return None
    return int(fields[1]) * _PAGE


def limit_growth(more_bytes: int | None) -> None:
    """Have allocations fail that would make this process larger by more than so much; None takes the limit away.

    Only memory that can be written counts, so that what libraries merely reserve does not. Linux only.
    """
    held = _status_bytes("VmData")
    if held is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard if more_bytes is None else held + more_bytes
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard) if soft != resource.RLIM_INFINITY else hard
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def kernel_kills() -> int:
    """Return how often the kernel ended a process of this machine or container for want of memory."""
    for place in (Path("/sys/fs/cgroup/memory.events"), Path("/proc/vmstat")):
        with suppress(OSError, ValueError):
            for line in place.read_text("ascii").splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    return 0


def _cpu_seconds() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _forget_peak() -> bool:
    """Have the kernel count the most resident memory anew. Source: proc_pid_clear_refs(5)."""
    try:
        (_SELF / "clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _lifetime_peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status_bytes(name: str) -> int | None:
    with suppress(OSError, ValueError):
        for line in (_SELF / "status").read_text("ascii", "replace").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    return None
