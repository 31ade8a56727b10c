"""Models of other tools, small and made on the spot: a booster, an ONNX file, MLmodel folders."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

COLUMNS = ("carrier", "hour", "distance")
SIGNATURE = json.dumps(
    [{"type": "double", "name": name, "required": True} for name in ("hour", "wind speed", "distance")]
)
MLMODEL = """artifact_path: mlflow-artifacts:/0/models/m-1/artifacts
flavors:
{flavour}
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.{module}
mlflow_version: 3.17.2
prompts: null
signature:
  inputs: '{first}
    {rest}'
  outputs: '[{{"type": "double", "required": true}}]'
  params: null
utc_time_created: '2026-11-22 07:11:40.189937'
"""


def rows(n: int = 200) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return a matrix of three columns and labels of two classes."""
    chance = np.random.default_rng(3)
    x = chance.normal(size=(n, 3))
    return x, (x[:, 0] + x[:, 2] > 0).astype(int)


def booster_text() -> bytes:
    """Return LightGBM's own text of a small model that takes hour, wind speed and distance."""
    import lightgbm

    x, y = rows()
    data = lightgbm.Dataset(x, y, feature_name=["hour", "wind speed", "distance"])
    settings = {"objective": "binary", "num_leaves": 5, "num_threads": 1, "verbose": -1, "min_data_in_leaf": 5}
    return str(lightgbm.train(settings, data, 4).model_to_string()).encode()


def mlmodel(flavour: str, **settings: str) -> bytes:
    """Return an MLmodel file with a flavour, written as its own tool does: long texts are folded over lines."""
    cut = SIGNATURE.index(", ", 60) + 1
    lines = [f"  {flavour}:", *(f"    {key}: {value}" for key, value in settings.items())]
    return MLMODEL.format(
        flavour="\n".join(lines), module=flavour, first=SIGNATURE[:cut], rest=SIGNATURE[cut + 1 :]
    ).encode()


def onnx_model(width: int = 3, external: str = "") -> bytes:
    """Return an ONNX file that adds up its columns; with `external` its weights are said to lie there."""
    from onnx import TensorProto, helper

    weights = helper.make_tensor("w", TensorProto.FLOAT, [width, 1], [1.0] * width)
    if external:
        weights.ClearField("float_data")
        weights.data_location = TensorProto.EXTERNAL
        entry = weights.external_data.add()
        entry.key, entry.value = "location", external
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "sum",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(model.SerializeToString())
