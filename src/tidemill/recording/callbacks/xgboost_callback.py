"""For XGBoost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidemill.recording.active_run import ActiveRun
from tidemill.recording.callbacks.logged_run import loaded, metric_key, run_or_current


def xgboost(run: ActiveRun | None = None, params: Mapping[str, Any] | None = None) -> Any:
    """Return a callback for ``xgboost.train(..., callbacks=[...])`` and ``XGBClassifier(callbacks=[...])``.

    It logs the evaluations of each iteration, as ``train/logloss``, and `params` once when they are given: XGBoost does
    not tell a callback those it trains with. Raises UsageError when xgboost is not imported.
    """
    base: type[Any] = loaded("xgboost").callback.TrainingCallback

    class XGBoostCallback(base):  # type: ignore[misc]
        """Logs the evaluations of each iteration."""

        def before_training(self, model: Any) -> Any:
            """Log the params."""
            if params and (here := run_or_current(run, "the callback for XGBoost")) is not None:
                here.log_params(params)
            return model

        def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:  # noqa: ARG002
            """Log the last evaluations."""
            if (here := run_or_current(run, "the callback for XGBoost")) is not None:
                for data, metrics in evals_log.items():
                    for name, values in metrics.items():
                        last = values[-1]
                        value = last[0] if isinstance(last, tuple) else last  # of a cross-validation with its deviation
                        here.log_metric(metric_key(data, name), value, epoch)
            return False

    return XGBoostCallback()
