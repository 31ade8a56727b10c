"""Packaging: from a trained model to files that serve, with proof that they answer alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tidemill.core import UsageError
from tidemill.models.built_in import model_formats
from tidemill.models.edge_rows import edge_rows
from tidemill.models.errors import NotCompilableError, UnsupportedModelError
from tidemill.models.input_names import check_input_names
from tidemill.models.model_format import CompiledModel, ModelFormat, NativeScore
from tidemill.models.onnx_predictor import OnnxPredictor
from tidemill.models.package import ONNX_FILE, PARITY_FILE, SIGNATURE_FILE, ModelPackage
from tidemill.models.parity import ParityReport, ParityRows, check_parity
from tidemill.models.predictor import NativePredictor, Predictor
from tidemill.models.signature import Kind, Signature, Values
from tidemill.plugins import Implementations

N_HELD_OUT = 5_000
N_FIT = 2_000
TEXT_TYPES = ("String", "Categorical", "Enum")
NUMBER_TYPES = frozenset(
    ["Boolean", "Float32", "Float64", *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))]
)


class Frame(Protocol):
    """What is asked of a table; a polars DataFrame is one. (This room does not import polars.)"""

    @property
    def columns(self) -> list[str]: ...
    @property
    def schema(self) -> Mapping[str, Any]: ...
    def gather_every(self, n: int) -> Any: ...
    def __len__(self) -> int: ...
    def __getitem__(self, name: str, /) -> Any: ...


def package_model(
    model: object, fit_x: Frame, holdout_x: Frame, formats: Implementations[ModelFormat] | None = None
) -> ModelPackage:
    """Package a trained model: native file, signature, ONNX if it can be compiled and agrees, parity report.

    fit_x, holdout_x: the model's input columns of training and held-out rows, at least one training row; the
    parity gate compares up to 5,000 held-out and 2,000 training rows, and rows made of edges.
    formats: where to look for the model's format; the built-in formats and installed plugins by default.

    Raises UnsupportedModelError for a model no format takes, UsageError when the rows are not the model's.
    """
    found = _format(model, formats)
    native_files = found.save(model)
    signature = found.describe(native_files, column_kinds(fit_x))
    compiled, report = _compile(found, native_files, signature, (fit_x, holdout_x))
    files = {**native_files, SIGNATURE_FILE: signature.to_json(), PARITY_FILE: report.to_json()}
    if compiled and report.passed:  # a compiled model that answers differently is not shipped
        files[ONNX_FILE] = compiled.onnx
    return ModelPackage(files)


def predict_frame(
    model: object, frame: Frame, formats: Implementations[ModelFormat] | None = None
) -> NDArray[np.float64]:
    """Return one float64 per row of a frame, of a trained model or of a loaded predictor.

    A trained model answers through the native form in which it would be packaged, so that what is evaluated is
    what is shipped. Raises UnsupportedModelError, and UsageError when the rows are not the model's.
    """
    predictor = native_predictor(model, frame, formats)
    return predictor.predict(_columns(frame, predictor.signature))


def native_predictor(model: object, frame: Frame, formats: Implementations[ModelFormat] | None = None) -> Predictor:
    """Return what answers for a trained model in its native form; a loaded predictor is returned as it is.

    frame: rows with the model's inputs. Raises UnsupportedModelError, and UsageError when the rows are not the model's.
    """
    if isinstance(model, Predictor):
        return model
    found = _format(model, formats)
    files = found.save(model)
    signature = found.describe(files, _usable_kinds(frame))
    return NativePredictor(found.load(files, signature), signature)


def column_kinds(frame: Frame) -> dict[str, Kind]:
    """Return the kind of each column. Raises UsageError for what is neither number nor text, or badly named."""
    check_input_names(frame.columns)
    kinds = _usable_kinds(frame)
    for name in frame.columns:
        if name not in kinds:
            raise UsageError(
                f"Column {name!r} is a {frame.schema[name]}: a model takes numbers, booleans and text. "
                f"Drop it or make a number of it."
            )
    return kinds


def _usable_kinds(frame: Frame) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for name in frame.columns:
        dtype = str(frame.schema[name])
        if dtype.startswith(TEXT_TYPES):
            kinds[name] = "category"
        elif dtype in NUMBER_TYPES:
            kinds[name] = "number"
    return kinds


def _format(model: object, formats: Implementations[ModelFormat] | None) -> ModelFormat:
    known = model_formats() if formats is None else formats
    for candidate in known:
        if candidate.accepts(model):
            return candidate
    kind = f"{type(model).__module__.partition('.')[0]}.{type(model).__qualname__}"
    raise UnsupportedModelError(
        f"No model format takes a {kind}: there is {', '.join(known.names())}. "
        f"Train one of those or install a plugin for it."
    )


def _columns(frame: Frame, signature: Signature) -> dict[str, Values]:
    """Return the columns that the signature names and the frame has, as `Signature.matrix` takes them."""
    there = set(frame.columns)
    return {
        column.name: frame[column.name].to_list() if column.kind == "category" else frame[column.name]
        for column in signature.inputs
        if column.name in there
    }


def _compile(
    found: ModelFormat, files: Mapping[str, bytes], signature: Signature, frames: tuple[Frame, Frame]
) -> tuple[CompiledModel | None, ParityReport]:
    try:
        compiled = found.compile(files, signature)
    except NotCompilableError as error:
        return None, ParityReport(passed=False, reason=f"not compiled: {error}")
    native: NativeScore = found.load(files, signature)
    predictor = OnnxPredictor(compiled.onnx, signature)
    parts = _parity_rows(signature, compiled, frames)

    def answer(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return predictor.predict_matrix(matrix.astype(predictor.dtype, copy=False))

    return compiled, check_parity(native, answer, parts, signature.task)


def _parity_rows(signature: Signature, compiled: CompiledModel, frames: tuple[Frame, Frame]) -> list[ParityRows]:
    fit, held_out = (_sample(frame, signature, n) for frame, n in zip(frames, (N_FIT, N_HELD_OUT), strict=True))
    if not len(fit):
        raise UsageError("There is no training row to compare the compiled model on: give at least one.")
    what, edges = edge_rows(signature, fit, compiled.splits)
    return [
        ParityRows("held_out", held_out, [f"held-out sample row {i}" for i in range(len(held_out))]),
        ParityRows(
            "edge", np.concatenate([fit, edges]), [*(f"training sample row {i}" for i in range(len(fit))), *what]
        ),
    ]


def _sample(frame: Frame, signature: Signature, n: int) -> NDArray[np.float64]:
    rows = frame.gather_every(-(-len(frame) // n)) if len(frame) > n else frame
    return signature.matrix(_columns(rows, signature), np.float64)
