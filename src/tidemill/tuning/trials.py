"""Running trials: train with the settings asked for, judge on later rows, note what failed and go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tidemill.core import UsageError, did_you_mean
from tidemill.evaluation.metrics import HIGHER_IS_BETTER
from tidemill.features import TrainingSet
from tidemill.tuning.errors import TuningError
from tidemill.tuning.optuna_search import Search
from tidemill.tuning.space import Space, first_trial
from tidemill.tuning.study import Study, Trial, TrialState
from tidemill.tuning.trying import Bench, Train, Tried, Tries, tries_of


@dataclass(frozen=True)
class Plan:
    """How to search: how often, judged on which last stretch of time, by which metric."""

    n_trials: int
    holdout: str = "14d"
    metric: str = "auc"
    seed: int = 0
    max_rows: int | None = None
    n_parallel: int = 1

    def __post_init__(self) -> None:
        for name, value, least in (
            ("n_trials", self.n_trials, 1),
            ("seed", self.seed, 0),
            ("max_rows", self.max_rows, 1),
            ("n_parallel", self.n_parallel, 1),
        ):
            if (type(value) is not int or value < least) and not (name == "max_rows" and value is None):
                raise UsageError(f"tune is given {name}={value!r}; it takes a whole number from {least} up")
        if self.metric not in HIGHER_IS_BETTER:
            raise UsageError(
                f"tune cannot judge by {self.metric!r}.{did_you_mean(self.metric, HIGHER_IS_BETTER)} "
                f"Allowed: {', '.join(HIGHER_IS_BETTER)}"
            )


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
    with tries_of(bench, min(plan.n_parallel, plan.n_trials)) as tries:
        while len(trials) < plan.n_trials:
            size = min(plan.n_parallel, plan.n_trials - len(trials))
            trials += _batch(search, tries, trials, [dict(params) | search.ask() for _ in range(size)])
    best = _best(trials, plan, maximize=maximize)
    name = str(getattr(train, "name", getattr(train, "__name__", type(train).__name__)))
    dimensions = {key: dimension.to_json() for key, dimension in space.items()}
    n_judged = len(bench.judged)
    study = Study(
        name, plan.metric, maximize, plan.holdout, plan.seed, len(bench.fit), n_judged, dimensions, tuple(trials), best
    )
    return dict(study.best_trial.params), study


def _bench(train: Train, rows: TrainingSet, plan: Plan) -> Bench:
    fit, judged = rows.split_by_time(plan.holdout)
    if plan.max_rows is not None and len(fit) > plan.max_rows:
        fit = replace(fit, frame=fit.frame.sort(fit.event_time, maintain_order=True).tail(plan.max_rows))
    return Bench(train, fit, judged.labelled(), plan.metric)


def _batch(search: Search, tries: Tries, before: list[Trial], asked: list[dict[str, Any]]) -> list[Trial]:
    """Try settings that were asked for together, and say how each did, in the order of asking."""
    known = {repr(done.params): done for done in reversed(before) if done.value is not None}
    new = {repr(settings): settings for settings in asked if repr(settings) not in known}
    tried = dict(zip(new, tries([dict(settings) for settings in new.values()]), strict=True))
    trials: list[Trial] = []
    for number, settings in enumerate(asked, len(before) + 1):
        key = repr(settings)
        done = known.get(key)
        if done is not None and done.value is not None:
            search.tell(done.value.value)
            note = f"the settings of trial {done.number} again"
            trials.append(Trial(number, settings, "pruned", None, 0.0, note))
            continue
        trial = _told(search, tried[key], settings, number)
        trials.append(trial)
        if trial.value is not None:
            known[key] = trial
    return trials


def _told(search: Search, tried: Tried, settings: dict[str, Any], number: int) -> Trial:
    if tried.value is not None:
        search.tell(tried.value.value)
        return Trial(number, settings, "complete", tried.value, tried.seconds)
    search.fail()
    state: TrialState = "pruned" if search.is_pruned(tried.error) else "failed"
    return Trial(number, settings, state, None, tried.seconds, tried.note)


def _best(trials: list[Trial], plan: Plan, *, maximize: bool) -> int:
    values = [(trial.value.value, trial.number) for trial in trials if trial.value is not None]
    if not values:
        raise TuningError(
            f"none of {len(trials)} trials gave a model that can be judged by {plan.metric}; "
            f"the first: {trials[0].note or trials[0].state}"
        )
    # Of equals the earliest: what one had anyway goes before what was found.
    return min(values, key=lambda each: (-each[0] if maximize else each[0], each[1]))[1]
