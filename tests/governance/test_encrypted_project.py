"""A whole project in an encrypted store: nothing planted is found in any file of its folder, and all of it works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.serving_process import serving
from tests.small_project import ANN, open_project, release, write_project
from tidemill.client import Client
from tidemill.core import DamagedError, KeySource, SystemClock, from_iso
from tidemill.feedback import NewLabel
from tidemill.serving import PredictionLog
from tidemill.serving.log_seal import LogSeal
from tidemill.storage.copies.backup import back_up
from tidemill.storage.copies.restoring import check_backup, restore
from tidemill.storage.encryption.key_file import KEYRING_FILE, open_home_keys
from tidemill.storage.encryption.master_key import make_key_file
from tidemill.storage.stores import Place, copy_store
from tidemill.tracking import NewRun
from tidemill.workspace import Workspace

#: In the rows, the request, a param's value, a tag, an error, a description, the payload of a job and an entity's key.
MARK = "Zanzibar"
N_ASKED = 40


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encrypted")
    make_key_file(folder / "keys" / "key")
    make_project(folder)
    (folder / "tidemill.toml").write_text('module = "parcels.py"\n[encryption]\nkey = {file = "keys/key"}\n')
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TIDEMILL_ENCRYPTION", f"file:{folder / 'keys' / 'key'}")
        live(folder)
    return folder


def make_project(folder: Path) -> None:
    write_project(folder)
    module = folder / "parcels.py"
    module.write_text(module.read_text().replace('"arrives late"', f'"arrives late in {MARK}"'))
    data = folder / "data" / "2013.csv"
    lines = data.read_text().splitlines()
    depots = {"A": f"{MARK} North", "B": f"{MARK} South", "C": f"{MARK} East"}
    rows = (line.split(",") for line in lines[1:])
    data.write_text("\n".join([lines[0], *(",".join([a, b, depots[c], d, e]) for a, b, c, d, e in rows)]) + "\n")


def live(folder: Path) -> None:
    """Ingest, train, deploy, predict, label, read the log, fail a run and queue a job."""
    workspace, released = release(folder)
    assert released.releases[0].revision is not None
    rows = [
        {"depot": f"{MARK} South", "weight": float(n), "sent_at": "2013-02-17T20:00:00Z", "parcel_id": f"{MARK}-{n}"}
        for n in range(N_ASKED)
    ]
    with serving(workspace.home, "late") as address, Client(address) as client:
        answers = client.predict("late", rows[:-1])
        answers += client.predict("late", rows[-1:])
    at = from_iso("2013-02-17T20:00:00.000000Z") + timedelta(days=1)
    workspace.logged.catch_up_all("default")
    workspace.feedback.record(ANN, [NewLabel(each.prediction_id, True, at) for each in answers[:30]])
    run = workspace.tracking.start_run(ANN, NewRun("trial", "trial"))
    workspace.tracking.set_tags(ANN, run.id, {"city": MARK})
    workspace.tracking.log_params(ANN, run.id, {"city": MARK})
    workspace.tracking.end_run(ANN, run.id, "failed", f"the depot {MARK} was closed")
    workspace.database.close()


@pytest.fixture
def opened(project: Path) -> Iterator[Workspace]:
    workspace, _ = open_project(project)
    yield workspace
    workspace.database.close()


def test_nothing_that_was_planted_is_found_in_any_file(project: Path) -> None:
    assert files_with(project / ".tidemill", MARK) == []
    kinds = {path.suffix for path in (project / ".tidemill").rglob("*") if path.is_file()}
    assert {".sealed", ".db", ".json", ".onnx", ".txt"} <= kinds, "something was not written at all"
    assert files_with(project / ".tidemill", "parcel_id") != [], "the scan finds what may stay: names of columns"


def test_what_was_written_can_be_read(opened: Workspace) -> None:
    found = opened.predictions.recent(ANN, "late", 100)
    assert len(found) == N_ASKED
    assert found[0].key == f"{MARK}-{N_ASKED - 1}"
    assert found[0].features["depot_load"] is not None
    assert opened.predictions.get(ANN, found[3].prediction_id) == found[3]
    why = opened.evidence.why(ANN, found[0].prediction_id)
    assert why is not None
    version = opened.datasets.get(ANN, "parcels@latest")
    assert MARK in opened.datasets.scan(version).collect()["depot"][0]
    assert opened.deployments.get(ANN, "late").description == f"arrives late in {MARK}"
    assert opened.feedback.summary(ANN, "late").n_labelled == 30


def test_the_collector_keeps_what_is_named_and_takes_the_rest(opened: Workspace) -> None:
    before = {each.digest for each in opened.blobs.list(limit=10_000)}
    stray = opened.blobs.put(b"nobody names this")
    for _ in range(2):
        opened.collector.collect(ANN, timedelta(0))
    after = {each.digest for each in opened.blobs.list(limit=10_000)}
    assert stray not in after
    assert after <= before
    for each in after:
        opened.blobs.get(each)
    test_what_was_written_can_be_read(opened)


def test_a_sealed_record_of_the_log_that_was_changed_or_moved_is_told_and_left_out(project: Path) -> None:
    keys = open_home_keys(project / ".tidemill", key_of(project))
    log = PredictionLog(project / ".tidemill" / "predictions", LogSeal(keys))
    assert log.damage("default", "late") == []
    folder = project / ".tidemill" / "predictions" / "default" / "late"
    (segment,) = folder.glob("*.sealed")
    moved = folder / segment.name.replace("w1-", "w7-")
    moved.write_bytes(segment.read_bytes())
    try:
        assert log.count("default", "late") == N_ASKED
        assert len(log.damage("default", "late")) > 0
    finally:
        moved.unlink()
    other = open_home_keys(*another_home(project))
    with pytest.raises(DamagedError, match="keyring lacks"):
        list(PredictionLog(project / ".tidemill" / "predictions", LogSeal(other)).scan("default", "late"))


def test_a_backup_is_sealed_checked_without_a_key_and_restored_with_it(project: Path, tmp_path: Path) -> None:
    made = back_up(project / ".tidemill", tmp_path / "backups", SystemClock().now(), link=False)
    again = back_up(project / ".tidemill", tmp_path / "backups", SystemClock().now(), link=False)
    assert again.n_new_blobs == 0
    assert files_with(tmp_path / "backups", MARK) == []
    for each in (made, again):
        report = check_backup(each.folder)
        assert report.sound, report.findings
    restore(made.folder, tmp_path / "restored")
    assert (tmp_path / "restored" / KEYRING_FILE).exists()
    workspace, _ = open_project(project, home=tmp_path / "restored")
    test_what_was_written_can_be_read(workspace)
    workspace.database.close()
    blob = next((again.folder / "blobs").glob("*/*"))
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    assert any("blob" in each for each in check_backup(again.folder).findings)


def test_a_copy_of_an_encrypted_store_has_a_key_of_its_own(project: Path, tmp_path: Path) -> None:
    make_key_file(tmp_path / "key")
    other = KeySource("file", (str(tmp_path / "key"),))
    source = Place(project / ".tidemill", key=key_of(project))
    with pytest.raises(Exception, match="--to-key"):
        copy_store(source, Place(tmp_path / "plain"), SystemClock())
    for _ in range(2):
        copied = copy_store(source, Place(tmp_path / "copy", key=other), SystemClock())
    assert copied.blobs.n_sent == 0
    assert files_with(tmp_path / "copy", MARK) == []
    (project / "tidemill.toml").rename(tmp_path / "toml")
    try:
        (project / "tidemill.toml").write_text(f'module = "parcels.py"\nencryption = "{other}"\n')
        workspace, _ = open_project(project, home=tmp_path / "copy")
        test_what_was_written_can_be_read(workspace)
        workspace.database.close()
    finally:
        (tmp_path / "toml").replace(project / "tidemill.toml")


@pytest.mark.long
def test_a_store_that_is_not_encrypted_is_copied_into_one_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    make_project(folder)
    live(folder)
    assert files_with(folder / ".tidemill", MARK) != []
    make_key_file(tmp_path / "key")
    source = KeySource("file", (str(tmp_path / "key"),))
    for _ in range(2):
        copy_store(Place(folder / ".tidemill"), Place(tmp_path / "copy", key=source), SystemClock())
    assert files_with(tmp_path / "copy", MARK) == []
    (folder / "tidemill.toml").write_text(f'module = "parcels.py"\nencryption = "{source}"\n')
    workspace, _ = open_project(folder, home=tmp_path / "copy")
    test_what_was_written_can_be_read(workspace)
    assert workspace.logged.catch_up("default", "late").n_rows == 0
    monkeypatch.setenv("TIDEMILL_ENCRYPTION", str(source))
    row = {"depot": f"{MARK} South", "weight": 1.0, "sent_at": "2013-02-17T20:00:00Z"}
    with serving(workspace.home, "late") as address, Client(address) as client:
        client.predict("late", [row])
    assert workspace.logged.catch_up("default", "late").n_rows == 1
    assert len(workspace.predictions.recent(ANN, "late", 100)) == N_ASKED + 1
    workspace.database.close()


def key_of(project: Path) -> KeySource:
    return KeySource("file", (str(project / "keys" / "key"),))


def another_home(project: Path) -> tuple[Path, KeySource]:
    home = project / "other"
    workspace, _ = open_project(project, home=home)
    workspace.database.close()
    return home, key_of(project)


def files_with(folder: Path, marker: str) -> list[str]:
    """Return the files that hold a text, as UTF-8 or UTF-16."""
    forms = [marker.encode(), marker.encode("utf-16-le")]
    files = (each for each in folder.rglob("*") if each.is_file())
    return sorted(str(each.relative_to(folder)) for each in files if any(form in each.read_bytes() for form in forms))
