"""`import tidemill` and `tidemill --help` stay light. Times are benchmark P3; here only what does not vary."""

from __future__ import annotations

import json
import subprocess
import sys

MOST_MODULES = 300
HEAVY = (
    "alembic", "fastapi", "granian", "jinja2", "lightgbm", "numpy", "onnx", "onnxruntime", "pandas", "polars",
    "pyarrow", "ray", "sklearn", "sqlalchemy", "starlette", "uvicorn",
)  # fmt: skip
IMPORTED = "import json, sys; before = set(sys.modules); {}; print(json.dumps(sorted(set(sys.modules) - before)))"
HELP = """
import contextlib, io, json, sys
sys.argv = ["tidemill", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    from tidemill.cli import main
    main()
print(json.dumps(sorted(sys.modules)))
"""


def _modules_after(program: str) -> list[str]:
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def _heavy(loaded: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in loaded} & set(HEAVY)


def test_importing_tidemill_loads_few_modules_and_nothing_heavy() -> None:
    loaded = _modules_after(IMPORTED.format("import tidemill"))
    assert not _heavy(loaded)
    assert len(loaded) <= MOST_MODULES


def test_asking_for_help_loads_nothing_heavy() -> None:
    assert not _heavy(_modules_after(HELP))
