"""Callbacks with the real libraries: what they log, and that a model trained with one is bit for bit the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import lightgbm
import numpy as np
import optuna
import pytest
import xgboost
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, root_mean_squared_error
from sklearn.model_selection import GridSearchCV

import tidemill.recording as tm
from tests.recording.stored import QUIET, Stored
from tidemill.core import UsageError
from tidemill.recording import callbacks
from tidemill.recording.callbacks.logged_run import loaded

Rows = tuple[NDArray[np.float64], NDArray[np.int64]]
SETTINGS = {
    "objective": "binary",
    "seed": 7,
    "verbose": -1,
    "num_threads": 1,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}


@pytest.fixture(scope="module")
def rows() -> Rows:
    chance = np.random.default_rng(3)
    x = chance.normal(size=(400, 5))
    return x, (x[:, 0] + x[:, 1] * x[:, 2] + chance.normal(size=400) > 0).astype(np.int64)


def logged(stored: Stored, work: Callable[[], object]) -> Any:
    with tm.run(home=stored.home, **QUIET) as run:
        work()
    return stored.run(run.id)


def test_lightgbm(stored: Stored, rows: Rows) -> None:
    def train(more: list[Any]) -> str:
        data = lightgbm.Dataset(rows[0], rows[1])
        valid = lightgbm.Dataset(rows[0][:100], rows[1][:100], reference=data)
        model = lightgbm.train(SETTINGS, data, 12, valid_sets=[valid], callbacks=more)
        return str(model.model_to_string())

    models: list[str] = []
    detail = logged(stored, lambda: models.append(train([callbacks.lightgbm()])))
    assert models == [train([])]
    assert (detail.params["objective"], detail.params["seed"]) == ("binary", "7")
    assert detail.metrics["valid_0/binary_logloss"].step == 11

    def cross() -> None:
        data = lightgbm.Dataset(rows[0], rows[1])
        lightgbm.cv(SETTINGS, data, 3, nfold=2, callbacks=[callbacks.lightgbm()])

    assert {"valid/binary_logloss", "valid/binary_logloss_std"} <= set(logged(stored, cross).metrics)


def test_xgboost(stored: Stored, rows: Rows) -> None:
    params = {"objective": "binary:logistic", "seed": 7, "subsample": 0.7, "nthread": 1}

    def train(more: list[Any]) -> bytes:
        data = xgboost.DMatrix(rows[0], rows[1])
        return bytes(
            xgboost.train(params, data, 8, evals=[(data, "train")], callbacks=more, verbose_eval=False).save_raw()
        )

    models: list[bytes] = []
    detail = logged(stored, lambda: models.append(train([callbacks.xgboost(params=params)])))
    assert models == [train([])]
    assert detail.params["subsample"] == "0.7"
    assert detail.metrics["train/logloss"].step == 7


def test_optuna(stored: Stored) -> None:
    def search(more: list[Any]) -> list[float]:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
        study.optimize(lambda trial: (trial.suggest_float("x", -5, 5) - 2) ** 2, n_trials=15, callbacks=more)
        return [trial.params["x"] for trial in study.trials]

    found: list[list[float]] = []
    detail = logged(stored, lambda: found.append(search([callbacks.optuna()])))
    assert found == [search([])]
    assert detail.metrics["trial/value"].step == 14
    best = detail.metrics["best/value"]
    assert detail.tags["best_trial"] == str(best.step)
    assert float(detail.params["best_x"]) == found[0][best.step]


def test_scikit_learn(stored: Stored, rows: Rows) -> None:
    x, y = rows
    forests: list[Any] = []
    detail = logged(
        stored, lambda: forests.append(callbacks.fit(RandomForestClassifier(5, random_state=1, max_depth=4), x, y))
    )
    plain = RandomForestClassifier(5, random_state=1, max_depth=4).fit(x, y)
    for with_it, without in zip(forests[0].estimators_, plain.estimators_, strict=True):
        assert with_it.tree_.__getstate__()["nodes"].tobytes() == without.tree_.__getstate__()["nodes"].tobytes()
        assert with_it.tree_.value.tobytes() == without.tree_.value.tobytes()
    assert detail.params["max_depth"] == "4"
    assert detail.tags["estimator"] == "sklearn.RandomForestClassifier"
    assert detail.metrics["training/accuracy"].value == accuracy_score(y, plain.predict(x))
    assert detail.metrics["training/log_loss"].value == pytest.approx(log_loss(y, plain.predict_proba(x)))
    ridge = Ridge().fit(x, y)
    judged = logged(stored, lambda: callbacks.log_fitted(ridge, x, y, of="test")).metrics
    assert judged["test/mae"].value == pytest.approx(mean_absolute_error(y, ridge.predict(x)))
    assert judged["test/rmse"].value == pytest.approx(root_mean_squared_error(y, ridge.predict(x)))
    assert judged["test/score"].value == ridge.score(x, y)


def test_a_grid_search(rows: Rows, stored: Stored) -> None:
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0, 10.0]}, cv=2)
    detail = logged(stored, lambda: callbacks.fit(search, *rows))
    assert detail.params["best_C"] == str(search.best_params_["C"])
    assert detail.metrics["best_cv_score"].value == search.best_score_
    assert detail.metrics["cv/mean_test_score"].step == 2
    table = search.cv_results_["mean_test_score"]
    kept = list(csv.DictReader(io.StringIO(stored.artifact(detail.run.id, "cv_results.csv").decode())))
    assert [float(line["mean_test_score"]) for line in kept] == list(table)


def test_lightning_by_its_hooks(stored: Stored) -> None:
    trainer = SimpleNamespace(callback_metrics={"loss": 0.5, "name": "x"}, global_step=50, current_epoch=1)

    def train() -> None:
        callback = callbacks.lightning()
        callback.on_fit_start(trainer, SimpleNamespace(hparams={"rate": 0.1}))
        callback.on_train_batch_end(trainer, None, None, None, 49)
        trainer.global_step = 51
        callback.on_train_batch_end(trainer, None, None, None, 50)
        callback.on_train_epoch_end(trainer, None)
        callback.on_validation_epoch_end(SimpleNamespace(sanity_checking=True), None)

    detail = logged(stored, train)
    assert detail.params == {"rate": "0.1"}
    assert [point.step for point in stored.points(detail.run.id, "loss")] == [50, 51]
    assert set(detail.metrics) == {"loss", "epoch"}


def test_transformers_by_its_events(stored: Stored) -> None:
    state = SimpleNamespace(global_step=10, is_world_process_zero=True)

    def train() -> None:
        callback = callbacks.transformers()
        callback.on_train_begin(SimpleNamespace(learning_rate=0.1, hub_token="x"), state, None)
        callback.on_log(None, state, None, logs={"loss": 0.5, "note": "x"})

    detail = logged(stored, train)
    assert detail.params == {"learning_rate": "0.1"}
    assert [(key, point.step) for key, point in detail.metrics.items()] == [("loss", 10)]


def test_a_library_that_is_not_imported_has_no_callback() -> None:
    with pytest.raises(UsageError, match="not_there is not imported"):
        loaded("not_there")
