"""`make` without a target lists every target there is."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.architecture.house import ROOT


def test_make_lists_every_target() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("no make on this machine")
    shown = subprocess.run([make], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z-]*):", text, flags=re.MULTILINE)
    missing = [name for name in targets if name not in ("help", "browser") and f"make {name} " not in shown]
    assert not missing, f"not listed: {missing}"
