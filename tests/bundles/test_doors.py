"""Bundles by the command line, over HTTP, and from one store to another."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bundles.conftest import ANN, say_word
from tests.bundles.test_bundles import in_use, stored
from tests.postgres import postgres, postgres_url
from tests.server.running import server
from tidemill.app import open_workspace
from tidemill.bundles import CI, make_draft
from tidemill.cli import main
from tidemill.core import load_settings
from tidemill.workspace import Workspace

__all__ = ["postgres", "postgres_url"]


def typed(folder: Path, *arguments: str, code: int = 0) -> str:
    """Type a command and return what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as ended:
        main([*arguments, "--folder", str(folder)])
    assert ended.value.code == code, out.getvalue()
    return out.getvalue()


def told(folder: Path, *arguments: str) -> Any:
    return json.loads(typed(folder, *arguments, "--json"))


def test_a_bundle_goes_its_way_by_commands(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDEMILL_ENV", raising=False)
    (folder / ".env").write_text("TOKEN=1")
    shown = told(folder, "package", "--dry-run")
    assert (shown["stored"], shown["files"][0]["path"]) == (False, "speech.py")
    assert {".env", "data/rows.csv"} == {each["path"] for each in shown["left_out"]}
    assert not (folder / ".tidemill").exists()
    assert f"bundle {shown['digest'][:12]} is stored" in typed(folder, "package")
    digest = shown["digest"]
    assert "--override" in typed(folder, "bundle", "deploy", digest[:8], "--to", "staging", code=1)
    assert "Did you mean 'staging'" in typed(folder, "bundle", "deploy", digest[:8], "--to", "stagin", code=1)
    done = told(folder, "bundle", "deploy", digest[:8], "--to", "staging", "--override", "a trial")
    assert (done["environment"], done["override"]) == ("staging", "a trial")
    assert "override=a trial" in typed(folder, "audit", "--kind", "bundle.deployed")
    assert told(folder, "bundle", "promote", "staging", "prod", "--override", "a trial")["digest"] == digest
    listed = told(folder, "bundles", "--env", "prod")
    assert listed["environments"]["dev"] is None
    assert listed["bundles"][0]["deployed_to"] == ["staging", "prod"]
    assert "runs use bundle" in typed(folder, "bundles")
    assert "a trial" in typed(folder, "bundles", digest[:8])
    assert "nothing differed" in typed(folder, "bundles", "latest", "--diff")
    assert "none to go back to" in typed(folder, "bundle", "roll-back", "prod", code=1)
    assert told(folder, "bundle", "unpack", digest, str(tmp_path / "out"))["n_files"] == 4
    assert "use the working tree again" in typed(folder, "bundle", "deploy", "working-tree", "--to", "prod")


def test_a_folder_without_a_project_is_not_packaged(tmp_path: Path) -> None:
    assert "holds no project that can be packaged" in typed(tmp_path, "package", code=2)


def test_a_run_by_hand_names_its_code(folder: Path) -> None:
    run = told(folder, "run")
    workspace = open_workspace(folder, load_settings(folder, environ={}))
    bundle = workspace.bundles.for_run(ANN, run["run_id"])
    assert bundle is not None
    assert bundle.digest == make_draft(folder, workspace.settings).digest
    workspace.database.close()


def test_the_api_does_what_the_commands_do(workspace: Workspace, folder: Path) -> None:
    bundle = stored(workspace, "one", passed=False)
    (folder / "tidemill.toml").write_text("[environments.staging]\n[environments.far]\nhome = '../far'\n")
    with server(workspace, serving_port=1) as address, httpx.Client(base_url=address) as client:
        assert [each["digest"] for each in client.get("/api/bundles").json()["bundles"]] == [bundle.digest]
        place = f"/api/bundles/{bundle.digest}"
        assert client.post(f"{place}/deploy", json={"environment": "staging"}).status_code == 409
        check = client.post(f"{place}/checks", json={"name": CI, "passed": True, "report": {"n": 1}}).json()
        assert check["passed"] is True
        assert client.post(f"{place}/deploy", json={"environment": "staging"}).json()["number"] == 1
        assert client.post("/api/environments/staging/promote", json={"to": "dev"}).json()["environment"] == "dev"
        far = client.post("/api/environments/staging/promote", json={"to": "far"})
        assert (far.status_code, "store of its own" in far.text) == (400, True)
        assert client.post("/api/environments/nowhere/roll-back").status_code == 404
        assert client.post("/api/environments/dev/roll-back").status_code == 409
        (dev, staging) = client.get("/api/environments").json()["environments"]
        assert dev["deployed"]["digest"] == staging["deployed"]["digest"] == bundle.digest
        assert client.get(place).json()["checks"][0]["name"] == CI
        page = client.get(f"/bundles/{bundle.digest}")
        assert page.status_code == 200
        assert "words/spoken.py" in page.text
        assert "staging" in client.get("/bundles").text
        assert client.get(f"/bundles/{bundle.digest[:8]}.json").json()["row"]["passed"] is True


def test_promotion_brings_the_bundle_to_a_server_and_a_bucket(
    folder: Path, postgres_url: str, s3_url: str, workspace: Workspace
) -> None:
    toml = f'module = "speech.py"\n[environments.prod]\nrecords = "{postgres_url}"\nblobs = "{s3_url}"\n'
    (folder / "tidemill.toml").write_text(toml)
    bundle = stored(workspace, "one")
    workspace.bundles.deploy(ANN, bundle.digest, "dev")
    assert told(folder, "bundle", "promote", "dev", "prod")["digest"] == bundle.digest
    prod = open_workspace(folder, load_settings(folder, environ={}, env="prod"))
    assert in_use(prod, "prod") == bundle.digest
    assert in_use(workspace, "prod") == ""
    assert prod.bundles.get(ANN, bundle.digest).manifest == bundle.manifest
    assert [check.id for check in prod.bundles.checks(ANN, bundle.digest)] == [
        check.id for check in workspace.bundles.checks(ANN, bundle.digest)
    ]
    out = prod.bundles.unpack(ANN, prod.bundles.get(ANN, bundle.digest), folder.parent / "out")
    assert (out / "speech.py").read_bytes() == (folder / "speech.py").read_bytes()
    say_word(folder, "two")
    with prod.in_flight.mark():
        assert prod.bundles.store(ANN, make_draft(folder, prod.settings)).digest != bundle.digest
    prod.database.close()
