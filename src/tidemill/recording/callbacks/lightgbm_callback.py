"""For LightGBM."""

from __future__ import annotations

from typing import Any

from tidemill.recording.active_run import ActiveRun
from tidemill.recording.callbacks.logged_run import metric_key, run_or_current


class LightGBMCallback:
    """Logs params once and the evaluations of each iteration, as ``valid_0/auc``."""

    order = 25
    before_iteration = False

    def __init__(self, run: ActiveRun | None) -> None:
        self._run = run
        self._told = False

    def __call__(self, env: Any) -> None:
        """Take note of an iteration. env: LightGBM's CallbackEnv."""
        run = run_or_current(self._run, "the callback for LightGBM")
        if run is None:
            return
        if not self._told:
            self._told = True
            run.log_params(dict(env.params or {}))
        for each in env.evaluation_result_list or ():
            run.log_metric(metric_key(str(each[0]), str(each[1])), each[2], env.iteration)
            if len(each) > 4:  # of a cross-validation
                run.log_metric(metric_key(str(each[0]), f"{each[1]}_std"), each[4], env.iteration)


def lightgbm(run: ActiveRun | None = None) -> LightGBMCallback:
    """Return a callback for ``lightgbm.train(..., callbacks=[...])``, ``lightgbm.cv`` and ``LGBMClassifier.fit``."""
    return LightGBMCallback(run)
