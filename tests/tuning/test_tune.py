"""Tuning tries settings on rows later than those learnt from, keeps what failed, and never does worse than it began."""

from __future__ import annotations

import json
from typing import Any

import optuna
import pytest

import tidemill as tm
from tests.tuning.rows import PER_DAY, rows, train
from tidemill.core import DamagedError, UsageError
from tidemill.features import TrainingSet
from tidemill.tuning import Study, Trial, TuningError

SPACE = {"num_leaves": tm.integer(2, 31), "learning_rate": tm.real(0.001, 0.5, log=True)}
HAD = {"num_leaves": 7, "learning_rate": 0.1}


def tune(train: Any, **given: Any) -> tuple[dict[str, Any], Study]:
    arguments: dict[str, Any] = {"n_trials": 5, "holdout": "7d", "params": HAD} | given
    return tm.tune(train, arguments.pop("rows", rows()), arguments.pop("space", SPACE), **arguments)


def without_time(study: Study) -> list[tuple[Any, ...]]:
    return [(trial.number, trial.params, trial.state, trial.value) for trial in study.trials]


def test_the_first_trial_is_what_one_had_and_nothing_worse_is_chosen() -> None:
    params, study = tune(train, params=HAD | {"min_child_samples": 5})
    assert study.trials[0].params == HAD | {"min_child_samples": 5}
    assert [trial.number for trial in study.trials] == [1, 2, 3, 4, 5]
    assert {trial.params["min_child_samples"] for trial in study.trials} == {5}
    values = [trial.value.value for trial in study.trials if trial.value is not None]
    assert study.best_trial.value is not None
    assert study.best_trial.value.value == max(values)
    assert params == study.best_trial.params
    assert study.gain is not None
    assert study.gain >= 0


def test_trials_are_judged_on_later_rows_than_they_learn_from() -> None:
    seen: list[TrainingSet] = []

    def watched(fit: TrainingSet, params: dict[str, Any]) -> Any:
        seen.append(fit)
        return train(fit, params)

    _, study = tune(watched, n_trials=2)
    last = seen[0].frame["at"].max()
    assert len(seen[0]) == study.n_fit == 23 * PER_DAY
    assert study.n_judged == len(rows().labelled()) - len(seen[0].labelled())
    assert all(each.frame["at"].max() == last for each in seen)
    assert study.trials[0].value is not None
    assert study.trials[0].value.n == study.n_judged


def test_the_same_seed_gives_the_same_trials_and_another_does_not() -> None:
    assert without_time(tune(train)[1]) == without_time(tune(train)[1])
    assert without_time(tune(train)[1]) != without_time(tune(train, seed=1)[1])


def test_a_trial_that_raises_is_noted_and_the_others_go_on() -> None:
    def fragile(fit: TrainingSet, params: dict[str, Any]) -> Any:
        if params["num_leaves"] != HAD["num_leaves"]:
            raise ValueError("no room\nfor that many")
        return train(fit, params)

    params, study = tune(fragile)
    assert params == HAD
    assert study.best == 1
    assert [trial.state for trial in study.trials] == ["complete", *["failed"] * 4]
    assert study.trials[1].note.startswith("ValueError: no room for that many (at test_tune.py:")
    assert study.summary().startswith("trial 1 of 5, 4 failed: auc ")


@pytest.mark.parametrize("error", [SystemExit(3), MemoryError(), RecursionError("too deep")])
def test_all_failed_is_one_line(error: BaseException) -> None:
    def broken(fit: TrainingSet, params: dict[str, Any]) -> Any:
        raise error

    with pytest.raises(TuningError) as told:
        tune(broken, n_trials=3)
    assert str(told.value).startswith("none of 3 trials gave a model that can be judged by auc; the first: ")
    assert type(error).__name__ in str(told.value)
    assert "\n" not in str(told.value)


def test_an_interruption_is_no_failed_trial() -> None:
    def interrupted(fit: TrainingSet, params: dict[str, Any]) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(interrupted)


def test_a_training_that_gives_itself_up_is_pruned() -> None:
    def giving_up(fit: TrainingSet, params: dict[str, Any]) -> Any:
        if params != HAD:
            raise optuna.TrialPruned("not promising")
        return train(fit, params)

    _, study = tune(giving_up, n_trials=3)
    assert [trial.state for trial in study.trials] == ["complete", "pruned", "pruned"]
    assert "not promising" in study.trials[1].note


def test_settings_are_not_trained_twice() -> None:
    calls: list[dict[str, Any]] = []

    def counted(fit: TrainingSet, params: dict[str, Any]) -> Any:
        calls.append(params)
        return train(fit, {"boosting_type": params["boosting"]})

    _, study = tune(counted, space={"boosting": tm.choice(["gbdt", "dart"])}, params={}, n_trials=6)
    assert len(study.trials) == 6
    assert len(calls) == 2
    repeated = [trial for trial in study.trials if trial.state == "pruned"]
    assert len(repeated) == 4
    assert all(trial.note.startswith("the settings of trial ") for trial in repeated)


def test_max_rows_takes_the_latest_before_the_holdout() -> None:
    seen: list[TrainingSet] = []

    def watched(fit: TrainingSet, params: dict[str, Any]) -> Any:
        seen.append(fit)
        return train(fit, params)

    _, study = tune(watched, n_trials=1, max_rows=400)
    assert study.n_fit == len(seen[0]) == 400
    whole = rows().split_by_time("7d")[0].frame
    assert seen[0].frame.equals(whole.tail(400))


def test_a_loss_is_made_small() -> None:
    _, study = tune(train, metric="log_loss")
    values = [trial.value.value for trial in study.trials if trial.value is not None]
    assert not study.maximize
    assert study.best_trial.value is not None
    assert study.best_trial.value.value == min(values)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n_trials": 0}, "n_trials=0; it takes a whole number from 1 up"),
        ({"n_trials": True}, "n_trials=True"),
        ({"max_rows": 0}, "max_rows=0"),
        ({"seed": -1}, "seed=-1"),
        ({"metric": "acu"}, "tune cannot judge by 'acu'. Did you mean 'auc'?"),
        ({"space": {}}, "a search space is {}"),
        ({"params": {"num_leaves": 99}}, "num_leaves=99, outside of its search space (whole, 2 to 31)"),
        ({"holdout": "60d"}, "leaves 0 rows to fit"),
        ({"train": 3}, "tune is given int to train with"),
    ],
)
def test_what_cannot_be_tuned_is_told_in_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as told:
        tune(given.pop("train", train), **given)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_metric_of_the_other_task_fails_every_trial_with_the_reason() -> None:
    with pytest.raises(TuningError, match=r"mae is not defined: there is .* of a binary model"):
        tune(train, metric="mae", n_trials=2)


def test_a_study_is_read_back_as_it_was() -> None:
    _, study = tune(train, n_trials=3)
    assert Study.from_json(study.to_json()) == study
    with pytest.raises(DamagedError):
        Study.from_json(b"{}")
    record = json.loads(study.to_json())
    assert record["space"]["num_leaves"] == {"kind": "integer", "low": 2, "high": 31, "log": False}
    assert isinstance(study.trials[0], Trial)
