"""From a trained model to a package that answers alike."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.flights import classifier, flights, late, minutes, pandas, regressor
from tidemill.core import DamagedError, UsageError
from tidemill.models import (
    ModelPackage,
    UnsupportedModelError,
    load_predictor,
    model_formats,
    package_model,
    predict_frame,
)


def packaged(model: Any) -> ModelPackage:
    return package_model(model, flights()[:3000], flights()[3000:])


@pytest.fixture(scope="module")
def model() -> Any:
    return classifier()


@pytest.fixture(scope="module")
def package(model: Any) -> ModelPackage:
    return packaged(model)


def test_the_signature_names_columns_levels_and_task(package: ModelPackage) -> None:
    carrier, _dest, distance, *_rest = package.signature.inputs
    assert carrier.kind == "category"
    assert carrier.levels == ("AA", "B6", "DL", "UA", "WN", "zé né")
    assert distance.kind == "number"
    assert [c.name for c in package.signature.inputs] == flights().columns
    assert (package.signature.task, package.signature.flavour) == ("binary", "lightgbm")


def test_both_forms_answer_as_the_trained_model(model: Any, package: ModelPackage) -> None:
    expected = model.predict_proba(pandas(flights())[3000:])[:, 1]
    native, compiled = load_predictor(package, "native"), load_predictor(package)
    assert (native.runtime, compiled.runtime) == ("native", "onnx")
    np.testing.assert_array_equal(predict_frame(native, flights()[3000:]), expected)
    np.testing.assert_array_equal(predict_frame(model, flights()[3000:]), expected)
    np.testing.assert_allclose(predict_frame(compiled, flights()[3000:]), expected, atol=1e-6)


def test_the_report_covers_held_out_rows_and_edges(package: ModelPackage) -> None:
    report = package.parity
    assert report.passed
    assert report.batch_identical
    assert report.parts["held_out"].n == 1000
    assert report.parts["edge"].n > 1500
    assert report.parts["edge"].max_difference < 1e-6


def test_a_row_answers_alike_alone_and_in_a_batch(package: ModelPackage) -> None:
    predictor = load_predictor(package)
    matrix = predictor.signature.matrix(flights()[:200].to_dict(as_series=False))
    singles = [predictor.predict_matrix(matrix[i : i + 1]).tobytes() for i in range(200)]
    assert b"".join(singles) == predictor.predict_matrix(matrix).tobytes()
    assert predictor.predict_matrix(matrix).dtype == np.float64


def test_no_rows_give_no_answers(package: ModelPackage) -> None:
    for runtime in ("onnx", "native"):
        assert predict_frame(load_predictor(package, runtime), flights()[:0]).shape == (0,)


def test_packaging_twice_gives_the_same_digest(model: Any, package: ModelPackage) -> None:
    assert packaged(model).digest == package.digest


def test_a_restored_model_is_the_same_model(model: Any, package: ModelPackage) -> None:
    lightgbm_format = model_formats(installed=False).get("lightgbm")
    restored = lightgbm_format.restore(lightgbm_format.save(model))
    assert packaged(restored).digest == package.digest
    np.testing.assert_array_equal(predict_frame(restored, flights()), predict_frame(model, flights()))


def test_columns_that_are_no_inputs_are_ignored_when_predicting(model: Any, package: ModelPackage) -> None:
    rows = flights()[:50]
    wide = rows.with_columns(pl.lit("x").alias("note"), pl.datetime(2013, 1, 1).alias("at")).select(
        "at", *reversed(rows.columns), "note"
    )
    for either in (model, load_predictor(package)):
        np.testing.assert_array_equal(predict_frame(either, wide), predict_frame(either, rows))


@pytest.mark.parametrize(
    "make",
    [
        lambda: classifier(sigmoid=2.0),
        lambda: classifier(boosting_type="rf", bagging_freq=1, bagging_fraction=0.6),
        lambda: classifier(boosting_type="dart"),
        lambda: classifier(use_missing=False),
        lambda: classifier(max_cat_to_onehot=100),
        regressor,
        lambda: regressor(objective="poisson"),
        lambda: regressor(objective="mae"),
        lambda: regressor(n_estimators=2, min_data_in_leaf=5000),  # trees of one leaf
        lambda: classifier().booster_,
    ],
    ids=["sigmoid", "rf", "dart", "nan as zero", "one-hot", "regression", "poisson", "mae", "no split", "booster"],
)
def test_kinds_of_lightgbm_models_compile(make: Any) -> None:
    built = packaged(make())
    assert built.parity.passed, built.parity
    assert "model.onnx" in built.files
    assert load_predictor(built).runtime == "onnx"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: classifier(zero_as_missing=True), "zero_as_missing"),
        (lambda: regressor(linear_tree=True), "linear_tree"),
        (lambda: regressor(reg_sqrt=True), "sqrt"),
    ],
    ids=["zero as missing", "linear tree", "sqrt"],
)
def test_what_onnx_cannot_say_answers_natively(make: Any, reason: str) -> None:
    model = make()
    built = packaged(model)
    assert not built.parity.passed
    assert reason in built.parity.reason
    assert "model.onnx" not in built.files
    predictor = load_predictor(built)
    assert predictor.runtime == "native"
    np.testing.assert_array_equal(predict_frame(predictor, flights()), predict_frame(model, flights()))
    with pytest.raises(UsageError, match=reason):
        load_predictor(built, "onnx")


def test_inputs_that_float32_cannot_hold_answer_compiled_all_the_same() -> None:
    seconds = 1_356_998_400.0 + np.arange(4000.0)  # float32 holds these to 128 s
    rows = pl.DataFrame({"at_s": seconds})
    model = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1).fit(rows.to_pandas(), (seconds // 40) % 2)
    built = package_model(model, rows[:3000], rows[3000:])
    assert built.parity.passed, built.parity
    predictor = load_predictor(built)
    assert predictor.runtime == "onnx"
    np.testing.assert_allclose(predict_frame(predictor, rows), model.booster_.predict(rows.to_pandas()), atol=1e-6)


def test_codes_given_as_numbers_never_differ_in_silence() -> None:
    """LightGBM cuts 1.5 to the category 1; ONNX does not. Such a model must not answer compiled."""
    codes = np.random.default_rng(1).integers(0, 9, (2000, 1)).astype(float)
    label = np.isin(codes[:, 0], [1, 4, 6]).astype(int)
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1}, lightgbm.Dataset(codes, label, categorical_feature=[0]), 10
    )
    rows = pl.DataFrame({"code": codes[:, 0]})
    built = package_model(booster, rows, rows)
    assert built.parity.reason == "not compiled: it splits the number column 'code' by level"
    assert load_predictor(built).runtime == "native"


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_models_on_random_rows_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 1200
    levels = [f"L{i}" for i in range(int(rng.integers(2, 90)))]
    rows = pl.DataFrame(
        {
            "c": rng.choice(levels, n),
            "x": np.round(rng.normal(size=n) * 10.0 ** rng.integers(-3, 6), int(rng.integers(0, 4))),
            "i": rng.integers(-3, 4, n),
            "b": rng.random(n) < 0.3,
        }
    ).with_columns(pl.when(pl.lit(rng.random(n)) > 0.9).then(None).otherwise(pl.col("x")).alias("x"))
    label = rng.random(n) < rng.random()
    label[:2] = [True, False]
    model = lightgbm.LGBMClassifier(n_estimators=15, verbose=-1, min_child_samples=5, num_leaves=15)
    built = package_model(model.fit(pandas(rows), label), rows[:800], rows[800:])
    assert built.parity.passed, built.parity
    assert built.parity.batch_identical


def test_several_classes_are_refused_in_one_line() -> None:
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(pandas(flights()), minutes() // 50 % 3)
    with pytest.raises(UnsupportedModelError, match="with 3 classes cannot be packaged yet"):
        packaged(model)


def test_an_untrained_model_says_fit() -> None:
    with pytest.raises(UnsupportedModelError, match="call fit"):
        packaged(lightgbm.LGBMClassifier())


def test_an_unknown_kind_of_model_names_what_there_is() -> None:
    with pytest.raises(UnsupportedModelError, match=r"No model format takes a builtins\.dict: there is lightgbm"):
        packaged({})


def test_other_rows_than_trained_on_are_refused(model: Any) -> None:
    renamed = flights().rename({"distance": "distanc"})
    with pytest.raises(UsageError, match=r"takes the column 'distance'.*Did you mean 'distanc'"):
        package_model(model, renamed, renamed)
    numbers = flights().with_columns(pl.lit(1).alias("dest"))
    with pytest.raises(UsageError, match="trained with 2 category columns and the training rows have 1"):
        package_model(model, numbers, numbers)
    dated = flights().with_columns(pl.datetime(2013, 1, 1).alias("hour"))
    with pytest.raises(UsageError, match="'hour' is a Datetime"):
        package_model(model, dated, dated)
    with pytest.raises(UsageError, match="no training row"):
        package_model(model, flights()[:0], flights())


def test_a_damaged_file_is_one_line_and_not_the_end(package: ModelPackage) -> None:
    onnx, text = package.files["model.onnx"], package.files["model.txt"]
    for name, data, runtime in (
        ("model.onnx", onnx[: len(onnx) // 2], "onnx"),
        ("model.onnx", b"", "onnx"),
        ("model.txt", text[: len(text) // 2], "native"),
        ("model.txt", b"tree\n\n", "native"),
        ("signature.json", b"{}", "auto"),
        ("parity.json", b"no", "auto"),
    ):
        with pytest.raises(DamagedError) as caught:
            load_predictor(ModelPackage({**package.files, name: data}), runtime)
        assert "\n" not in str(caught.value)
        assert name in str(caught.value)


def test_a_graph_of_another_width_is_refused(package: ModelPackage) -> None:
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(
        np.random.default_rng(0).random((100, 2)), late()[:100]
    )
    rows = pl.DataFrame(np.random.default_rng(1).random((10, 2)), schema=["a", "b"])
    other = package_model(model, rows, rows)
    for name, runtime in (("model.onnx", "onnx"), ("model.txt", "native")):
        mixed = ModelPackage({**package.files, name: other.files[name]})
        with pytest.raises(DamagedError, match=r"takes 2 columns and signature\.json names 5"):
            load_predictor(mixed, runtime)


def test_an_unknown_runtime_is_named(package: ModelPackage) -> None:
    with pytest.raises(UsageError, match=r"no runtime 'onx'\. Did you mean 'onnx'\?"):
        load_predictor(package, "onx")
