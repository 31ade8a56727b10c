"""For scikit-learn, whose estimators take no callbacks: what there is to tell is told after `fit`."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from tidemill.recording.active_run import ActiveRun
from tidemill.recording.callbacks.logged_run import metric_key, numbers, run_or_current
from tidemill.recording.files import table_bytes

CV_RESULTS = "cv_results.csv"
_MOST_SETTINGS = 1000


def fit(estimator: Any, x: Any, y: Any = None, *, run: ActiveRun | None = None, **given: Any) -> Any:
    """Fit an estimator or a search as ``estimator.fit(x, y, **given)`` does, log what there is to tell, and return it.

    Raises what `fit` raises.
    """
    began = time.perf_counter()
    fitted = estimator.fit(x, y, **given)
    seconds = time.perf_counter() - began
    if (here := run_or_current(run, "fit")) is not None:
        here.log_metrics({"fit_seconds": seconds})
    return log_fitted(fitted, x, y, run=run)


def log_fitted(fitted: Any, x: Any = None, y: Any = None, *, of: str = "training", run: ActiveRun | None = None) -> Any:
    """Log the params of what was fitted, the results of a search, and how it does on rows; return it.

    x, y, of: the rows, and what they are called: the metrics are ``training/score``, and for a classifier
        ``training/accuracy`` and ``training/log_loss``, for a regressor ``training/mae`` and ``training/rmse``.
    """
    here = run_or_current(run, "log_fitted")
    if here is None:
        return fitted
    try:
        here.set_tags({"estimator": f"{type(fitted).__module__.partition('.')[0]}.{type(fitted).__name__}"})
        here.log_params({key: value for key, value in fitted.get_params(deep=True).items() if _is_plain(value)})
        if hasattr(fitted, "cv_results_"):
            _log_search(here, fitted)
        if x is not None:
            here.log_metrics({metric_key(of, name): value for name, value in _judged(fitted, x, y).items()})
    except Exception as error:  # noqa: BLE001 - what was fitted is worth more than what is told of it
        here.set_tags({"tidemill.not_logged": f"{type(error).__name__}: {error}"})
    return fitted


def _log_search(run: ActiveRun, search: Any) -> None:
    """Log the settings that were tried as a table, each one's score by its number, and the best."""
    results: Mapping[str, Any] = search.cv_results_
    columns = {str(name): list(values) for name, values in results.items()}
    run.log_content(CV_RESULTS, lambda: table_bytes(columns, CV_RESULTS))
    for name in [name for name in columns if name.startswith("mean_test_")]:
        for number, value in enumerate(columns[name][:_MOST_SETTINGS]):
            run.log_metric(metric_key("cv", name), value, number)
    run.log_params({f"best_{key}": value for key, value in getattr(search, "best_params_", {}).items()})
    if hasattr(search, "best_score_"):
        run.log_metrics({"best_cv_score": search.best_score_})


def _judged(fitted: Any, x: Any, y: Any) -> dict[str, float]:
    found: dict[str, Any] = {"score": fitted.score(x, y) if y is not None else fitted.score(x)}
    if y is None or not hasattr(fitted, "predict"):
        return numbers(found)
    told = fitted.predict(x)
    if hasattr(fitted, "classes_"):
        found["accuracy"] = _mean(float(a == b) for a, b in zip(y, told, strict=True))
        if hasattr(fitted, "predict_proba"):
            found["log_loss"] = _log_loss(fitted, x, y)
    else:
        found["mae"] = _mean(abs(float(a) - float(b)) for a, b in zip(y, told, strict=True))
        found["rmse"] = math.sqrt(_mean((float(a) - float(b)) ** 2 for a, b in zip(y, told, strict=True)))
    return numbers(found)


def _log_loss(fitted: Any, x: Any, y: Any) -> float:
    place = {label: at for at, label in enumerate(fitted.classes_)}
    least = 2.0**-52  # as scikit-learn bounds what is told as impossible
    shares = (
        float(row[place[label]]) if label in place else 0.0
        for row, label in zip(fitted.predict_proba(x), y, strict=True)
    )
    return _mean(-math.log(min(max(share, least), 1.0)) for share in shares)


def _mean(values: Any) -> float:
    found = list(values)
    return math.fsum(found) / len(found) if found else math.nan


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool | tuple | list)
