"""A training set has one row per row, inputs in order, and refuses names that clash or leak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.features.store import hour, rows_of, view
from tidemill.core import UsageError
from tidemill.features import (
    FeatureView,
    TrainingSet,
    TrainingSetError,
    TrainingSetSpec,
    build_training_set,
    request_names,
    view_rows,
)

SPEC = TrainingSetSpec("id", "at", "late", ("city", "distance"))
SPINE = pl.DataFrame(
    {
        "id": ["1", "2", "3", "4"],
        "at": [hour(1), hour(30), hour(60), hour(90)],
        "who": ["a", "b", "a", None],
        "city": ["Rome", None, "Oslo", "Rome"],
        "distance": [5, None, 7, 8],
        "late": [True, None, False, True],
        "unused": [0, 0, 0, 0],
    }
)
KNOWN = rows_of(("a", 1, 0.5), ("b", 29, 0.7), ("a", 20, 0.9))


def built(*views: FeatureView, spec: TrainingSetSpec = SPEC, spine: pl.DataFrame = SPINE) -> TrainingSet:
    return build_training_set(spine.lazy(), spec, [(one, view_rows(one, KNOWN.lazy())) for one in views])


def test_inputs_are_the_request_columns_and_then_the_features() -> None:
    rows = built(view())
    assert rows.inputs == ("city", "distance", "value")
    assert rows.frame["id"].to_list() == ["1", "2", "3", "4"]
    assert rows.x["value"].to_list() == [0.5, 0.7, None, None]
    assert "unused" not in rows.frame.columns
    assert request_names(SPEC.columns, [view()]) == ("city", "distance", "who")


def test_rows_whose_label_never_came_stay() -> None:
    rows = built(view())
    assert len(rows) == 4
    np.testing.assert_array_equal(rows.y, [1.0, np.nan, 0.0, 1.0])
    assert rows.labelled().y.tolist() == [1.0, 0.0, 1.0]


def test_pandas_gets_text_as_sorted_categories_and_the_rest_as_numbers() -> None:
    frame = built(view()).pandas()
    assert list(frame.columns) == ["city", "distance", "value"]
    assert frame["city"].cat.categories.tolist() == ["Oslo", "Rome"]
    assert frame["city"].cat.codes.tolist() == [1, -1, 0, 1]
    np.testing.assert_array_equal(frame["distance"], [5.0, np.nan, 7.0, 8.0])


def test_it_splits_by_its_event_time() -> None:
    fit, holdout = built(view()).split_by_time("1d")
    assert (fit.frame["id"].to_list(), holdout.frame["id"].to_list()) == (["1", "2", "3"], ["4"])
    assert holdout.inputs == fit.inputs


def test_it_survives_storage_and_its_digest_says_so() -> None:
    rows = built(view())
    again = TrainingSet.from_bytes(rows.to_bytes())
    assert again.frame.equals(rows.frame)
    assert (again.key, again.event_time, again.label, again.inputs) == ("id", "at", "late", rows.inputs)
    assert again.content_digest() == rows.content_digest()
    assert replace(rows, label="distance").content_digest() != rows.content_digest()
    with pytest.raises(UsageError, match="these bytes are not a training set"):
        TrainingSet.from_bytes(b"PAR1")


def _renamed(name: str, view_name: str = "sighting") -> FeatureView:
    return view(compute=lambda rows: rows.rename({"value": name}), name=view_name)


@pytest.mark.parametrize(
    ("views", "spec", "says"),
    [
        (
            (_renamed("city"),),
            SPEC,
            "'city' of 'sighting' has the name of a column of the rows; rename it.*sighting_ci",
        ),
        ((_renamed("late"),), SPEC, "'late' of 'sighting' has the name of a column of the rows"),
        ((view(), _renamed("value", "other")), SPEC, "'value' of 'other' has the name of a column of the feature view"),
        ((), replace(SPEC, columns=("city", "late")), "the label 'late' is among the columns"),
        ((), replace(SPEC, columns=("citty",)), r"needs the column 'citty'.*Did you mean 'city'\?"),
        ((), replace(SPEC, label="lat"), r"needs the column 'lat'.*Did you mean 'late'\?"),
        ((), replace(SPEC, columns=("at",)), "the model cannot see 'at': it is Datetime"),
        (
            (view(compute=lambda rows: rows.with_columns(value=pl.concat_list("value"))),),
            SPEC,
            r"the model cannot see 'value': it is List\(Float64\)",
        ),
        (
            (view(keys=("whose",), compute=lambda rows: rows.rename({"who": "whose"})),),
            SPEC,
            r"needs the column 'whose'.*Did you mean 'who'\?",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(
    views: tuple[FeatureView, ...], spec: TrainingSetSpec, says: str
) -> None:
    with pytest.raises(TrainingSetError, match=says):
        built(*views, spec=spec)


N_ROWS = SPINE.height
TYPES = [
    pl.Series([1, 2, 3, 4], dtype=pl.Int128),
    pl.Series([1, 2, 3, 4], dtype=pl.UInt128),
    pl.Series([1, 2, 3, 4], dtype=pl.Decimal(10, 2)),
    pl.Series([1, 2, 3, 4], dtype=pl.Duration),
    pl.Series([1, 2, 3, 4], dtype=pl.Time),
    pl.Series([[1], [2], [3], [4]]),
    pl.Series([{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}]),
    pl.Series([b"1", b"2", b"3", b"4"]),
    pl.Series([object() for _ in range(N_ROWS)], dtype=pl.Object),
]


@pytest.mark.parametrize("values", TYPES, ids=lambda values: str(values.dtype))
@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("distance", "the model cannot see 'distance': it is .*, and inputs are text, booleans, and whole numbers"),
        ("late", "the label 'late' is .*, and labels are true or false, or numbers up to 64 bits; make it"),
        ("id", "the key 'id' is .*, and keys are text, numbers up to 64 bits, booleans or datetimes; make it text"),
        ("who", "the key 'who' is .*, and keys are text, numbers up to 64 bits, booleans or datetimes; make it text"),
    ],
)
def test_a_type_that_cannot_be_used_is_one_line_with_its_column(values: pl.Series, column: str, says: str) -> None:
    with pytest.raises(TrainingSetError, match=says) as caught:
        built(view(), spine=SPINE.with_columns(values.alias(column)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ([None] * 4, "no row has a label: 'late' is null in all 4 rows"),
        ([True, True, None, True], "the label 'late' is true in all 3 rows that have one: there is nothing to tell"),
        ([0, 0, 0, None], "the label 'late' is 0 in all 3 rows that have one"),
        (["no", "yes", "no", None], r"'late' is String \('no', 'yes'\), .* for instance pl.col\('late'\) == 'no'"),
        ([0.5, float("nan"), 1.0, None], r"the label 'late' is NaN or infinite in 1 rows; .*fill_nan\(None\)"),
    ],
)
def test_a_label_that_teaches_nothing_is_named(labels: list[object], says: str) -> None:
    with pytest.raises(TrainingSetError, match=says):
        built(spine=SPINE.with_columns(pl.Series("late", labels)))


def test_rows_to_fit_without_labels_of_both_classes_are_refused_when_they_are_split_off() -> None:
    with pytest.raises(TrainingSetError, match="'late' is true in all 2 rows before the holdout of 2d that have one"):
        built(spine=SPINE.with_columns(late=pl.Series([True, True, False, True]))).split_by_time("2d")
    with pytest.raises(TrainingSetError, match="'late' is null in all 2 rows before the holdout of 2d"):
        built(spine=SPINE.with_columns(late=pl.Series([None, None, False, True]))).split_by_time("2d")


@pytest.mark.parametrize("name", ["wind, speed", 'a"b', "a[0]", "a{b}", "a:b", "a\nb", ""])
def test_a_name_that_model_files_cannot_carry_is_refused_before_training(name: str) -> None:
    with pytest.raises(TrainingSetError, match="which model files cannot carry: rename the column") as caught:
        built(_renamed(name))
    assert repr(name) in str(caught.value)
    with pytest.raises(TrainingSetError, match="which model files cannot carry"):
        built(spec=replace(SPEC, columns=(name,)), spine=SPINE.rename({"distance": name}))
