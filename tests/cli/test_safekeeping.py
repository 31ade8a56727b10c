"""backup, restore, copy, migrate and verify, as a person types them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.test_commands import Done, as_json, tidemill
from tests.storage.small_store import small_store, state_of

DUMP = Path(__file__).parents[1] / "storage" / "store_0001.sql"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    small_store(tmp_path / ".tidemill").database.close()
    return tmp_path


def _refused(done: Done, *words: str) -> None:
    assert done.returncode in {1, 2}
    assert done.stderr.count("\n") == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_a_store_is_backed_up_checked_lost_and_restored(project: Path) -> None:
    done = tidemill(project, "backup", "kept")
    state = state_of(project / ".tidemill")
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 of them new" in done.stdout
    again = as_json(project, "backup", "kept")
    assert (again["n_blobs"], again["n_new_blobs"], again["tables"]["ingested_part"]) == (12, 0, 12)
    backup = Path(again["backup"])
    checked = tidemill(project, "verify", "--home", str(backup))
    assert checked.returncode == 0
    assert "sound: 13 events" in checked.stdout
    assert "files of the backup" in checked.stdout
    assert as_json(project, "verify", "--home", str(backup))["damaged"] == []
    _refused(tidemill(project, "runs", "--home", str(backup)), "is a backup", "tidemill restore")
    _refused(tidemill(project, "restore", "kept"), "is not empty", "--home")
    shutil.rmtree(project / ".tidemill")
    restored = tidemill(project, "restore", "kept")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert state_of(project / ".tidemill") == state
    assert "sound: 13 events" in tidemill(project, "verify").stdout
    (backup / "clock").write_bytes(b"other")
    damaged = tidemill(project, "verify", "--home", str(backup))
    assert damaged.returncode == 1
    assert "clock is damaged" in damaged.stdout
    _refused(tidemill(project, "restore", str(backup), "--home", "more"), "damaged")
    _refused(tidemill(project, "restore", "nowhere", "--home", "more"), "is not a backup")
    _refused(tidemill(project, "backup", ".tidemill/backups"), "lies in the store")


def test_a_store_is_copied_and_compared(project: Path) -> None:
    done = tidemill(project, "copy", ".tidemill", "other")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("other is equal to .tidemill\n")
    assert state_of(project / "other") == state_of(project / ".tidemill")
    again = as_json(project, "copy", ".tidemill", "other")
    assert (again["blobs"]["n_sent"], again["records"]["head"]["position"]) == (0, 12)
    (project / "other" / "copy-unfinished").touch()
    _refused(tidemill(project, "runs", "--home", "other"), "not finished", "tidemill copy")
    _refused(tidemill(project, "copy", "nowhere", "other"), "no store")
    _refused(tidemill(project, "copy", ".tidemill", "x", "--to-records", "gopher://x"), "URL")


def test_an_older_store_is_planned_rehearsed_and_migrated(tmp_path: Path) -> None:
    (tmp_path / ".tidemill").mkdir()
    with closing(sqlite3.connect(tmp_path / ".tidemill" / "records.db")) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
    plan = tidemill(tmp_path, "migrate", "--plan")
    assert plan.returncode == 0
    assert "records.db.0001.copy" in plan.stdout
    assert "0002       loop" in plan.stdout
    assert "thrown away" in tidemill(tmp_path, "migrate", "--dry-run").stdout
    assert as_json(tmp_path, "migrate", "--plan")["version"] == "0001"
    assert "the store went to schema" in tidemill(tmp_path, "migrate").stdout
    assert "nothing to do" in tidemill(tmp_path, "migrate").stdout
    _refused(tidemill(tmp_path, "migrate", "--plan", "--dry-run"), "one of them")
    _refused(tidemill(tmp_path, "migrate", "--home", "nowhere"), "no store")
    with closing(sqlite3.connect(tmp_path / ".tidemill" / "records.db")) as connection:
        connection.execute("UPDATE tidemill_migration SET version_num = '9999'")
        connection.commit()
    for command in ("migrate", "runs", "verify"):
        _refused(tidemill(tmp_path, command), "newer Tidemill", "pip install -U")
    error = json.loads(tidemill(tmp_path, "migrate", "--json").stderr)["error"]
    assert error["code"] == "conflict"
