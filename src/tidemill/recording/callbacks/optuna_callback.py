"""For Optuna."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidemill.recording.active_run import ActiveRun
from tidemill.recording.callbacks.logged_run import metric_key, run_or_current


def optuna(run: ActiveRun | None = None, name: str = "trial") -> Callable[[Any, Any], None]:
    """Return a callback for ``study.optimize(..., callbacks=[...])``.

    It logs the value of each trial under its number as ``trial/value`` (``trial/value_1`` and so on for a study of
    several), and of the best so far its value as ``best/value``, its params as ``best_...`` and its number as a tag.
    """

    def note(study: Any, trial: Any) -> None:
        here = run_or_current(run, "the callback for Optuna")
        if here is None or not trial.values:
            return
        several = len(trial.values) > 1
        for at, value in enumerate(trial.values):
            here.log_metric(metric_key(name, f"value_{at}" if several else "value"), value, trial.number)
        if not several and study.best_trial.number == trial.number:
            here.log_metric(metric_key("best", "value"), trial.value, trial.number)
            here.log_params({f"best_{key}": value for key, value in trial.params.items()})
            here.set_tags({"best_trial": trial.number})

    return note
