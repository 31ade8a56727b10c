"""Blobs and online values: content addresses, damage, names that are none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import DamagedError, NotFoundError, UsageError, digest_bytes
from tidemill.storage import LocalBlobs, SqliteKeyValue


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> LocalBlobs:
    return LocalBlobs(tmp_path_factory.mktemp("blobs"))


@given(data=st.binary(max_size=300))
def test_bytes_come_back_under_their_digest(blobs: LocalBlobs, data: bytes) -> None:
    digest = blobs.put(data)
    assert digest == digest_bytes(data)
    assert blobs.get(digest) == data
    with blobs.open(digest) as file:
        assert file.read() == data


def test_a_file_is_stored_as_its_bytes(blobs: LocalBlobs, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"x" * 3_000_000)
    assert blobs.put_file(file) == blobs.put(file.read_bytes())
    assert blobs.path(blobs.put_file(file)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("damage", [b"", b"other", b"tide mill, longer"])
def test_changed_bytes_are_found_by_every_way_of_reading(tmp_path: Path, damage: bytes) -> None:
    blobs = LocalBlobs(tmp_path)
    digest = blobs.put(b"tide mill")
    file = blobs.path(digest)
    file.chmod(0o600)
    file.write_bytes(damage)
    for read in (blobs.get, blobs.open, blobs.path):
        with pytest.raises(DamagedError, match=digest[:12]):
            read(digest)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "/" + "a" * 63, "a" * 63 + "\0"])
def test_only_digests_name_blobs(blobs: LocalBlobs, name: str) -> None:
    with pytest.raises(UsageError, match="64 hex digits"):
        blobs.get(name)


def test_a_missing_blob_is_said_to_be_missing(blobs: LocalBlobs) -> None:
    assert not blobs.has("0" * 64)
    with pytest.raises(NotFoundError, match="not in the store"):
        blobs.get("0" * 64)


def test_threads_may_store_the_same_bytes_at_once(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    threads = [threading.Thread(target=blobs.put, args=(b"same" * 1000,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blobs.get(digest_bytes(b"same" * 1000)) == b"same" * 1000
    assert not list(tmp_path.glob(".*.part"))


def test_online_values_are_replaced_counted_and_cleared(tmp_path: Path) -> None:
    store = SqliteKeyValue(tmp_path / "online.db")
    keys = [f"k{n}" for n in range(1200)]
    assert store.put_many("a", [(key, key.encode()) for key in keys]) == 1200
    store.put_many("b", [("k0", b"b")])
    store.put_many("a", [("k0", b"new")])
    assert store.get_many("a", ["k0", "missing", "k1199", "k0"]) == [b"new", None, b"k1199", b"new"]
    assert store.get_many("a", keys)[5] == b"k5"
    store.clear("a")
    assert (store.count("a"), store.count("b")) == (0, 1)
