"""Encrypted blobs: the suite of all blob stores, and every kind of tampering."""

from __future__ import annotations

import io
import os
import secrets
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tidemill.core import DamagedError, digest_bytes
from tidemill.storage import BlobStore
from tidemill.storage.blobs.blob_place import parse_place
from tidemill.storage.blobs.bucket import Bucket
from tidemill.storage.blobs.uploads import Uploads
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.encrypted_blobs import EncryptedBlobs
from tidemill.storage.encryption.keyring import new_keyring
from tidemill.storage.encryption.sealed_places import SealedBucket, SealedFolder
from tidemill.storage.encryption.sealed_stream import HEADER_BYTES, PLAIN_BYTES, plain_size, sealed_size
from tidemill.testing import BlobsConformance

AT = "2026-01-01T00:00:00.000000Z"
PIECE = PLAIN_BYTES + 16


def some_keys() -> DataKeys:
    master = secrets.token_bytes(32)
    return DataKeys(new_keyring(master, AT), master, ())


class TestEncryptedFolder(BlobsConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        return EncryptedBlobs(SealedFolder(tmp_path / "blobs"), some_keys())

    def spoil(self, store: BlobStore, digest: str, data: bytes) -> None:
        assert isinstance(store, EncryptedBlobs)
        write(file_of(store, digest), data)


class TestEncryptedBucket(BlobsConformance):
    @pytest.fixture
    def store(self, s3_url: str) -> BlobStore:
        return EncryptedBlobs(SealedBucket(Bucket(parse_place(s3_url))), some_keys())

    def spoil(self, store: BlobStore, digest: str, data: bytes) -> None:
        assert isinstance(store, EncryptedBlobs)
        assert isinstance(store.place, SealedBucket)
        store.place._bucket.put(store.name(digest), data)  # past the port on purpose


@pytest.fixture
def store(tmp_path: Path) -> EncryptedBlobs:
    return EncryptedBlobs(SealedFolder(tmp_path / "blobs"), some_keys())


def test_neither_bytes_nor_digests_are_on_the_disk(store: EncryptedBlobs, tmp_path: Path) -> None:
    data = b"planted marker " * 200_000
    digest = store.put(data)
    store.put_stream(io.BytesIO(data + b"x"))
    for file in (each for each in tmp_path.rglob("*") if each.is_file()):
        assert b"planted" not in file.read_bytes()
        assert digest[:16] not in str(file)
        assert digest[16:32] not in str(file)
    assert store.digest(store.name(digest)) == digest


def test_what_is_on_its_way_is_sealed_before_it_touches_the_disk(store: EncryptedBlobs, tmp_path: Path) -> None:
    seen: list[int] = []

    def pieces() -> Any:
        for _ in range(40):
            yield b"planted marker " * 100_000
            seen.extend(each.stat().st_size for each in tmp_path.rglob("*.part"))
            for part in tmp_path.rglob("*.part"):
                assert b"planted" not in part.read_bytes()

    store.put_stream(pieces())
    assert max(seen) > 10 * PLAIN_BYTES, "nothing was written while the stream came"


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"\0",
        lambda raw: raw[:HEADER_BYTES] + raw[HEADER_BYTES + PIECE :],
        lambda raw: raw[: HEADER_BYTES + 2 * PIECE],
        lambda raw: raw[:HEADER_BYTES],
        lambda raw: raw[: HEADER_BYTES - 1],
        lambda raw: raw[:HEADER_BYTES] + raw[HEADER_BYTES + PIECE :] + raw[HEADER_BYTES : HEADER_BYTES + PIECE],
        lambda raw: (
            raw[:HEADER_BYTES]
            + raw[HEADER_BYTES + PIECE : HEADER_BYTES + 2 * PIECE]
            + raw[HEADER_BYTES : HEADER_BYTES + PIECE]
            + raw[HEADER_BYTES + 2 * PIECE :]
        ),
        lambda raw: raw[: HEADER_BYTES + PIECE] + raw[HEADER_BYTES:],
        lambda raw: raw[:0] + b"tide mill, as it was before",
        lambda raw: raw[:0],
    ],
    ids=(
        "cut",
        "longer",
        "without-first",
        "without-last",
        "header",
        "half-header",
        "rotated",
        "swapped",
        "repeated",
        "plain",
        "empty",
    ),
)
def test_pieces_cannot_be_cut_moved_left_out_or_repeated(store: EncryptedBlobs, change: Any) -> None:
    digest = store.put(os.urandom(2 * PLAIN_BYTES + 100))
    file = file_of(store, digest)
    write(file, change(file.read_bytes()))
    refuses(store, digest)


def test_any_flipped_bit_is_found(store: EncryptedBlobs) -> None:
    digest = store.put(os.urandom(PLAIN_BYTES + 1000))
    file = file_of(store, digest)
    raw = file.read_bytes()
    places = [*range(HEADER_BYTES + 2), *(secrets.randbelow(len(raw)) for _ in range(30)), len(raw) - 1]
    for at in places:
        damaged = bytearray(raw)
        damaged[at] ^= 1 << secrets.randbelow(8)
        write(file, bytes(damaged))
        refuses(store, digest)
    write(file, raw)
    assert digest_bytes(store.get(digest)) == digest


def test_two_blobs_cannot_take_each_others_place(store: EncryptedBlobs) -> None:
    first, second = store.put(b"a" * 1000), store.put(b"b" * 1000)
    files = file_of(store, first), file_of(store, second)
    contents = [file.read_bytes() for file in files]
    write(files[0], contents[1])
    write(files[1], contents[0])
    refuses(store, first)
    refuses(store, second)


def test_another_stores_keys_open_nothing(store: EncryptedBlobs) -> None:
    digest = store.put(b"tide")
    other = EncryptedBlobs(store.place, some_keys())
    assert not other.has(digest)
    assert isinstance(store.place, SealedFolder)
    with pytest.raises(DamagedError, match="keyring lacks"):
        other.get(other.digest(store.name(digest)))


def test_uploads_in_pieces_lie_sealed(store: EncryptedBlobs, tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", store)
    upload_id = uploads.begin("default")
    pieces = [b"planted marker " * 50_000, b"another marker " * 50_000]
    at = 0
    for piece in pieces:
        at = uploads.append("default", upload_id, at, piece)
        assert not any(b"marker" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    kept = uploads.finish("default", upload_id, digest_bytes(b"".join(pieces)))
    assert store.get(kept.digest) == b"".join(pieces)
    assert not any(b"marker" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_memory_is_bounded_both_ways(store: EncryptedBlobs) -> None:
    tracemalloc.start()
    try:
        kept = store.put_stream(bytes(1 << 20) for _ in range(100))
        with store.open(kept.digest) as stream:
            while stream.read(1 << 20):
                continue
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept.size == 100 << 20
    assert peak < 16 << 20


@pytest.mark.parametrize("n_bytes", [0, 1, PLAIN_BYTES - 1, PLAIN_BYTES, PLAIN_BYTES + 1, 3 * PLAIN_BYTES])
def test_sizes_are_told_by_the_sealed_size_alone(store: EncryptedBlobs, n_bytes: int) -> None:
    digest = store.put(bytes(n_bytes))
    assert file_of(store, digest).stat().st_size == sealed_size(n_bytes)
    assert plain_size(sealed_size(n_bytes)) == n_bytes
    assert [each.size for each in store.list()] == [n_bytes]


def file_of(store: EncryptedBlobs, digest: str) -> Path:
    assert isinstance(store.place, SealedFolder)
    name = store.name(digest)
    return store.place.folder / name[:2] / name[2:]


def write(file: Path, data: bytes) -> None:
    file.chmod(0o600)
    file.write_bytes(data)


def refuses(store: EncryptedBlobs, digest: str) -> None:
    with pytest.raises(DamagedError, match=digest[:12]):
        store.get(digest)
    with pytest.raises(DamagedError, match=digest[:12]), store.open(digest) as stream:
        stream.read()
