"""Models that came without a pipeline: files of other tools, folders with an MLmodel file, estimators.

plain_yaml  the part of YAML in which MLmodel files are written
mlmodel     an MLmodel file: flavours, signature, and which of them can be served safely
onnx_file   an ONNX file, checked and packaged
booster     a LightGBM text file, packaged
estimator   a scikit-learn estimator, packaged as ONNX
folder      from a folder's files to a package

Nothing here ever unpickles: what is only kept as a pickle is refused, with how to log it instead.
"""

from __future__ import annotations

from tidemill.models.outside.booster import package_booster
from tidemill.models.outside.estimator import is_estimator, package_estimator
from tidemill.models.outside.folder import package_file, package_folder
from tidemill.models.outside.mlmodel import MLMODEL_FILE, GivenColumn, MLmodel, read_mlmodel
from tidemill.models.outside.onnx_file import package_onnx

__all__ = [
    "MLMODEL_FILE",
    "GivenColumn",
    "MLmodel",
    "is_estimator",
    "package_booster",
    "package_estimator",
    "package_file",
    "package_folder",
    "package_onnx",
    "read_mlmodel",
]
