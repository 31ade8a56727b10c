"""The stock mlflow client against a server process, as a team points it there: by its address and a token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import free_ports
from tests.compat.mlflow.conftest import ADMIN
from tests.server.test_process import running, wait_healthy
from tidemill.access import Role
from tidemill.app import open_workspace
from tidemill.core import load_settings

WITHIN_S = 300
PROGRAM = Path(__file__).with_name("stock_client.py")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables by which a client finds the server, and may log there."""
    folder = tmp_path_factory.mktemp("stock")
    workspace = open_workspace(folder, load_settings(folder))
    token = workspace.tokens.create(ADMIN, "team", Role.DEPLOYER)
    workspace.database.close()
    port = free_ports()
    with running("tidemill.server", folder, "--port", str(port)) as process:
        wait_healthy(port, process)
        yield {
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}",
            "MLFLOW_TRACKING_USERNAME": "ann",
            "MLFLOW_TRACKING_PASSWORD": token,
        }


def log(address: dict[str, str], session: str) -> dict[str, Any]:
    quiet = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), session],
        env={**os.environ, **quiet, **address},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_basics(address: dict[str, str]) -> None:
    assert log(address, "basics") == {
        "status": "FINISHED",
        "name": "parent",
        "params": {"depth": "3", "rate": "0.1", "kind": "gbm"},
        "nan": True,
        "inf": 1.7976931348623157e308,
        "queued": 50,
        "refused": "INVALID_PARAMETER_VALUE",
        "parent": True,
        "best": True,
        "again": "FINISHED",
    }


def test_client_verbs(address: dict[str, str]) -> None:
    found = log(address, "client_verbs")
    assert {"Default", "renamed"} <= set(found.pop("experiments"))
    assert found == {
        "experiment": "renamed",
        "tags": {"a": "b", "c": "d"},
        "stages": ["deleted", "active"],
        "history": 1000,
        "pages": True,
        "deleted": True,
        "failed": ["FAILED", 77],
    }


@pytest.mark.long
def test_inputs_and_models(address: dict[str, str]) -> None:
    assert log(address, "inputs_and_models") == {
        "read": ["rows", ["mlflow.data.context", "part"]],
        "model": ["model", "READY", {"p": "1"}, "v"],
        "measured": [["auc", 0.7, "rows"]],
        "searched": True,
    }


@pytest.mark.long
def test_autolog(address: dict[str, str]) -> None:
    assert log(address, "autolog") == {
        "finished": True,
        "children": 3,
        "with_data": 6,
        "models": [1, 2, 1],
        "files": ["cv_results.csv", "estimator.html", "feature_importance_gain.png"],
    }


def test_models(address: dict[str, str]) -> None:
    assert log(address, "models") == {
        "versions": ["1", "2"],
        "answers": True,
        "tags": "v",
        "stage": "Staging",
        "found": ["clf"],
        "judged": True,
        "prompt": "Hello {{name}}",
        "prompts": ["greet"],
    }


@pytest.mark.long
def test_files_and_traces(address: dict[str, str]) -> None:
    assert log(address, "files") == {
        "text": "hi",
        "dict": {"a": 1},
        "files": ["d.json", "images", "notes", "t.json"],
        "trace": ["OK", 1],
    }
