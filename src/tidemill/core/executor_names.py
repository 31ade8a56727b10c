"""The names of executors: where steps are executed."""

from __future__ import annotations

from tidemill.core.errors import UsageError

IN_PROCESS, POOL, RAY = "in-process", "pool", "ray"
#: The module that a process runs that executes steps; it stands above the rooms and wires them.
STEP_WORKER = "tidemill.step_worker"


def check_executor(name: str) -> str:
    """Return the name of an executor. Raises UsageError for one that is none.

    >>> check_executor("ray://127.0.0.1:10001")
    'ray://127.0.0.1:10001'
    """
    host, found, port = name.removeprefix("ray://").rpartition(":")
    if name in {IN_PROCESS, POOL, RAY} or (name.startswith("ray://") and found and host and port.isdigit()):
        return name
    raise UsageError(f"{name!r} is no executor; it takes in-process, pool, ray, or an address as ray://host:10001")
