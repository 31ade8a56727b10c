"""The step of a pipeline that tunes another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from tidemill.core import UsageError
from tidemill.features import TrainingSet
from tidemill.pipelines import Step, step
from tidemill.tuning.space import Dimension, Space, require_space
from tidemill.tuning.study import Study
from tidemill.tuning.trials import Plan, run_trials


def tune(  # noqa: PLR0913 - keywords that read as a sentence
    train: Callable[[TrainingSet, dict[str, Any]], object],
    rows: TrainingSet,
    space: Mapping[str, Dimension],
    *,
    n_trials: int = 20,
    holdout: str = "14d",
    metric: str = "auc",
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
    max_rows: int | None = None,
    n_parallel: int = 1,
) -> tuple[dict[str, Any], Study]:
    """Try settings of a training step and return the best of them, with the study of all, as a step of a pipeline.

    train: a step (or function) of rows and a dictionary of settings that returns a trained model. Its code is part of
        this step's cache key: edit it and the search runs again.
    rows: what may be learnt from. Their last stretch of time, `holdout`, judges the trials; keep it apart from the
        holdout that judges the candidate by giving the rows before that one.
    space: what is searched, by name: `real`, `integer`, `choice`.
    n_trials: how many settings are tried. metric: by which they are judged.
    params: the settings one has anyway. The first trial runs with them, so that what is returned does no worse on the
        holdout; names that are not in the space are handed to each trial as they are. A name of the space that
        `params` lacks starts in its middle.
    seed: the same seed, rows and code give the same trials.
    n_parallel: so many settings are asked for together and tried at once, in processes of this machine; the study is
        the same whichever ends first. More at once learn later from each other. The training function must then be
        one of a module.
    max_rows: learn from so many rows at most, the latest before the holdout, to bound the time that a trial takes.

    A trial that raises is noted and the others go on. Raises UsageError for what cannot be searched, TuningError when
    no trial ended, UnavailableError when Optuna is not installed.
    """
    require_space(space)
    if not callable(train):
        raise UsageError(f"tune is given {type(train).__name__} to train with; give a step of (rows, params)")
    if params is not None and isinstance(params, Mapping):
        params = dict(params)
    plan = Plan(n_trials, holdout, metric, seed, max_rows, n_parallel)
    traced = cast("Step[..., tuple[dict[str, Any], Study]]", _TUNE)
    return traced(train, rows, dict(space), {} if params is None else params, plan)


def _tune(
    train: Callable[[TrainingSet, dict[str, Any]], object],
    rows: TrainingSet,
    space: Space,
    params: dict[str, Any],
    plan: Plan,
) -> tuple[dict[str, Any], Study]:
    return run_trials(train, rows, space, params, plan)


_tune.__name__ = "tune"
_TUNE = step(outputs=("params", "study"))(_tune)
