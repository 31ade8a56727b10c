"""Uploads straight into a bucket: checked before they are blobs, and through the server where there is no such way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.object_store import FaultProxy
from tests.server.running import server
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import Settings, digest_bytes
from tidemill.storage.blob_urls import objects_of
from tidemill.workspace import Workspace


@pytest.fixture
def bucket(s3_url: str, s3_endpoint: str, tmp_path: Path) -> Iterator[tuple[Workspace, FaultProxy]]:
    """A store in a bucket, which clients and server reach by one address."""
    with FaultProxy(s3_endpoint, share=0) as proxy:
        url = s3_url.replace(s3_endpoint, proxy.address)
        opened = open_workspace(tmp_path, Settings(home=tmp_path / "home", blobs=url))
        yield opened, proxy
        opened.database.close()


def test_a_file_goes_straight_into_the_bucket(bucket: tuple[Workspace, FaultProxy], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(body := os.urandom(3 << 20))
    with (
        server(bucket[0]) as address,
        FaultProxy(address, share=0) as door,
        Client(door.address, timeout_s=120) as client,
    ):
        assert client.upload(tmp_path / "file", direct=True) == digest_bytes(body)
        assert door.n_bytes < 10_000, "the server's door saw no byte of it"
        client.download(digest_bytes(body), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == body


def test_what_came_is_checked_and_what_was_abandoned_is_swept(bucket: tuple[Workspace, FaultProxy]) -> None:
    objects = objects_of(bucket[0].blobs)
    assert objects is not None
    assert objects.home is not None
    with server(bucket[0]) as address, httpx.Client(base_url=address, timeout=60) as http:
        begun = [http.post("/api/direct-uploads", json={}).json() for _ in range(2)]
        for each in begun:
            assert httpx.put(each["url"], content=b"something else").is_success
        place = f"/api/direct-uploads/{begun[0]['upload_id']}/finish"
        assert http.post(place, json={"digest": digest_bytes(b"what was said")}).status_code == 500
        assert http.post(place, json={"digest": digest_bytes(b"what was said")}).status_code == 404
        for name in ("..", "%2e%2e%2fx", "a" * 31):
            assert http.post(f"/api/direct-uploads/{name}/finish", json={"digest": "0" * 64}).status_code in {400, 404}
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert [each.size for each in objects.home.incoming(tomorrow)] == [len(b"something else")]
    assert len(objects.home.sweep(tomorrow)) == 1
    assert not objects.home.incoming(tomorrow)


def test_without_a_bucket_it_goes_through_the_server(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    (tmp_path / "file").write_bytes(b"tide")
    with server(workspace) as address, Client(address) as client:
        assert client.upload(tmp_path / "file", direct=True) == digest_bytes(b"tide")
        client.download(digest_bytes(b"tide"), tmp_path / "again")
    workspace.database.close()
