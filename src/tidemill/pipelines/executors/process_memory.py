"""The memory of processes: what they hold, and how much more one may take."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

_PAGE = resource.getpagesize()


def resident_bytes(pid: int | None = None) -> int | None:
    """Return how much memory a process holds; None where that cannot be seen, or when it is gone."""
    try:
        fields = Path(f"/proc/{pid or 'self'}/statm").read_text("ascii").split()
    except (OSError, ValueError):
        return None
    return int(fields[1]) * _PAGE if len(fields) > 1 else None


def status_bytes(name: str) -> int | None:
    """Return a figure of this process as Linux tells it, such as VmHWM; None where it does not. See proc(5)."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return None


def limit_growth(more_bytes: int | None) -> None:
    """Have allocations fail that would make this process larger by more than so much; None takes the limit away.

    Only memory that can be written counts, so that what libraries merely reserve does not. Linux only.
    """
    held = status_bytes("VmData")
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


def describe_bytes(size: int) -> str:
    """Say a size in words.

    >>> describe_bytes(2_000_000_000)
    '2 GB'
    """
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size:,} bytes"
