"""Answers predictions with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.core import DamagedError, UnavailableError
from tidemill.models.signature import Signature, Values

ERRORS_ONLY = 3
LEAST_VERSION = (1, 23)  # 1.20 does not know tree ensembles with sets of levels, 1.21 and 1.22 hang loading one


class OnnxPredictor:
    """A compiled model in a session of one thread, so that predictors of one process do not fight for cores.

    Thread-safe. Raises DamagedError when the graph does not load or does not fit the signature.
    """

    runtime = "onnx"

    def __init__(self, onnx: bytes, signature: Signature) -> None:
        self.signature = signature
        self._session = _session(onnx)
        self._input = self._session.get_inputs()[0].name
        self.dtype: type[np.float32] | type[np.float64] = (
            np.float64 if self._session.get_inputs()[0].type == "tensor(double)" else np.float32
        )
        self._outputs = [self._session.get_outputs()[-1].name]
        width = self._session.get_inputs()[0].shape[-1]
        if width != len(signature.inputs):
            raise DamagedError(
                f"model.onnx takes {width} columns and signature.json names {len(signature.inputs)}: "
                f"restore the model package from its source."
            )

    def predict(self, columns: Mapping[str, Values]) -> NDArray[np.float64]:
        """Return one float64 per row. Raises UsageError for columns that do not fit the signature."""
        return self.predict_matrix(self.signature.matrix(columns, self.dtype))

    def predict_matrix(self, matrix: NDArray[Any]) -> NDArray[np.float64]:
        """Return one float64 per row of an encoded matrix of shape (n, f) and this predictor's `dtype`."""
        values: NDArray[Any] = self._session.run(self._outputs, {self._input: matrix})[0]
        return (values[:, -1] if values.ndim > 1 else values).astype(np.float64, copy=False)


def _session(onnx: bytes) -> Any:
    runtime = _onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The arena keeps the memory of the largest batch ever seen; without it a batch gives its memory back.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = ERRORS_ONLY
    try:
        return runtime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedError(
            f"model.onnx does not load ({reason}): restore the model package from its source."
        ) from error


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "Answering with a compiled model needs the package onnxruntime: pip install 'tidemill[serve]'"
        ) from error
    if tuple(int(part) for part in onnxruntime.__version__.split(".")[:2]) < LEAST_VERSION:
        raise UnavailableError(
            f"Answering with a compiled model needs onnxruntime {'.'.join(map(str, LEAST_VERSION))} or newer, and "
            f"{onnxruntime.__version__} is installed: pip install -U 'tidemill[serve]'"
        )
    return onnxruntime
