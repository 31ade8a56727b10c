"""Models: one form in which every model is kept, proved and answered from.

signature       `Signature`, `Column`: which columns a model takes and how they become one matrix
package         `ModelPackage`: the files of a model under one digest; no code in them
predictor       `load_predictor` and the `Predictor` port; `NativePredictor`
onnx_predictor  the adapter of ONNX Runtime
packaging       `package_model`, `predict_frame`, `native_predictor`: from a trained model to a package
parity          the gate between native and compiled form, and its report
edge_rows       rows made to find where two forms part
trial           a package loaded in a process of its own
model_format    the `ModelFormat` port and its hook
built_in        `model_formats`: the built-in formats and installed plugins
input_names     `check_input_names`: what a column may be called
lightgbm_format the adapter of LightGBM;  lightgbm_text reads its file without it
tree_onnx       writes trees as ONNX
errors          `UnsupportedModelError`, `NotCompilableError`

The data plane imports this room: numpy is all that loads with it.
"""

from __future__ import annotations

from tidemill.models.built_in import model_formats
from tidemill.models.errors import NotCompilableError, UnsupportedModelError
from tidemill.models.input_names import check_input_names
from tidemill.models.lightgbm_format import warm_up
from tidemill.models.model_format import MODEL_FORMATS, CompiledModel, ModelFormat, NativeScore
from tidemill.models.package import ONNX_FILE, REFERENCE_FILE, ModelPackage
from tidemill.models.packaging import Frame, column_kinds, native_predictor, package_model, predict_frame
from tidemill.models.parity import ParityPart, ParityReport, WorstRow
from tidemill.models.predictor import Predictor, load_predictor
from tidemill.models.signature import Column, Signature, Values

__all__ = [
    "MODEL_FORMATS",
    "ONNX_FILE",
    "REFERENCE_FILE",
    "Column",
    "CompiledModel",
    "Frame",
    "ModelFormat",
    "ModelPackage",
    "NativeScore",
    "NotCompilableError",
    "ParityPart",
    "ParityReport",
    "Predictor",
    "Signature",
    "UnsupportedModelError",
    "Values",
    "WorstRow",
    "check_input_names",
    "column_kinds",
    "load_predictor",
    "model_formats",
    "native_predictor",
    "package_model",
    "predict_frame",
    "warm_up",
]
