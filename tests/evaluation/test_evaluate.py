"""Reports: what is judged, what is counted, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from tests.evaluation.rows import START, score, training_set
from tidemill.core import DamagedError
from tidemill.evaluation import (
    EvaluationError,
    EvaluationReport,
    ReportCodec,
    at_least,
    at_most,
    evaluate,
    judge,
    no_worse_than,
)
from tidemill.evaluation import step as evaluation_step
from tidemill.features import TrainingSetError
from tidemill.storage import LocalBlobs


def test_only_rows_with_a_label_are_judged_and_the_others_counted() -> None:
    rows = training_set()
    report = evaluate(score, rows)
    labelled = rows.labelled()
    assert (report.n_rows, report.n_unlabelled, report.task) == (950, 50, "binary")
    assert report.metrics["auc"].value == pytest.approx(roc_auc_score(labelled.y, score(labelled.x)))
    assert report.window == (START + timedelta(hours=50), START + timedelta(hours=999))
    assert report.summary().startswith("auc 0.8")


def test_slices_are_given_largest_first_and_say_what_is_undefined() -> None:
    rows = training_set()
    report = evaluate(score, rows, slices=["carrier"])
    assert [s.value for s in report.slices] == ["AA", "UA", "HA"]
    assert sum(s.n for s in report.slices) == report.n_rows
    united = rows.labelled().frame.filter(pl.col("carrier") == "UA")
    expected = roc_auc_score(united["late"], united["score"])
    assert report.slices[1].metrics["auc"].value == pytest.approx(expected)


def test_nulls_are_a_slice_and_many_values_are_cut_off() -> None:
    rows = training_set()
    frame = rows.frame.with_columns(
        pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("carrier")).alias("carrier"),
        (pl.int_range(pl.len()) % 200).alias("hour"),
    )
    report = evaluate(score, replace(rows, frame=frame), slices=["carrier", "hour"])
    assert report.slices[0].value == "(missing)"
    hours = [s for s in report.slices if s.column == "hour"]
    assert len(hours) == 50
    assert hours[-1].value == "(all others)"
    assert sum(s.n for s in hours) == report.n_rows


def test_a_report_is_read_back_whole() -> None:
    report = evaluate(score, training_set(), slices=["carrier"])
    assert EvaluationReport.from_json(report.to_json()) == report
    assert len(report.to_json()) < 20_000
    with pytest.raises(DamagedError, match="not an evaluation report"):
        EvaluationReport.from_json(b"{}")


def test_a_report_is_kept_by_its_codec(tmp_path: Path) -> None:
    codec, blobs, report = ReportCodec(), LocalBlobs(tmp_path), evaluate(score, training_set())
    assert codec.accepts(report)
    assert not codec.accepts({})
    assert codec.decode(codec.encode(report, blobs), blobs) == report


def test_no_labels_at_all_is_a_report_without_metrics() -> None:
    rows = training_set(20, unlabelled=20)
    report = evaluate(score, rows, slices=["carrier"])
    assert report.metrics == {}
    assert (report.n_rows, report.n_unlabelled, report.window) == (0, 20, None)
    assert report.undefined["auc"] == "there are no rows with a label: 'late' is null in all 20 rows"
    assert EvaluationReport.from_json(report.to_json()) == report


def test_numbers_as_labels_are_a_regression() -> None:
    rows = training_set()
    frame = rows.frame.with_columns((pl.col("score") * 10 + pl.int_range(pl.len()) % 3).alias("late"))
    report = evaluate(lambda x: score(x) * 10, replace(rows, frame=frame))
    assert report.task == "regression"
    assert set(report.metrics) == {"mae", "rmse", "r2"}
    assert report.calibration
    assert EvaluationReport.from_json(report.to_json()) == report


def test_predictions_that_cannot_be_judged_are_refused_in_one_line() -> None:
    rows = training_set()

    def with_nan(x: pl.DataFrame) -> np.ndarray:
        return np.where(np.arange(len(x)) == 3, np.nan, score(x))

    with pytest.raises(EvaluationError, match="no finite number for 1 of 950 rows, the first with flight_id 'f53'"):
        evaluate(with_nan, rows)
    with pytest.raises(EvaluationError, match=r"shape \(950, 2\) for 950 rows"):
        evaluate(lambda x: np.zeros((len(x), 2)), rows)
    with pytest.raises(EvaluationError, match="return the probability of 1"):
        evaluate(lambda x: score(x) * 2, rows)
    with pytest.raises(EvaluationError, match=r"no column 'carier' to slice by\. Did you mean 'carrier'\?"):
        evaluate(score, rows, slices=["carier"])


@pytest.mark.parametrize("labels", [[1, 2], [1.0, 2.0], [-1, 1]])
def test_a_classifier_is_judged_by_two_classes_whatever_its_labels_are(labels: list[float]) -> None:
    rows = training_set()
    low, high = labels
    coded = pl.when("late").then(pl.lit(high)).when(~pl.col("late")).then(pl.lit(low)).alias("late")
    fit, holdout = replace(rows, frame=rows.frame.with_columns(coded)).split_by_time("10d")
    known = fit.labelled()
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(known.pandas(), known.y)
    says = rf"label 'late' holds {low}, {high}: allowed are true and false, or 1 and 0\. .* pl\.col\('late'\) == {high}"
    with pytest.raises(EvaluationError, match=says):
        evaluation_step.evaluate(model, holdout)


def test_a_regression_is_judged_as_one_and_has_no_auc() -> None:
    fit, holdout = training_set().split_by_time("10d")
    known = fit.labelled()
    model = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(known.pandas(), known.y)
    report = evaluation_step.evaluate(model, holdout)
    assert set(report.metrics) == {"mae", "rmse", "r2"}
    verdict = judge([at_least("auc", 0.6), no_worse_than("champion")], report)
    assert not verdict.passed
    for check in verdict.checks:
        assert check.sentence.startswith(
            "auc cannot be judged: the model predicts a number, and auc is of models that tell two classes apart. "
            "There is: mae, rmse, r2"
        )


def test_an_rmse_is_not_asked_of_a_classifier() -> None:
    verdict = judge([at_most("rmse", 0.6)], evaluate(score, training_set()))
    assert "the model tells two classes apart, and rmse is of models that predict a number" in verdict.sentence


def test_labels_of_text_are_one_line() -> None:
    rows = training_set()
    with pytest.raises(TrainingSetError, match="the label 'carrier' is String"):
        evaluate(score, replace(rows, label="carrier"))


def test_the_step_judges_a_trained_model() -> None:
    rows = training_set()
    fit, holdout = rows.split_by_time("10d")
    known = fit.labelled()
    model = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1).fit(known.pandas(), known.y)
    report = evaluation_step.evaluate(model, holdout, slices=["carrier"])
    labelled = holdout.labelled()
    x = labelled.x.to_pandas().astype({"carrier": "category"})
    expected = roc_auc_score(labelled.y, model.booster_.predict(x))
    assert report.metrics["auc"].value == pytest.approx(expected)
