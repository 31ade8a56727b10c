"""A backup that is older than an erasure: it is named, and what it brings back is erased again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.erasure.test_targets import opened
from tests.small_project import ANN
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import ConflictError, DamagedError, ForbiddenError, KeySource, Settings
from tidemill.erasure import n_erased_since
from tidemill.server.erasing import UnfinishedErasures
from tidemill.storage.copies.restoring import restore
from tidemill.storage.encryption.master_key import make_key_file
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace

KEY = [{"person": "anna-9"}]


def people(workspace: Workspace) -> list[str]:
    """Return who is in the dataset."""
    return workspace.datasets.scan(workspace.datasets.get(ANN, "people")).collect()["person"].to_list()


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_restored_backup_is_erased_again(tmp_path: Path, *, encrypted: bool) -> None:
    key = KeySource("file", (str(tmp_path / "key"),)) if encrypted else KeySource()
    if encrypted:
        make_key_file(tmp_path / "key")
    (tmp_path / "p").mkdir()
    workspace = opened(tmp_path / "p", encryption=key)
    kept = tmp_path / "elsewhere" / "kept"
    made = workspace.backups.back_up(ANN, kept)
    asked = workspace.erasures.erase(ANN, KEY, "ticket 1")
    assert [item.name for item in asked.of("backup")] == [str(made.folder)], "wherever it was made"
    other = workspace.erasures.erase(ANN, [{"person": "ben"}], "ticket 2")
    workspace.erasures.lift(ANN, other.id)
    told = (kept / "erasures.json").read_text()
    assert asked.id in told
    assert other.id not in told
    assert "anna" not in told
    (project,) = json.loads(told)["projects"].values()
    assert bool(project["secret"]) is not encrypted
    workspace.database.close()

    manifest = restore(kept, tmp_path / "p" / "again")
    assert n_erased_since(tmp_path / "p" / "again", manifest.made_at) == 1
    back = open_workspace(tmp_path / "p", Settings(home=tmp_path / "p" / "again", encryption=key))
    assert "anna-9" in people(back)
    lines: list[str] = []
    daemon = UnfinishedErasures(back, lines.append)
    daemon.look()
    assert daemon.wait(60)
    assert lines == [f"erasure {asked.id} is done"]
    assert people(back) == ["ben"]
    assert [each.id for each in back.backups.list(ANN)] == [manifest.id]
    report = back.erasures.get(ANN, asked.id)
    assert (report.state, report.why, report.of("dataset")[0].detail["n_rows"]) == ("done", "ticket 1", 2)
    assert [item.name for item in report.of("backup")] == [str(made.folder)]
    kinds = [each for each in back.audit.list(ANN, EventQuery(limit=20)) if each.kind == "erasure.requested"]
    assert kinds[0].data["again"] is True
    assert back.erasures.finish(ANN) == ()
    assert back.audit.verify(ANN).sound
    back.database.close()


def test_what_cannot_be_erased_again_is_said(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    workspace = opened(tmp_path / "p")
    told = {"id": "0" * 32, "columns": ["person"], "n_keys": 1, "why": "w", "requested_at": "2026", "requested_by": "b"}
    pending = workspace.home / "erasures.json"
    for secret in ("ab" * 32, "cd" * 32):
        projects = {"default": {"secret": secret, "requests": [told | {"keys": [[["person"], "00" * 16, False]]}]}}
        workspace.erasures.erase(ANN, KEY, "so that there is a secret")
        pending.write_text(json.dumps({"format": 1, "projects": projects}))
        with pytest.raises(ConflictError, match="another secret"):
            workspace.erasures.finish(ANN)
    for text in (
        "{",
        "[]",
        '{"format": 2, "projects": {}}',
        '{"format": 1, "projects": {"default": {"requests": [1]}}}',
    ):
        pending.write_text(text)
        with pytest.raises(DamagedError, match="is damaged"):
            workspace.erasures.finish(ANN)
    assert pending.exists(), "it is not forgotten"
    workspace.database.close()


def test_backups_are_listed_for_admins_and_told_to_the_audit_trail(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    workspace = opened(tmp_path / "p")
    assert workspace.backups.list(ANN) == ()
    first = workspace.backups.back_up(ANN, tmp_path / "a")
    second = workspace.backups.back_up(ANN, tmp_path / "b")
    assert {each.folder for each in workspace.backups.list(ANN)} == {first.folder, second.folder}
    (newest, _) = workspace.audit.list(ANN, EventQuery(kind_prefix="backup."))
    assert (newest.kind, newest.subject, newest.actor) == ("backup.made", second.manifest.id, "ann")
    first.folder.rename(tmp_path / "gone")
    assert [each.folder for each in workspace.backups.list(ANN)] == [second.folder]
    with pytest.raises(ForbiddenError):
        workspace.backups.list(Caller("eve", role=Role.DEPLOYER))
    workspace.database.close()
