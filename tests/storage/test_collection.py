"""Collecting blobs: what goes, what stays and why, and nothing that anybody counts on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tidemill.core import NotFoundError, SystemClock, UsageError, digest_bytes, new_id
from tidemill.storage import InFlight, LocalBlobs, process_locks
from tidemill.storage.blobs import local_blobs
from tidemill.storage.blobs.aside import make_young
from tidemill.storage.blobs.collection import IN_FLIGHT, RESTING, YOUNG, BlobCollection, CollectedFolder, Share
from tidemill.storage.blobs.port import StoredBlob, all_blobs
from tidemill.storage.blobs.uploads import Uploads

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class House:
    """A folder of blobs, the names that records hold, and marks of work in flight."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "blobs"
        self.blobs = LocalBlobs(self.folder)
        self.named: dict[str, str] = {}
        self.in_flight = InFlight(folder / "in_flight")
        self.collection = BlobCollection(
            CollectedFolder(self.blobs), SystemClock(), self.references, self.in_flight.since
        )

    def references(self) -> Iterable[tuple[str, str]]:
        """Give what records name."""
        return list(self.named.items())

    def put(self, data: bytes, age: timedelta = 3 * DAY, owner: str = "") -> str:
        """Put bytes so long ago."""
        digest = self.blobs.put(data)
        self.age(self.folder / digest[:2] / digest[2:], age)
        if owner:
            self.named[digest] = owner
        return digest

    def age(self, file: Path, age: timedelta) -> None:
        """Make a file so old."""
        at = (SystemClock().now() - age).timestamp()
        os.utime(file, (at, at))

    def rest(self, by: timedelta = 2 * DAY) -> None:
        """Make everything that lies aside lie there for longer."""
        for folder in (self.folder / ".aside").iterdir():
            self.age(folder.rename(folder.with_name(new_id(SystemClock().now() - by))), by)
        for file in (self.folder / ".aside").glob("*/*"):
            self.age(file, by + 3 * DAY)

    def stored(self) -> set[str]:
        """Return what is in its place."""
        return {blob.digest for blob in all_blobs(self.blobs)}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty house."""
    return House(tmp_path)


def test_what_nobody_names_goes_in_two_steps_and_the_rest_stays(house: House) -> None:
    kept, young, gone = house.put(b"kept", owner="model late"), house.put(b"new", HOUR), house.put(b"garbage")
    plan = house.collection.plan()
    assert plan.kept == {"model late": Share(1, 4)}
    assert plan.spared == {YOUNG: Share(1, 3)}
    assert (plan.aside, plan.deleted) == (Share(1, 7), Share())
    assert house.stored() == {kept, young, gone}, "a plan changes nothing"
    assert house.collection.collect().aside == Share(1, 7)
    assert house.stored() == {kept, young}
    assert house.collection.collect().spared[RESTING] == Share(1, 7)
    house.rest()
    assert house.collection.plan().deleted == Share(1, 7)
    assert house.collection.collect().deleted == Share(1, 7)
    assert not (house.folder / ".aside").exists()
    assert house.collection.collect().deleted == Share(), "repeating it changes nothing"
    with pytest.raises(NotFoundError):
        house.blobs.get(gone)


@pytest.mark.parametrize("way", ["put", "put_file", "get", "open", "has", "path"])
def test_whoever_asks_for_a_blob_that_lies_aside_has_it_back(house: House, tmp_path: Path, way: str) -> None:
    digest = house.put(b"wanted")
    house.collection.collect()
    assert house.stored() == set()
    (tmp_path / "file").write_bytes(b"wanted")
    if way == "put":
        house.blobs.put(b"wanted")
    elif way == "put_file":
        house.blobs.put_file(tmp_path / "file")
    elif way == "open":
        house.blobs.open(digest).close()
    else:
        getattr(house.blobs, way)(digest)
    assert house.stored() == {digest}
    assert house.blobs.get(digest) == b"wanted"
    assert house.collection.plan().spared == {YOUNG: Share(1, 6)}, "and it is as young as a new one"


def test_a_put_of_bytes_that_are_there_makes_them_young(house: House) -> None:
    digest = house.put(b"again")
    house.blobs.put(b"again")
    house.collection.collect()
    assert house.stored() == {digest}


def test_a_put_between_the_look_at_the_age_and_the_rename_is_seen_after_it(house: House) -> None:
    digest = house.put(b"again")
    look = house.blobs.list

    def list_and_then_put(after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        found = look(after, limit)
        make_young(house.folder / digest[:2] / digest[2:])  # what a put does to bytes that are there
        return found

    house.blobs.list = list_and_then_put  # type: ignore[method-assign]
    house.collection.collect()
    assert (house.folder / digest[:2] / digest[2:]).is_file()


def test_a_put_looks_again_whether_the_blob_it_found_is_in_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = house.put(b"again")

    def touched_and_set_aside(path: Path) -> None:
        make_young(path)
        monkeypatch.setattr(local_blobs, "make_young", make_young)
        house.blobs.aside.set_aside(digest, new_id())

    monkeypatch.setattr(local_blobs, "make_young", touched_and_set_aside)
    house.blobs.put(b"again")
    assert house.stored() == {digest}


def test_a_record_that_came_after_the_look_takes_its_blob_back(house: House) -> None:
    digest = house.put(b"late")
    asked: list[int] = []

    def references() -> Iterable[tuple[str, str]]:
        asked.append(1)
        return [(digest, "run")] if len(asked) > 1 else []

    collection = BlobCollection(CollectedFolder(house.blobs), SystemClock(), references, house.in_flight.since)
    collection.collect(timedelta(0))
    assert house.stored() == {digest}


def test_what_was_set_aside_while_work_is_in_flight_is_not_deleted(house: House) -> None:
    digest = house.put(b"reused by a step that is running")
    with house.in_flight.mark():
        house.collection.collect(timedelta(0))
        assert (house.stored(), len(list(house.blobs.aside.list()))) == (set(), 1)
        house.collection.collect(timedelta(0))
        assert house.blobs.has(digest)


def test_what_was_put_since_work_began_that_is_in_flight_is_left_alone(house: House) -> None:
    with house.in_flight.mark():
        digest = house.put(b"just put", timedelta(seconds=-1))
        house.age(house.folder / digest[:2] / digest[2:], timedelta(0))
        found = house.collection.collect(timedelta(0))
    assert house.stored() == {digest}
    assert found.spared.keys() <= {YOUNG, IN_FLIGHT}


def test_half_written_files_of_the_dead_go_and_those_of_the_living_stay(house: House) -> None:
    dead, living = house.folder / f".{new_id()}.part", house.folder / f".{new_id()}.part"
    dead.write_bytes(b"half")
    living.write_bytes(b"half")
    house.age(dead, 2 * DAY)
    assert house.collection.collect(timedelta(0)).n_torn == 1
    assert (dead.exists(), living.exists()) == (False, True)


def test_what_was_looked_for_while_a_collection_set_it_aside_is_not_deleted(house: House) -> None:
    """The collection began before the work, and set the blob aside after the work had looked for it."""
    digest, mark = house.put(b"looked for"), new_id()
    time.sleep(0.01)
    with house.in_flight.mark():
        assert house.blobs.has(digest)
        time.sleep(0.02)  # a folder's own stamp may lag some milliseconds behind
        house.blobs.aside.set_aside(digest, mark)
        house.collection.collect(timedelta(0))
        assert house.blobs.get(digest) == b"looked for"


def test_uploads_in_pieces_are_left_alone_and_their_blobs_are_young_when_they_are_finished(house: House) -> None:
    uploads = Uploads(house.folder, house.blobs)
    upload = uploads.begin("default")
    uploads.append("default", upload, 0, b"long ago")
    for file in (house.folder / ".uploads").glob("*/*"):
        house.age(file, 3 * DAY)
    house.collection.collect(timedelta(0))
    digest = uploads.finish("default", upload, digest_bytes(b"long ago")).digest
    assert house.collection.plan().spared == {YOUNG: Share(1, 8)}
    assert house.stored() == {digest}


def test_ten_thousand_blobs_are_looked_at_quickly_and_a_wrong_grace_is_refused(house: House) -> None:
    with pytest.raises(UsageError, match="0s to 36500d"):
        house.collection.plan(timedelta(seconds=-1))
    house.blobs.delete(digest_bytes(b"never there"))
    house.blobs.delete(house.put(b"there"))
    assert house.stored() == set()


def test_in_flight_begins_with_the_oldest_mark(tmp_path: Path) -> None:
    marks, now = InFlight(tmp_path), datetime.now().astimezone()
    assert marks.since(now) == now
    with marks.mark():
        first = marks.since(now + DAY)
        with InFlight(tmp_path).mark():
            assert marks.since(now + DAY) == first
    assert marks.since(now + DAY) == now + DAY


def test_a_mark_is_seen_though_somebody_asked_for_it_in_the_moment_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = process_locks._try_lock
    asked: list[int] = []

    def asked_by_another_before(descriptor: int) -> None:
        if len(asked) < 3:
            asked.append(descriptor)
            raise BlockingIOError
        lock(descriptor)

    monkeypatch.setattr(process_locks, "_try_lock", asked_by_another_before)
    now = SystemClock().now()
    with InFlight(tmp_path).mark():
        monkeypatch.setattr(process_locks, "_try_lock", lock)
        assert len(asked) == 3
        assert InFlight(tmp_path).since(now + DAY) < now + HOUR
