"""From the files of a folder with an MLmodel file, or from one file, to a package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidemill.core import UnavailableError, UsageError
from tidemill.models.errors import UnsupportedModelError
from tidemill.models.outside.booster import package_booster
from tidemill.models.outside.estimator import package_estimator
from tidemill.models.outside.mlmodel import LIGHTGBM, MLMODEL_FILE, ONNX, GivenColumn, MLmodel, read_mlmodel
from tidemill.models.outside.onnx_file import package_onnx
from tidemill.models.package import ModelPackage

Read = Callable[[str], bytes]
_TEXT_ENDINGS = (".txt", ".lgb")


def package_folder(read: Read) -> tuple[MLmodel, ModelPackage]:
    """Package what an MLmodel file and its neighbours hold; `read` gives the bytes of a path in the folder.

    Raises UnsupportedModelError for flavours that cannot be served safely, DamagedError for damaged files, and what
    `read` raises.
    """
    found = read_mlmodel(read(MLMODEL_FILE))
    flavour, file = found.servable()
    data = read(file)
    if flavour == ONNX:
        return found, package_onnx(data, found.inputs)
    if flavour == LIGHTGBM:
        return found, package_booster(data, found.inputs)
    return found, _package_skops(data, found.inputs)


def package_file(name: str, data: bytes) -> ModelPackage:
    """Package one file by its ending: ``.onnx``, or the text of a LightGBM booster. Raises UsageError for another."""
    if name.endswith(".onnx"):
        return package_onnx(data)
    if name.endswith(_TEXT_ENDINGS):
        return package_booster(data)
    raise UsageError(
        f"{name!r} cannot be served: give a file that ends in .onnx, a LightGBM text file that ends in .txt or .lgb, "
        "or a folder with an MLmodel file; models of XGBoost are converted to ONNX first"
    )


def _package_skops(data: bytes, given: tuple[GivenColumn, ...]) -> ModelPackage:
    try:
        from skops import io
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "Reading a scikit-learn model kept by skops needs the package skops: pip install 'tidemill[sklearn]'"
        ) from error
    try:
        model: Any = io.loads(data, trusted=[])  # only types that skops itself trusts
    except Exception as error:
        said = str(error).strip().splitlines()
        raise UnsupportedModelError(
            f"the scikit-learn model is not loaded: {said[0][:200] if said else type(error).__name__}; log it as ONNX"
        ) from error
    width = getattr(model, "n_features_in_", len(given))
    names = [each.name for each in given] if len(given) == width else [f"input_{at}" for at in range(width)]
    return package_estimator(model, names, None)
