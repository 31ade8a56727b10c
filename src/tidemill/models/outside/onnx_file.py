"""An ONNX file of anybody: looked through before it is loaded, and packaged with the columns that it takes.

Weights may be kept outside of an ONNX file, at a path that the file names: whoever loads it reads what the path leads
to (CVE-2022-25882, CVE-2024-27318 and others). Here a file that names any is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tidemill.core import DamagedError, UnavailableError
from tidemill.models.errors import UnsupportedModelError
from tidemill.models.input_names import check_input_names
from tidemill.models.outside.mlmodel import GivenColumn
from tidemill.models.package import ONNX_FILE, PARITY_FILE, SIGNATURE_FILE, ModelPackage
from tidemill.models.parity import ParityReport
from tidemill.models.signature import Column, Signature, Task

_FLOATS = {1, 11}  # TensorProto.FLOAT and DOUBLE
_MOST_INPUTS = 10_000
_MOST_DEPTH = 60
_SAID = "an ONNX model as it came: there is no other form of it to compare with"


def package_onnx(data: bytes, given: Sequence[GivenColumn] = (), task: Task | None = None) -> ModelPackage:
    """Package an ONNX file that takes one matrix of floats [n, f] and gives one number for each row.

    given: the columns as a signature names them, else they are called input_0, input_1 and so on. task: what the number
    is, else told by the shape of the answer.

    Raises DamagedError for what is no ONNX file, UnsupportedModelError for one that cannot answer rows, or that names
    files outside of itself, UnavailableError when onnx is not installed.
    """
    model = _parsed(data)
    _refuse_outside_files(model.graph)
    for function in model.functions:
        _refuse_outside_files(function)
    width = _width_of(model.graph)
    columns = _columns(given, width)
    found: Task = task or _task_of(model.graph)
    signature = Signature(columns, found, "probability" if found == "binary" else "value", "onnx")
    parity = ParityReport(passed=True, reason=_SAID)
    return ModelPackage({ONNX_FILE: data, SIGNATURE_FILE: signature.to_json(), PARITY_FILE: parity.to_json()})


def _parsed(data: bytes) -> Any:
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "Looking through an ONNX model needs the package onnx: pip install 'tidemill[sklearn]'"
        ) from error
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except Exception as error:
        raise DamagedError("the file is no ONNX model: export it again") from error
    if not model.graph.node:
        raise DamagedError("the file is no ONNX model, or an empty one: export it again")
    return model


def _refuse_outside_files(graph: Any) -> None:
    for tensor in _tensors(graph, 0):
        if tensor.data_location != 0 or len(tensor.external_data):
            places = [entry.value for entry in tensor.external_data if entry.key == "location"]
            raise UnsupportedModelError(
                f"the ONNX model keeps weights outside of itself, at {', '.join(places)[:120]!r}; save it as one file: "
                "onnx.save_model(model, path, save_as_external_data=False)"
            )


def _tensors(graph: Any, depth: int) -> Iterator[Any]:
    if depth > _MOST_DEPTH:
        raise UnsupportedModelError("the graphs of the ONNX model are nested too deeply")
    yield from getattr(graph, "initializer", ())
    for sparse in getattr(graph, "sparse_initializer", ()):
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            for inner in (attribute.g, *attribute.graphs):
                if inner.ByteSize():
                    yield from _tensors(inner, depth + 1)


def _width_of(graph: Any) -> int:
    weights = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in weights]
    shape: Any = inputs[0].type.tensor_type.shape.dim if len(inputs) == 1 else []
    fits = len(shape) == 2 and inputs[0].type.tensor_type.elem_type in _FLOATS
    width = shape[1].dim_value if fits else 0
    if not 0 < width <= _MOST_INPUTS:
        names = ", ".join(each.name for each in inputs)[:120]
        raise UnsupportedModelError(
            f"the ONNX model takes {names or 'nothing'}; served are models with one input, a matrix of floats of a "
            "known width: [None, 12]"
        )
    return int(width)


def _task_of(graph: Any) -> Task:
    """Tell by the last output, which is the one that is answered: two columns are the probabilities of two classes."""
    answer = graph.output[-1].type
    shape = answer.tensor_type.shape.dim
    if not answer.HasField("tensor_type") or answer.tensor_type.elem_type not in _FLOATS:
        raise UnsupportedModelError(
            f"the last output of the ONNX model, {graph.output[-1].name!r}, is no matrix of floats; of a classifier "
            "export probabilities without a ZipMap: skl2onnx takes options={'zipmap': False}"
        )
    width = shape[1].dim_value if len(shape) > 1 else 1
    if width > 2:
        raise UnsupportedModelError(
            f"the ONNX model answers {width} numbers for each row: two classes and regression are served"
        )
    return "binary" if width == 2 else "regression"


def _columns(given: Sequence[GivenColumn], width: int) -> tuple[Column, ...]:
    text = [each.name for each in given if each.is_text]
    if text:
        raise UnsupportedModelError(
            f"the signature takes text in {', '.join(text)[:120]}, and the ONNX model floats; encode text before"
        )
    names = [each.name for each in given] if len(given) == width else [f"input_{at}" for at in range(width)]
    check_input_names(names)
    return tuple(Column(name, "number") for name in names)
