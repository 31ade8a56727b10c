"""The model format port: how one library's models are described, kept, loaded and compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tidemill.models.signature import Kind, Signature
from tidemill.plugins import Hook

NativeScore = Callable[[NDArray[Any]], NDArray[np.float64]]


@dataclass(frozen=True)
class CompiledModel:
    """A model as an ONNX graph: one input ``features`` [n, f], float64 or float32, one float output ``value`` [n, 1].

    splits: the split points of number columns by column index, in float64; the parity gate probes beside them.
    """

    onnx: bytes
    splits: Mapping[int, Sequence[float]] = field(default_factory=dict)


@runtime_checkable
class ModelFormat(Protocol):
    """How the models of one library are described, kept, loaded and compiled.

    Implementations hold no state and may be called from several threads. Files are bytes that no code is loaded
    from: never a pickle. A heavy library is imported when it is needed, not with the implementation.
    """

    name: str

    def accepts(self, model: object) -> bool:
        """Say whether this format takes the object, without importing a library that is not loaded."""

    def save(self, model: object) -> dict[str, bytes]:
        """Return the native files. Raises UnsupportedModelError for a kind the format cannot carry."""

    def restore(self, files: Mapping[str, bytes]) -> object:
        """Return the library's own object from saved files; `save` gives the same files again.

        Raises DamagedError when the files do not parse.
        """

    def describe(self, files: Mapping[str, bytes], columns: Mapping[str, Kind]) -> Signature:
        """Return the signature of saved files, given the kinds of the training columns.

        Raises UsageError when the columns are not those of the model.
        """

    def load(self, files: Mapping[str, bytes], signature: Signature) -> NativeScore:
        """Return a function from a float matrix (n, f) to float64 predictions (n,), safe to call from threads.

        Raises DamagedError when the files do not parse.
        """

    def compile(self, files: Mapping[str, bytes], signature: Signature) -> CompiledModel:
        """Return the model as ONNX. Raises NotCompilableError when ONNX cannot say the same."""


MODEL_FORMATS: Hook[ModelFormat] = Hook("model_formats", ModelFormat, "model format")
