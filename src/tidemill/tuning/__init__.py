"""Tuning: trying a few settings of a training step and keeping the best on later rows.

space          `real`, `integer`, `choice`: what is searched
step           `tune`: the pipeline step
trials         running the trials: ask, try, note what failed, go on
trying         one trial: train and judge; here, or several at once in processes
optuna_search  the adapter of Optuna: which settings to try next
study          `Study`, `Trial`: what was tried and how it did; `StudyCodec`, `studies_of`
errors         `TuningError`
"""

from __future__ import annotations

from tidemill.tuning.errors import TuningError
from tidemill.tuning.optuna_search import warm_up
from tidemill.tuning.space import Choice, Dimension, Integer, Real, choice, integer, real
from tidemill.tuning.step import tune
from tidemill.tuning.study import Study, StudyCodec, Trial, TrialState, studies_of

__all__ = [
    "Choice",
    "Dimension",
    "Integer",
    "Real",
    "Study",
    "StudyCodec",
    "Trial",
    "TrialState",
    "TuningError",
    "choice",
    "integer",
    "real",
    "studies_of",
    "tune",
    "warm_up",
]
