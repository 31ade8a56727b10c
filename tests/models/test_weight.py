"""What loads when the data plane imports this room and answers compiled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.models.flights import classifier, flights
from tidemill.models import package_model

HEAVY = {"polars", "pandas", "lightgbm", "onnx", "onnxruntime", "sklearn", "scipy", "pyarrow"}


def loaded_by(code: str, *arguments: str) -> set[str]:
    report = "import sys, json\n" + code + "\nprint(json.dumps([m for m in sys.modules if '.' not in m]))"
    child = subprocess.run(
        [sys.executable, "-c", report, *arguments], check=True, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(child.stdout.splitlines()[-1])) & HEAVY


def test_importing_the_room_loads_numpy_only() -> None:
    assert loaded_by("import tidemill.models") == set()


def test_answering_compiled_loads_only_onnx_runtime(tmp_path: Path) -> None:
    for name, data in package_model(classifier(), flights()[:500], flights()[500:]).files.items():
        (tmp_path / name).write_bytes(data)
    code = (
        "import pathlib, tidemill.models as m\n"
        "files = {p.name: p.read_bytes() for p in pathlib.Path(sys.argv[1]).iterdir()}\n"
        "p = m.load_predictor(m.ModelPackage(files))\n"
        "p.predict({c.name: [None] for c in p.signature.inputs})\n"
        "assert p.runtime == 'onnx'\n"
    )
    assert loaded_by(code, str(tmp_path)) == {"onnxruntime"}
