"""Predictors: a packaged model, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tidemill.core import UsageError, did_you_mean
from tidemill.models.built_in import model_formats
from tidemill.models.model_format import ModelFormat, NativeScore
from tidemill.models.onnx_predictor import OnnxPredictor
from tidemill.models.package import ONNX_FILE, ModelPackage
from tidemill.models.signature import Signature, Values
from tidemill.plugins import Implementations

Runtime = Literal["auto", "onnx", "native"]
RUNTIMES = ("auto", "onnx", "native")


@runtime_checkable
class Predictor(Protocol):
    """A model that answers. Thread-safe; holds no reference to the package.

    runtime: ``onnx`` or ``native``. dtype: what `predict_matrix` wants, float64 or float32.
    """

    @property
    def runtime(self) -> str: ...
    @property
    def dtype(self) -> type[np.float32] | type[np.float64]: ...
    @property
    def signature(self) -> Signature: ...

    def predict(self, columns: Mapping[str, Values]) -> NDArray[np.float64]:
        """Return one float64 per row. Raises UsageError for columns that do not fit the signature."""

    def predict_matrix(self, matrix: NDArray[Any]) -> NDArray[np.float64]:
        """Return one float64 per row of a matrix (n, f) made by `Signature.matrix`."""


class NativePredictor:
    """A model in its own library, fed with float64 as in training."""

    runtime = "native"
    dtype: type[np.float32] | type[np.float64] = np.float64

    def __init__(self, score: NativeScore, signature: Signature) -> None:
        self.signature = signature
        self._score = score

    def predict(self, columns: Mapping[str, Values]) -> NDArray[np.float64]:
        """Return one float64 per row. Raises UsageError for columns that do not fit the signature."""
        return self._score(self.signature.matrix(columns, np.float64))

    def predict_matrix(self, matrix: NDArray[Any]) -> NDArray[np.float64]:
        """Return one float64 per row of an encoded matrix of shape (n, f)."""
        return self._score(matrix)


def load_predictor(
    package: ModelPackage, runtime: str = "auto", formats: Implementations[ModelFormat] | None = None
) -> Predictor:
    """Load a packaged model and warm it up with one row. Verify the package's digest before.

    runtime: ``auto`` answers compiled when the parity gate passed and natively otherwise; ``onnx`` and ``native``
    ask for one of them. formats: for native models of plugins; the built-in formats by default.

    Raises DamagedError when a file does not parse, UsageError for an unknown runtime or ``onnx`` without a compiled
    model that passed, UnavailableError when the runtime's library is not installed.
    """
    if runtime not in RUNTIMES:
        raise UsageError(
            f"There is no runtime {runtime!r}.{did_you_mean(runtime, RUNTIMES)} Allowed: {', '.join(RUNTIMES)}."
        )
    compiled = package.parity.passed
    if runtime == "onnx" and not compiled:
        raise UsageError(
            f"The compiled model may not answer: {package.parity.reason}. Use the runtime 'native' or 'auto'."
        )
    predictor = _load_compiled(package) if compiled and runtime != "native" else _load_native(package, formats)
    predictor.predict_matrix(np.full((1, len(package.signature.inputs)), np.nan, dtype=predictor.dtype))
    return predictor


def _load_compiled(package: ModelPackage) -> Predictor:
    return OnnxPredictor(package.file(ONNX_FILE), package.signature)


def _load_native(package: ModelPackage, formats: Implementations[ModelFormat] | None) -> Predictor:
    found = (formats or model_formats(installed=False)).get(package.signature.flavour)
    return NativePredictor(found.load(package.files, package.signature), package.signature)
