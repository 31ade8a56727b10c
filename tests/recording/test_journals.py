"""Journals as files: damaged ones are read as far as they can be, full disks lose nothing that they can hold."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.disks import grow_disk, small_disk
from tests.recording.stored import Stored
from tidemill.core import new_id
from tidemill.recording.entries import BEGIN, FINISH, PARAMS
from tidemill.recording.frames import Scan, frame
from tidemill.recording.journal import Journal
from tidemill.recording.left_journals import journal_name

N_POINTS = 300


def write_journal(folder: Path, run_id: str, url: str = "") -> Path:
    """Write a journal of a run from its beginning to its end, of a process that is gone."""
    journal_id = new_id()
    name = journal_name(run_id, journal_id, owner=True)
    header = {"version": 1, "journal": journal_id, "name": name, "run": run_id, "owner": True, "url": url}
    journal = Journal(folder, header, print)
    journal.append(BEGIN, {"experiment": "fuzz", "name": "fuzz", "at": 1})
    journal.append(PARAMS, {"depth": "3"})
    for step in range(N_POINTS):
        journal.point(b"loss", step, step / 7, step)
    journal.append(FINISH, {"status": "finished", "at": 2, "error": None})
    journal.close()
    return journal.path


@given(st.lists(st.one_of(st.binary(max_size=40).map(frame), st.binary(max_size=30)), max_size=30), st.data())
@settings(max_examples=40, deadline=None)
def test_frames_are_found_among_damage_however_they_are_cut(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    scan = Scan(whole, 0, ended=True)
    found = [body for _, body in scan.frames()]
    assert scan.position == len(whole)
    assert scan.n_damaged <= len(whole)
    # Read in pieces, from wherever the last one ended, it is the same.
    position, again = 0, []
    while position < len(whole):
        end = data.draw(st.integers(position + 1, len(whole)))
        part = Scan(whole[position:end], position, ended=end == len(whole))
        again += [body for _, body in part.frames()]
        position = part.position if part.position > position or end == len(whole) else position
        if end == len(whole):
            break
    assert again == found


@pytest.mark.parametrize("n_trials", [20, pytest.param(2000, marks=pytest.mark.long)])
def test_a_damaged_journal_brings_what_is_whole(n_trials: int, stored: Stored) -> None:
    chance = random.Random(n_trials)
    for _ in range(n_trials):
        run_id = new_id()
        path = write_journal(stored.home / "journals", run_id)
        data = bytearray(path.read_bytes())
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        for _ in range(chance.choice([0, 1, 5])):
            if data:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        report = stored.sync()
        assert report.waiting == {} or all("There is no run" in why for why in report.waiting.values())
        for left in (stored.home / "journals").glob("*.journal"):
            left.unlink()  # what begins the run was hit, so its points belong to nothing
        if report.n_journals:
            points = stored.points(run_id, "loss")
            assert all(point.value == point.step / 7 for point in points)
            assert len(points) >= report.n_points - 1


def test_one_flipped_byte_costs_one_entry_and_is_told(stored: Stored) -> None:
    run_id = new_id()
    path = write_journal(stored.home / "journals", run_id)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    report = stored.sync()
    assert report.n_points == N_POINTS - 1
    assert len(report.said) == 1
    assert "are damaged and were passed over" in report.said[0]
    assert stored.run(run_id).run.status == "finished"


def test_what_has_no_header_is_put_aside_and_told(stored: Stored) -> None:
    folder = stored.home / "journals"
    folder.mkdir(parents=True)
    (folder / f"{new_id()}-begin-x.journal").write_bytes(b"no journal at all")
    (folder / f"{new_id()}-begin-y.journal").write_bytes(bytes(65536))
    report = stored.sync()
    assert len(report.said) == 1
    assert [name.rpartition(".")[2] for name in stored.waiting()] == ["damaged"]
    assert stored.sync().said == []


def test_a_full_disk_is_said_once_and_nothing_is_lost_that_memory_holds(tmp_path: Path) -> None:
    said: list[str] = []
    disk = tmp_path / "disk"
    with small_disk(disk, 256 << 10):
        (disk / "ballast").write_bytes(bytes(96 << 10))
        journal = Journal(disk / "journals", {"journal": "j", "name": "j", "run": "r", "version": 1}, said.append)
        for step in range(20_000):
            journal.point(b"loss", step, 0.5, step)
        assert journal.is_held_up
        assert len(said) == 1
        assert "No space left" in said[0]
        journal.relieve()
        assert journal.is_held_up
        grow_disk(disk, 32 << 20)
        journal.relieve()
        assert said[-1].endswith("again, and nothing was lost")
        journal.point(b"loss", 20_000, 0.5, 1)
        journal.close()
        frames = list(Scan(journal.path.read_bytes(), 0, ended=True).frames())
        assert len(frames) == 20_002


def test_what_memory_cannot_hold_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidemill.recording.journal.MOST_HELD_BYTES", 10_000)
    said: list[str] = []
    disk = tmp_path / "disk"
    with small_disk(disk, 128 << 10):
        journal = Journal(disk / "journals", {"journal": "j", "name": "j", "run": "r", "version": 1}, said.append)
        for step in range(20_000):
            journal.point(b"loss", step, 0.5, step)
        assert journal.n_lost > 10_000
        grow_disk(disk, 32 << 20)
        journal.relieve()
        assert [
            word in line for word, line in zip(("No space left", "are lost", "entries were lost"), said, strict=True)
        ]
        journal.close()
