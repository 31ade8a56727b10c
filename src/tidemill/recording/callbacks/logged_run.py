"""The run that a callback logs to, and the library that calls it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from tidemill.core import UsageError
from tidemill.recording.active_run import ActiveRun
from tidemill.recording.current import current_run
from tidemill.recording.recorder import PROCESS


def run_or_current(run: ActiveRun | None, what: str) -> ActiveRun | None:
    """Return the run that was given, else the current one; None, said once, when there is none."""
    found = run or current_run()
    if found is None:
        PROCESS.complaints.say(
            f"{what} logs nothing: no run is going on; begin one by 'with tm.run():'", f"none {what}"
        )
    return found


def loaded(*names: str) -> Any:
    """Return the first of these libraries that the program has imported. Raises UsageError when it has none."""
    for name in names:
        if name in sys.modules:
            return sys.modules[name]
    raise UsageError(f"{names[0]} is not imported; import it before its callback is asked for")


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Return those of some values that are numbers; a tensor of one element is one.

    >>> numbers({"loss": 0.5, "epoch": 1, "name": "x"})
    {'loss': 0.5, 'epoch': 1.0}
    """
    found = {}
    for key, value in values.items():
        if isinstance(value, str | bytes) or value is None:
            continue
        try:
            found[str(key)] = float(value)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            continue
    return found


def metric_key(*parts: str) -> str:
    """Return a key of a metric that other programs take too.

    >>> metric_key("valid_0", "ndcg@5")
    'valid_0/ndcg_at_5'
    """
    return "/".join(part.replace("@", "_at_") for part in parts if part)
