"""Promotions by commands: asking, approving, rejecting, evidence, leaving, and one clear line for what cannot be."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.test_promotions import write_gated
from tidemill.cli import main


def typed(folder: Path, *arguments: str, code: int = 0) -> str:
    """Type a command in the project's folder; its streams must be those of files."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as ended:
        main([*arguments, "--folder", str(folder)])
    assert ended.value.code == code, out.getvalue()
    return out.getvalue()


def told(folder: Path, *arguments: str) -> Any:
    return json.loads(typed(folder, *arguments, "--json"))


def test_a_version_goes_its_way_by_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_gated(tmp_path)
    monkeypatch.setenv("LOGNAME", "ann")
    assert "late/1 waits for bo or eve to approve it for production" in typed(tmp_path, "run")
    waiting = told(tmp_path, "approvals")
    assert (waiting["runs"], [each["version"] for each in waiting["promotions"]]) == ([], [1])
    request = waiting["promotions"][0]["id"]
    assert "promote late/1 to production?" in typed(tmp_path, "approve")
    assert "bo or eve may" in typed(tmp_path, "approve", request, code=1)
    monkeypatch.setenv("LOGNAME", "bo")
    assert "rejected: late/1 does not come into production" in typed(tmp_path, "reject", request, "--note", "not yet")
    assert "is rejected by now" in typed(tmp_path, "approve", request, code=1)
    monkeypatch.setenv("LOGNAME", "eve")
    # The project's own rule is asked, since its code is here.
    asked = told(tmp_path, "promote", "late/1", "--to", "production", "--note", "now")
    assert (asked["request"]["state"], asked["promotion"]) == ("pending", None)
    assert "eve asked for it" in typed(tmp_path, "approve", asked["request"]["id"], code=1)
    monkeypatch.setenv("LOGNAME", "bo")
    assert "late@champion is late/1 now" in typed(tmp_path, "approve", asked["request"]["id"])
    assert "late@champion is late/1 already" in typed(tmp_path, "promote", "late/1", "--to", "production")
    assert "not yet" in typed(tmp_path, "approvals", "late")
    assert "no promotion and no run waits" in typed(tmp_path, "approvals")

    found = typed(tmp_path, "evidence", "late/1", "--latency", "--tests", "--document", "CARD.md")
    assert all(kind in found for kind in ("latency", "model_test", "document", "p99"))
    assert "late/1 is staging no more" in typed(tmp_path, "demote", "late@staging")
    assert "and something must" in typed(tmp_path, "demote", "late@production", code=1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("promote", "late/1", "--break-glass", " "), 2, "--break-glass needs a reason"),
        (("promote", "late"), 2, "write delay/3"),
        (("promote", "late/1", "--request", "mine"), 2, "is no request id"),
        (("demote", "late/1"), 2, "write what stands there, as late@staging"),
        (("approve", "f" * 32), 1, "no run"),
        (("evidence", "late/9"), 1, "late"),
    ],
)
def test_what_cannot_be_is_one_clear_line(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    write_gated(tmp_path)
    typed(tmp_path, "ingest")
    line = typed(tmp_path, *arguments, code=code)
    assert len(line.strip().splitlines()) == 1
    assert said in line or "There is no model" in line
