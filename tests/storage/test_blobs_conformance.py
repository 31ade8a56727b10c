"""Every blob store against the one suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidemill.storage import BlobStore, LocalBlobs
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
