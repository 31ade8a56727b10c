"""Trials at once: the same study for the same seed, whichever trial ends first."""

from __future__ import annotations

from typing import Any

import pytest

import tidemill as tm
from tests.tuning.rows import rows, train_unevenly
from tidemill.core import UsageError
from tidemill.features import TrainingSet
from tidemill.tuning import Dimension, Study

SPACE: dict[str, Dimension] = {"num_leaves": tm.integer(2, 31), "learning_rate": tm.real(0.001, 0.5, log=True)}


def tune(train: Any, **given: Any) -> Study:
    had = {"num_leaves": 5, "learning_rate": 0.1}
    return tm.tune(train, rows(), SPACE, n_trials=5, holdout="7d", params=had, n_parallel=2, **given)[1]


def told(study: Study) -> list[Any]:
    return [(trial.number, trial.params, trial.state, trial.value, trial.note) for trial in study.trials]


@pytest.mark.long
def test_trials_at_once_are_the_same_whichever_ends_first() -> None:
    first, second = tune(train_unevenly), tune(train_unevenly)
    assert told(first) == told(second)
    assert {trial.state for trial in first.trials if trial.params["num_leaves"] != 5} == {"complete"}
    assert first.trials[0].state == "failed"
    assert first.trials[0].note.startswith("ValueError: five leaves are not enough (at rows.py:")


def test_a_training_function_that_others_do_not_find_is_told_of() -> None:
    def hidden(fit: TrainingSet, params: dict[str, Any]) -> Any:
        return train_unevenly(fit, params)

    with pytest.raises(UsageError, match=r"'hidden', which step .* or leave n_parallel out"):
        tune(hidden)
