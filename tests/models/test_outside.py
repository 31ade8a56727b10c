"""Models of other tools: read, checked, packaged, or refused in one line. Nothing is unpickled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.models.outside_files import booster_text, mlmodel, onnx_model, rows
from tidemill.core import DamagedError, UsageError
from tidemill.models import UnsupportedModelError, load_predictor
from tidemill.models.outside import package_estimator, package_file, package_folder, read_mlmodel
from tidemill.models.outside.plain_yaml import read_plain_yaml


def test_an_mlmodel_file_tells_flavours_and_signature() -> None:
    found = read_mlmodel(mlmodel("onnx", data="model.onnx", onnx_version="1.23.2"))
    assert sorted(found.flavors) == ["onnx", "python_function"]
    assert [(each.name, each.type) for each in found.inputs] == [
        ("hour", "double"),
        ("wind speed", "double"),
        ("distance", "double"),
    ]
    assert found.servable() == ("onnx", "model.onnx")
    assert found.facts()["signature"]["outputs"] == [{"name": "input_0", "type": "double", "required": True}]


def test_yaml_is_read_as_its_writers_write_it() -> None:
    text = (
        "a: 'it''s\n  folded'\nb: \"x\\ty\"\nlist:\n- one\n- key: 2\n  more: null\nempty: {}\nn: 1.5\nt: true\n"
        "long: several words\n  on two lines\n# a comment\nnested:\n  deep:\n    - 1\n"
    )
    assert read_plain_yaml(text.encode()) == {
        "a": "it's folded",
        "b": "x\ty",
        "list": ["one", {"key": 2, "more": None}],
        "empty": {},
        "n": 1.5,
        "t": True,
        "long": "several words on two lines",
        "nested": {"deep": [1]},
    }


@pytest.mark.parametrize(
    "text",
    [
        b"\xff",
        b"flavors: !!python/object/apply:os.system ['id']\n",
        b"flavors: &a\n  x: *a\n",
        b"flavors: [1, 2\n",
        b"- 1\n",
        b"a: 'open\n",
        b"a:\n\tb: 1\n",
        b"\n".join(b" " * depth + b"a:" for depth in range(100)),
        b"x" * 5_000_000,
        b"flavors:\n  onnx: text\n",
        b"",
    ],
)
def test_what_is_no_mlmodel_file_is_refused(text: bytes) -> None:
    with pytest.raises(DamagedError):
        read_mlmodel(text)


def test_a_booster_in_a_folder_answers_as_lightgbm_does() -> None:
    files = {"MLmodel": mlmodel("lightgbm", data="model.lgb", model_class="lightgbm.basic.Booster")}
    files["model.lgb"] = booster_text()
    _, package = package_folder(files.__getitem__)
    assert [column.name for column in package.signature.inputs] == ["hour", "wind speed", "distance"]
    x, y = rows()
    answers = load_predictor(package).predict_matrix(x)
    assert np.mean((answers > 0.5) == y) > 0.8
    files["model.lgb"] = files["model.lgb"][:-2000]
    with pytest.raises(DamagedError, match="not a whole LightGBM text model"):
        package_folder(files.__getitem__)


@pytest.mark.parametrize(
    ("flavour", "settings", "told"),
    [
        (
            "sklearn",
            {"pickled_model": "model.pkl", "serialization_format": "cloudpickle"},
            "serialization_format='skops'",
        ),
        ("lightgbm", {"data": "model.pkl", "model_class": "lightgbm.sklearn.LGBMClassifier"}, "model.booster_"),
        ("pytorch", {"model_data": "data"}, "mlflow.onnx.log_model"),
    ],
)
def test_pickles_are_never_loaded(flavour: str, settings: dict[str, str], told: str) -> None:
    read: list[str] = []

    def reading(name: str) -> bytes:
        read.append(name)
        return mlmodel(flavour, **settings)

    with pytest.raises(UnsupportedModelError, match=told.replace("(", r"\(")):
        package_folder(reading)
    assert read == ["MLmodel"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\b", "''"])
def test_an_mlmodel_file_names_no_file_outside(name: str) -> None:
    with pytest.raises(UsageError, match="no file of its folder"):
        package_folder({"MLmodel": mlmodel("onnx", data=name)}.__getitem__)


def test_an_onnx_file_answers() -> None:
    package = package_file("sum.onnx", onnx_model())
    assert load_predictor(package).predict({f"input_{at}": [1.0, 2.0] for at in range(3)}).tolist() == [3.0, 6.0]
    assert package.signature.task == "regression"


@pytest.mark.parametrize("place", ["weights.bin", "a/../../secret", "link/secret", "/etc/passwd"])
def test_weights_outside_of_an_onnx_file_are_refused(place: str) -> None:
    with pytest.raises(UnsupportedModelError, match="keeps weights outside of itself"):
        package_file("model.onnx", onnx_model(external=place))


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"not onnx", booster_text])
def test_what_is_no_onnx_file_is_refused(data: Any) -> None:
    with pytest.raises((DamagedError, UnsupportedModelError)):
        package_file("model.onnx", data() if callable(data) else data)


def test_other_endings_are_told_what_is_served() -> None:
    with pytest.raises(UsageError, match=r"ends in \.onnx"):
        package_file("model.pkl", b"")


def test_an_estimator_answers_as_onnx_as_it_did() -> None:
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = rows()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    package = package_estimator(model, ["hour", "wind speed", "distance"], x)
    answers = load_predictor(package).predict_matrix(x.astype(np.float32))
    assert np.allclose(answers, model.predict_proba(x)[:, 1], atol=1e-5)
    several = LogisticRegression().fit(x, np.arange(len(x)) % 3)
    with pytest.raises(UnsupportedModelError, match="3 classes"):
        package_estimator(several, ["a", "b", "c"], x)
    assert package_estimator(LinearRegression().fit(x, y), ["a", "b", "c"], x).signature.task == "regression"
