"""Run a module as a child that ends when its parent does: `python child.py MODULE ARGUMENTS`.

Started as a file, not as a module: nothing of this package is imported before the parent is watched. The parent
starts it as the leader of a process group, which holds whatever it starts in turn.
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import sys
import threading
import time

_ASK_AGAIN_S = 0.5
_KILL_AFTER_S = 3.0
# A starting program makes many objects and no garbage: looking for it costs a seventh of the start.
_COLLECT_EVERY = 20_000


def _end_with_parent() -> None:
    # The read returns when the parent's end of the pipe is closed, whatever the parent died of.
    while os.read(0, 1024):
        continue
    # Asked more than once: a process that is just starting may not have been able to hear the first time.
    deadline = time.monotonic() + _KILL_AFTER_S
    while time.monotonic() < deadline:
        _signal_group(signal.SIGTERM)
        time.sleep(_ASK_AGAIN_S)
    _signal_group(signal.SIGKILL)


def _signal_group(number: signal.Signals) -> None:
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), number)
    else:
        os.kill(os.getpid(), number)


def main() -> None:
    """Watch the parent in a thread and run the module in this one."""
    gc.set_threshold(_COLLECT_EVERY)
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
