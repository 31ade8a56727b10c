"""Run a module as a child that ends when its parent does: `python -m tidemill.cli.child MODULE ARGUMENTS`."""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _end_with_parent() -> None:
    # The read returns when the parent's end of the pipe is closed, whatever the parent died of.
    while os.read(0, 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Watch the parent in a thread and run the module in this one."""
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
