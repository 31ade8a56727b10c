"""Every blob store against the one suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.object_store import FaultProxy
from tidemill.storage import BlobStore, CachedBlobs, LocalBlobs, open_blobs
from tidemill.testing import BlobsConformance


class TestLocalBlobs(BlobsConformance):
    seekable = True

    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        return LocalBlobs(tmp_path / "blobs")

    def spoil(self, store: BlobStore, digest: str, data: bytes) -> None:
        assert isinstance(store, LocalBlobs)
        file = store.path(digest)
        file.chmod(0o600)
        file.write_bytes(data)


class TestObjectBlobs(BlobsConformance):
    """On the S3 endpoint itself."""

    @pytest.fixture
    def store(self, s3_url: str, tmp_path: Path) -> BlobStore:
        return open_blobs(s3_url, tmp_path / "cache")

    def spoil(self, store: BlobStore, digest: str, data: bytes) -> None:
        raw = bucket_of(store)
        raw.put(digest, data)


@pytest.mark.long
class TestObjectBlobsBehindFaults(TestObjectBlobs):
    """Where of a hundred requests fifteen are refused, cut off or answered by half."""

    @pytest.fixture
    def store(self, s3_url: str, s3_endpoint: str, tmp_path: Path) -> Iterator[BlobStore]:
        with FaultProxy(s3_endpoint) as proxy:
            yield open_blobs(s3_url.replace(s3_endpoint, proxy.address), tmp_path / "cache")


def bucket_of(store: BlobStore) -> Any:
    """Return obstore's own view of a store's bucket."""
    assert isinstance(store, CachedBlobs)
    return store.store._bucket._store  # type: ignore[attr-defined]  # past the port on purpose
