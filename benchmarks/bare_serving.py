"""The physical reference of S1: granian, msgspec and ONNX Runtime, and nothing else.

`python -m benchmarks.bare_serving MODEL_FOLDER PORT`. One row of the same columns is decoded, encoded with the
same codes and given to the same graph; there are no checks, ids, versions, telemetry or log.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from tidemill.models import Signature

_JSON = [("content-type", "application/json")]


class BareApp:
    """The least that answers a prediction."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        self._input = self._session.get_inputs()[0].name
        self._dtype = np.float64 if self._session.get_inputs()[0].type == "tensor(double)" else np.float32
        self._output = self._session.get_outputs()[-1].name
        columns = Signature.from_json((folder / "signature.json").read_bytes()).inputs
        kinds = {"number": float, "category": str}
        row = msgspec.defstruct("Row", [(column.name, kinds[column.kind]) for column in columns])
        body = msgspec.defstruct("Body", [("rows", list[row])])  # type: ignore[valid-type]
        self._decode = msgspec.json.Decoder(body).decode
        self._columns = [(column.name, column.codes) for column in columns]

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one row."""
        row = self._decode(await protocol()).rows[0]  # type: ignore[attr-defined]
        values = [codes[getattr(row, name)] if codes else getattr(row, name) for name, codes in self._columns]
        scores = self._session.run([self._output], {self._input: np.array([values], self._dtype)})[0]
        body = msgspec.json.encode({"predictions": [{"value": float(scores[0, -1])}]})
        protocol.response_bytes(200, _JSON, body)


def _load(folder: Path) -> Any:
    return BareApp(folder)


def main(folder: Path, port: int) -> None:
    """Serve until SIGTERM."""
    server = Server(
        "bare",
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=partial(_load, folder), wrap_loader=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
