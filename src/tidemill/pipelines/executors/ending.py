"""How a process ended, in words."""

from __future__ import annotations

import signal

from tidemill.pipelines.executors.process_memory import describe_bytes


def describe_death(step: str, code: int | None, limit_bytes: int | None, *, kernel_killed: bool) -> str:
    """Say of what the process of a step died. code: its exit code, less than 0 for a signal.

    >>> describe_death("train", 3, None, kernel_killed=False)
    "step 'train' lost its process: it ended itself with exit code 3 (os._exit); its result is lost"
    """
    lost = f"step {step!r} lost its process: "
    if code is None or code >= 0:
        said = "without a word" if code is None else f"with exit code {code} (os._exit)"
        return f"{lost}it ended itself {said}; its result is lost"
    name = _signal_name(-code)
    if -code == signal.SIGKILL and kernel_killed:
        return f"{lost}the kernel ended it by {name}, since memory ran out: give it less at once, or a larger machine"
    if -code == signal.SIGKILL:
        return f"{lost}it was ended by {name}, from outside or by the kernel for want of memory"
    if -code in {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS} and limit_bytes is not None:
        limit = describe_bytes(limit_bytes)
        what = f"a compiled library ended it by {name}, maybe at its memory limit of {limit}"
        return f"{lost}{what}: raise it, or give it less"
    if -code in {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}:
        return f"{lost}a compiled library crashed ({name})"
    return f"{lost}it was ended by {name}"


def describe_memory(step: str, held_bytes: int, limit_bytes: int) -> str:
    """Say that a step was ended at its memory limit.

    >>> describe_memory("train", 2_100_000_000, 2_000_000_000)
    "step 'train' was ended: it took 2.1 GB, over its memory limit of 2 GB: raise it, or give it less at once"
    """
    took, limit = describe_bytes(held_bytes), describe_bytes(limit_bytes)
    return (
        f"step {step!r} was ended: it took {took}, over its memory limit of {limit}: raise it, or give it less at once"
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
