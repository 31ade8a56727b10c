"""Running trials: train with the settings asked for, judge on later rows, note what failed and go on."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tidemill.core import TidemillError, UsageError, did_you_mean
from tidemill.evaluation import Estimate, evaluate
from tidemill.evaluation.metrics import HIGHER_IS_BETTER
from tidemill.features import TrainingSet
from tidemill.models import native_predictor, predict_frame
from tidemill.tuning.errors import TuningError
from tidemill.tuning.optuna_search import Search
from tidemill.tuning.space import Space, first_trial
from tidemill.tuning.study import Study, Trial, TrialState

Train = Callable[[TrainingSet, dict[str, Any]], object]
LONGEST_NOTE = 300


@dataclass(frozen=True)
class Plan:
    """How to search: how often, judged on which last stretch of time, by which metric."""

    n_trials: int
    holdout: str = "14d"
    metric: str = "auc"
    seed: int = 0
    max_rows: int | None = None

    def __post_init__(self) -> None:
        for name, value, least in (
            ("n_trials", self.n_trials, 1),
            ("seed", self.seed, 0),
            ("max_rows", self.max_rows, 1),
        ):
            if (type(value) is not int or value < least) and not (name == "max_rows" and value is None):
                raise UsageError(f"tune is given {name}={value!r}; it takes a whole number from {least} up")
        if self.metric not in HIGHER_IS_BETTER:
            raise UsageError(
                f"tune cannot judge by {self.metric!r}.{did_you_mean(self.metric, HIGHER_IS_BETTER)} "
                f"Allowed: {', '.join(HIGHER_IS_BETTER)}"
            )


@dataclass(frozen=True)
class _Bench:
    """What every trial shares: the training function, the rows to learn from and the later rows to judge on."""

    train: Train
    fit: TrainingSet
    judged: TrainingSet
    metric: str

    def value(self, params: dict[str, Any]) -> Estimate:
        """Train and judge. Raises what the training raises, and TuningError when there is nothing to judge by."""
        predictor = native_predictor(self.train(self.fit, params), self.judged.x)
        task = predictor.signature.task
        report = evaluate(lambda x: predict_frame(predictor, x), self.judged, (), task)
        found = report.metrics.get(self.metric)
        if found is None:
            reason = report.undefined.get(self.metric) or f"there is {', '.join(report.metrics)} of a {task} model"
            raise TuningError(f"{self.metric} is not defined: {reason}")
        return found


def run_trials(
    train: Train, rows: TrainingSet, space: Space, params: Mapping[str, Any], plan: Plan
) -> tuple[dict[str, Any], Study]:
    """Return the settings that did best, and the study of all.

    Raises UsageError when the holdout leaves nothing on one side or `params` lie outside of the space,
    TuningError when no trial ended.
    """
    first = first_trial(space, params)
    maximize = HIGHER_IS_BETTER[plan.metric]
    search = Search(space, maximize=maximize, seed=plan.seed, n_trials=plan.n_trials)
    bench = _bench(train, rows, plan)
    search.start_with(first)
    trials: list[Trial] = []
    for number in range(1, plan.n_trials + 1):
        trials.append(_try(search, bench, dict(params), trials, number))
    best = _best(trials, plan, maximize=maximize)
    name = str(getattr(train, "name", getattr(train, "__name__", type(train).__name__)))
    dimensions = {key: dimension.to_json() for key, dimension in space.items()}
    n_judged = len(bench.judged)
    study = Study(
        name, plan.metric, maximize, plan.holdout, plan.seed, len(bench.fit), n_judged, dimensions, tuple(trials), best
    )
    return dict(study.best_trial.params), study


def _bench(train: Train, rows: TrainingSet, plan: Plan) -> _Bench:
    fit, judged = rows.split_by_time(plan.holdout)
    if plan.max_rows is not None and len(fit) > plan.max_rows:
        fit = replace(fit, frame=fit.frame.sort(fit.event_time, maintain_order=True).tail(plan.max_rows))
    return _Bench(train, fit, judged.labelled(), plan.metric)


def _try(search: Search, bench: _Bench, params: dict[str, Any], before: list[Trial], number: int) -> Trial:
    settings = params | search.ask()
    for done in before:
        if done.params == settings and done.value is not None:
            search.tell(done.value.value)
            return Trial(number, settings, "pruned", None, 0.0, f"the settings of trial {done.number} again")
    started = time.perf_counter()
    try:
        value = bench.value(dict(settings))
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of a compiled library, or sys.exit(), is no Exception
        search.fail()
        state: TrialState = "pruned" if search.is_pruned(error) else "failed"
        return Trial(number, settings, state, None, time.perf_counter() - started, _one_line(error))
    search.tell(value.value)
    return Trial(number, settings, "complete", value, time.perf_counter() - started)


def _best(trials: list[Trial], plan: Plan, *, maximize: bool) -> int:
    values = [(trial.value.value, trial.number) for trial in trials if trial.value is not None]
    if not values:
        raise TuningError(
            f"none of {len(trials)} trials gave a model that can be judged by {plan.metric}; "
            f"the first: {trials[0].note or trials[0].state}"
        )
    # Of equals the earliest: what one had anyway goes before what was found.
    return min(values, key=lambda each: (-each[0] if maximize else each[0], each[1]))[1]


def _one_line(error: BaseException) -> str:
    said = " ".join(str(error).split())
    kind = "" if isinstance(error, TidemillError) else type(error).__name__
    where = _where(error)
    line = f"{kind}{': ' if kind and said else ''}{said}{f' (at {where})' if where else ''}"
    return line if len(line) <= LONGEST_NOTE else f"{line[: LONGEST_NOTE - 1]}…"


def _where(error: BaseException) -> str:
    own = Path(__file__).resolve().parents[1]
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and not Path(frame.filename).is_relative_to(own)
    ]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
