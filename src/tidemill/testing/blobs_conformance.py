"""What every blob store promises, as tests: subclass it under pytest and fill in `store` and `spoil`."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tidemill.core import DamagedError, NotFoundError, UsageError, digest_bytes
from tidemill.storage import BlobStore

_SIZES = (0, 1, 65_536, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 9_000_000)
_NO_DIGESTS = ("", "..", "../../etc/passwd", "A" * 64, "a" * 63, "/" + "a" * 63, "a" * 63 + "\0", "a" * 64 + "\n")


class BlobsConformance:
    """The suite. A test gets an empty store, and may leave blobs in it."""

    #: Whether `open` gives a stream that can be sought.
    seekable = False

    @pytest.fixture
    def store(self) -> BlobStore:
        """Return an empty store."""
        raise NotImplementedError

    def spoil(self, store: BlobStore, digest: str, data: bytes) -> None:
        """Put other bytes in the place of a blob's, past the port."""
        raise NotImplementedError

    @pytest.mark.parametrize("size", _SIZES)
    def test_bytes_come_back_under_their_digest(self, store: BlobStore, size: int) -> None:
        data = os.urandom(size)
        digest = store.put(data)
        assert digest == digest_bytes(data)
        assert store.get(digest) == data
        with store.open(digest) as stream:
            assert stream.read() == data
        assert store.has(digest)

    def test_streams_come_back_piece_by_piece(self, store: BlobStore) -> None:
        data = os.urandom(3_000_001)
        kept = store.put_stream(io.BytesIO(data))
        assert (kept.digest, kept.size) == (digest_bytes(data), len(data))
        with store.open(kept.digest) as stream:
            assert b"".join(iter(lambda: stream.read(70_000), b"")) == data
            assert stream.seekable() == self.seekable

    @pytest.mark.parametrize("told", [True, False])
    def test_iterables_and_files_are_stored_as_their_bytes(self, store: BlobStore, tmp_path: Path, told: bool) -> None:
        data = os.urandom(20_000_003)
        digest = digest_bytes(data)
        pieces = (data[start : start + 3_333_333] for start in range(0, len(data), 3_333_333))
        assert store.put_stream(pieces, digest if told else None).digest == digest
        assert store.get(digest) == data
        (tmp_path / "file").write_bytes(data[1:])
        assert store.put_file(tmp_path / "file") == digest_bytes(data[1:])
        assert store.get(digest_bytes(data[1:])) == data[1:]
        assert len(store.list()) == 2

    @pytest.mark.parametrize("size", [100, 20_000_000])
    def test_bytes_of_another_digest_are_refused_and_not_kept(self, store: BlobStore, size: int) -> None:
        with pytest.raises(DamagedError, match="nothing was kept"):
            store.put_stream([bytes(size)], digest_bytes(b"other"))
        assert not store.list()

    @pytest.mark.parametrize("told", [True, False])
    def test_a_stream_that_breaks_leaves_nothing(self, store: BlobStore, told: bool) -> None:
        digest = digest_bytes(bytes(20_000_000))
        with pytest.raises(ConnectionError, match="gone"):
            store.put_stream(_broken(), digest if told else None)
        assert not store.list()
        assert not store.has(digest)

    @pytest.mark.parametrize("damage", [b"", b"other one", b"tide mill, longer", b"tide mil"])
    def test_changed_bytes_are_found_by_every_way_of_reading(self, store: BlobStore, damage: bytes) -> None:
        digest = store.put(b"tide mill")
        self.spoil(store, digest, damage)
        with pytest.raises(DamagedError, match=digest[:12]):
            store.get(digest)
        with pytest.raises(DamagedError, match=digest[:12]), store.open(digest) as stream:
            stream.read()

    def test_a_flipped_bit_is_found_before_a_stream_ends(self, store: BlobStore) -> None:
        data = bytearray(os.urandom(5_000_000))
        digest = store.put(bytes(data))
        data[17] ^= 1
        self.spoil(store, digest, bytes(data))
        assert 0 <= _read_until_damage(store, digest) < len(data)

    def test_storing_again_mends_a_blob_that_was_cut(self, store: BlobStore) -> None:
        digest = store.put(b"tide mill")
        self.spoil(store, digest, b"tide")
        assert store.put(b"tide mill") == digest
        assert store.get(digest) == b"tide mill"

    @pytest.mark.parametrize("name", _NO_DIGESTS)
    def test_only_digests_name_blobs(self, store: BlobStore, name: str) -> None:
        for call in (store.get, store.open, store.has, store.delete):
            with pytest.raises(UsageError, match="64 hex digits"):
                call(name)
        with pytest.raises(UsageError, match="64 hex digits"):
            store.put_stream([b""], name)

    def test_a_missing_blob_is_said_to_be_missing(self, store: BlobStore) -> None:
        assert not store.has("0" * 64)
        assert not store.delete("0" * 64)
        for read in (store.get, store.open):
            with pytest.raises(NotFoundError, match="not in the store"):
                read("0" * 64)

    def test_lists_are_whole_ordered_and_in_pages(self, store: BlobStore) -> None:
        sizes = {store.put(f"blob {n}".encode() * n): len(f"blob {n}") * n for n in range(25)}
        pages, after = [], ""
        while page := store.list(after, 7):
            pages.append(len(page))
            for blob in page:
                assert sizes.pop(blob.digest) == blob.size
                assert abs(blob.stored_at - datetime.now(UTC)) < timedelta(minutes=5)
                after = blob.digest
        assert pages == [7, 7, 7, 4]
        assert not sizes

    def test_deleting_takes_what_was_stored_before(self, store: BlobStore) -> None:
        digest = store.put(b"old")
        assert not store.delete(digest, datetime.now(UTC) - timedelta(hours=1))
        assert store.get(digest) == b"old"
        assert store.delete(digest, datetime.now(UTC) + timedelta(hours=1))
        assert not store.delete(digest)
        assert not store.has(digest)
        assert store.put(b"old") == digest
        assert store.get(digest) == b"old"

    def test_threads_may_store_the_same_bytes_at_once(self, store: BlobStore) -> None:
        data = b"same" * 50_000
        threads = [threading.Thread(target=store.put, args=(data,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.get(digest_bytes(data)) == data
        assert [blob.digest for blob in store.list()] == [digest_bytes(data)]


def _read_until_damage(store: BlobStore, digest: str) -> int:
    """Return how many bytes were given out before the damage was told, -1 when it never was."""
    n_read = 0
    try:
        with store.open(digest) as stream:
            while piece := stream.read(100_000):
                n_read += len(piece)
    except DamagedError:
        return n_read
    return -1


def _broken() -> Iterator[bytes]:
    for _ in range(12):
        yield bytes(1 << 20)
    raise ConnectionError("the sender is gone")
