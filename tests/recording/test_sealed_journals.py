"""Journals of an encrypted store hold nothing in clear that was logged, and are brought by who has the key alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tidemill.recording as tm
from tests.recording.stored import ANN
from tidemill.core import KeySource, Settings, SystemClock, load_settings
from tidemill.recording.destinations import Target
from tidemill.recording.journal_reader import JournalReader
from tidemill.recording.recorder import PROCESS
from tidemill.storage import InFlight
from tidemill.storage.encryption.master_key import make_key_file
from tidemill.storage.stores import Place, open_store
from tidemill.tracking import Artifacts, Tracking

SECRET = "Rumpelstiltskin"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    make_key_file(tmp_path / "key")
    monkeypatch.setenv("TIDEMILL_ENCRYPTION", f"file:{tmp_path / 'key'}")
    return load_settings(tmp_path, home=tmp_path / "home")


def _log(home: Path, source: Path) -> tm.ActiveRun:
    source.write_text(f"{SECRET} {SECRET}")
    run = tm.run("sealed", home=home, capture=True, system_metrics=False, params={"name": SECRET})
    for step in range(300):
        run.log_metric(SECRET, step / 7)
    run.log_content("notes.txt", f"it is {SECRET}".encode)
    run.log_artifact(source)
    return run


def _bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_nothing_that_is_logged_lies_in_clear_and_all_of_it_arrives(settings: Settings, tmp_path: Path) -> None:
    run = _log(settings.home, tmp_path / "told.txt")
    journals = settings.home / "journals"
    waiting = _bytes_of(journals)
    assert run.id.encode() in waiting, "the header says whose journal it is"
    assert SECRET.encode() not in waiting
    PROCESS.leave(Target(settings))  # as when its process was killed
    run.finish(within_s=0)

    without = replace(settings, encryption=KeySource())
    report = tm.sync(without)
    assert report.n_journals == 0
    assert all("key" in why for why in report.waiting.values()), report.waiting
    assert len(report.waiting) >= 1
    assert SECRET.encode() not in _bytes_of(settings.home), "nor does it elsewhere in the store"
    done = tm.sync(settings)
    assert (done.runs, done.waiting, done.said) == ([run.id], {}, [])
    assert list(journals.glob("*.journal")) == []

    store = open_store(Place(settings.home, key=settings.encryption), SystemClock())
    detail = Tracking(store.database).get_run(ANN, run.id)
    assert detail.params["name"] == SECRET
    assert detail.metrics[SECRET].step == 299
    assert "tidemill.command" in detail.tags
    artifacts = Artifacts(store.database, store.blobs, InFlight(settings.home / "in_flight"))
    for path, content in (("notes.txt", f"it is {SECRET}"), ("told.txt", f"{SECRET} {SECRET}")):
        with artifacts.open(ANN, run.id, path) as file:
            assert file.read().decode() == content
    store.database.close()


def test_an_entry_that_was_changed_is_damage_and_costs_itself_alone(settings: Settings, tmp_path: Path) -> None:
    run = _log(settings.home, tmp_path / "told.txt")
    journal = run.writer.journal
    assert journal is not None
    PROCESS.leave(Target(settings))
    reader = JournalReader(journal.path)
    assert sum(len(piece.points) for piece in reader.pieces(0)) == 0, "without its key it tells nothing"
    assert sum(piece.n_damaged for piece in reader.pieces(0)) > 300 * 33


def test_without_the_key_nothing_is_written_in_clear_and_one_line_says_so(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    open_store(Place(settings.home, key=settings.encryption), SystemClock()).database.close()
    monkeypatch.delenv("TIDEMILL_ENCRYPTION")
    run = _log(settings.home, tmp_path / "told.txt")
    run.finish()
    assert not list((settings.home / "journals").glob("*"))
    assert "is encrypted and no key is given" in caplog.text
