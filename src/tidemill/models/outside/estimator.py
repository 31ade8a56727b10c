"""A scikit-learn estimator, packaged as ONNX: the data plane needs no scikit-learn, and nothing is pickled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.core import UnavailableError, UsageError
from tidemill.models.errors import UnsupportedModelError
from tidemill.models.onnx_predictor import OnnxPredictor
from tidemill.models.package import ONNX_FILE, PARITY_FILE, SIGNATURE_FILE, ModelPackage
from tidemill.models.parity import ParityRows, check_parity
from tidemill.models.signature import Column, Signature, Task

_OPSET = 17


def is_estimator(model: object) -> bool:
    """Tell whether an object is a scikit-learn estimator, without importing scikit-learn.

    >>> is_estimator("no")
    False
    """
    return any(cls.__module__.startswith("sklearn.") and cls.__name__ == "BaseEstimator" for cls in type(model).__mro__)


def package_estimator(model: Any, names: list[str], rows: NDArray[np.float64] | None) -> ModelPackage:
    """Convert a trained estimator to ONNX, and show on rows that it answers alike.

    names: of the columns it was trained on, numbers all. rows: float64 of shape (n, f); with None nothing is compared.
    Raises UnsupportedModelError for what cannot be converted or answers otherwise, UsageError for rows that are not
    the estimator's, UnavailableError when skl2onnx is not installed.
    """
    task = _task(model)
    onnx = _converted(model, len(names))
    signature = Signature(
        tuple(Column(name, "number") for name in names), task, "probability" if task == "binary" else "value", "sklearn"
    )
    predictor = OnnxPredictor(onnx, signature)

    def compiled(matrix: NDArray[Any]) -> NDArray[np.float64]:
        return predictor.predict_matrix(matrix.astype(predictor.dtype, copy=False))

    given = np.zeros((1, len(names))) if rows is None else rows
    # As the data plane will: a row is asked for in the precision that the compiled form takes.
    seen = given.astype(predictor.dtype).astype(np.float64)
    what = [f"example row {at}" for at in range(len(seen))]
    report = check_parity(
        lambda matrix: _answers(model, matrix, task), compiled, [ParityRows("held_out", seen, what)], task
    )
    if not report.passed:
        raise UnsupportedModelError(
            f"the {type(model).__name__} answers otherwise as ONNX: {report.reason}; log it through "
            "mlflow.onnx.log_model(...) if that is meant"
        )
    return ModelPackage({ONNX_FILE: onnx, SIGNATURE_FILE: signature.to_json(), PARITY_FILE: report.to_json()})


def _task(model: Any) -> Task:
    classes = getattr(model, "classes_", None)
    if classes is None:
        if not hasattr(model, "predict"):
            raise UnsupportedModelError(
                f"a {type(model).__name__} predicts nothing: classifiers and regressors are served"
            )
        return "regression"
    if len(classes) != 2:
        raise UnsupportedModelError(
            f"the {type(model).__name__} knows {len(classes)} classes: two classes and regression are served"
        )
    if not hasattr(model, "predict_proba"):
        raise UnsupportedModelError(
            f"a {type(model).__name__} gives no probabilities; wrap it in sklearn.calibration.CalibratedClassifierCV"
        )
    return "binary"


def _answers(model: Any, matrix: NDArray[np.float64], task: Task) -> NDArray[np.float64]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it was fitted with names, and they are the columns' order here
        try:
            found = model.predict_proba(matrix)[:, 1] if task == "binary" else model.predict(matrix)
        except (ValueError, TypeError) as error:
            raise UsageError(
                f"the {type(model).__name__} does not answer the example: {str(error).splitlines()[0][:200]}"
            ) from error
    return np.asarray(found, dtype=np.float64).reshape(len(matrix))


def _converted(model: Any, width: int) -> bytes:
    try:
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import FloatTensorType
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "Packaging a scikit-learn estimator needs the package skl2onnx: pip install 'tidemill[sklearn]'"
        ) from error
    options = {id(model): {"zipmap": False}} if hasattr(model, "classes_") else None
    try:
        graph = to_onnx(
            model,
            initial_types=[("features", FloatTensorType([None, width]))],
            options=options,
            target_opset={"": _OPSET, "ai.onnx.ml": 3},
        )
    except Exception as error:
        said = str(error).strip().splitlines()
        raise UnsupportedModelError(
            f"the {type(model).__name__} cannot be converted to ONNX: {said[0][:200] if said else type(error).__name__}"
        ) from error
    return bytes(graph.SerializeToString())
