"""What training libraries call while they train: given to them by hand, nothing is patched.

A callback reads and logs, and changes nothing: a model that is trained with one is bit for bit the model that is
trained without. Each logs to the run it is given, else to the current one; without a run it says so once, and no more.

lightgbm_callback      for `lightgbm.train`, `lightgbm.cv` and `fit` of its estimators
xgboost_callback       for `xgboost.train` and its estimators
optuna_callback        for `study.optimize`
sklearn_fit            `fit` of an estimator or a search, with what there is to tell of it
lightning_callback     for a Lightning `Trainer`
transformers_callback  for a Hugging Face `Trainer`
logged_run             the run that a callback logs to
"""

from __future__ import annotations

from tidemill.recording.callbacks.lightgbm_callback import lightgbm
from tidemill.recording.callbacks.lightning_callback import lightning
from tidemill.recording.callbacks.optuna_callback import optuna
from tidemill.recording.callbacks.sklearn_fit import fit, log_fitted
from tidemill.recording.callbacks.transformers_callback import transformers
from tidemill.recording.callbacks.xgboost_callback import xgboost

__all__ = ["fit", "lightgbm", "lightning", "log_fitted", "optuna", "transformers", "xgboost"]
