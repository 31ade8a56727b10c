"""What only object stores have: URLs, signed URLs, a local cache, and one line for everything that is not there."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.object_store import FaultProxy
from tests.small_project import ANN, release, write_project
from tests.storage.test_blobs_conformance import bucket_of
from tidemill.core import (
    DamagedError,
    NotFoundError,
    Settings,
    UnavailableError,
    UsageError,
    digest_bytes,
    load_settings,
)
from tidemill.storage import CachedBlobs, LocalBlobs, direct_urls, open_blobs
from tidemill.storage.blobs.blob_place import parse_place

MIB = 1 << 20


@pytest.fixture
def store(s3_url: str, tmp_path: Path) -> CachedBlobs:
    opened = open_blobs(s3_url, tmp_path / "cache", most_cached_bytes=5 * MIB)
    assert isinstance(opened, CachedBlobs)
    return opened


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://bucket", "not known"),
        ("s3://", "names no bucket"),
        ("s3:///prefix", "names no bucket"),
        ("s3://key:S3CRET@bucket/prefix", "environment|AWS_ACCESS_KEY_ID"),
        ("s3://bucket/a/../b", "has a part '..'"),
        ("s3://bucket/../../x", "has a part '..'"),
        ("s3://bucket/%2e%2e/x", "percent-encoded"),
        ("s3://bucket/a#/../../etc", "do not belong"),
        ("s3://bucket/x;/../../etc", "has a part '..'"),
        ("s3://bucket?a=/../../etc", "no option 'a'"),
        ("s3://bucket?secret_access_key=S3CRET", "no option 'secret_access_key'"),
        ("s3://bucket?endpont=http://h:1", "Did you mean 'endpoint'"),
        ("s3://bucket?endpoint=file:///etc", "no address"),
        ("s3://bucket?endpoint=http://user:S3CRET@host", "no address"),
        ("s3://bucket?endpoint=http://127.0.0.1:9000", "no credentials"),
        ("s3://[", "no URL"),
    ],
)
def test_a_url_that_is_no_place_is_refused_and_its_secrets_are_not_shown(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        parse_place(url, environ={})
    assert "S3CRET" not in str(refused.value)


@pytest.mark.parametrize("url", ["file://elsewhere/folder", "file:folder?x=1", "file:///folder?x=1", "file:///f#/../x"])
def test_a_file_url_names_a_folder_of_this_machine(url: str, tmp_path: Path) -> None:
    if url.startswith("file://"):
        with pytest.raises(UsageError, match="file:///folder"):
            open_blobs(url, tmp_path)
    assert isinstance(open_blobs(f"file://{tmp_path}/a%20b", tmp_path), LocalBlobs)
    assert (tmp_path / "a b").is_dir()


def test_settings_name_the_place(tmp_path: Path) -> None:
    (tmp_path / "tidemill.toml").write_text('blobs = "elsewhere"\n')
    assert load_settings(tmp_path, environ={}).blobs == str(tmp_path / "elsewhere")
    assert load_settings(tmp_path, environ={"TIDEMILL_BLOBS": "s3://models/team"}).blobs == "s3://models/team"
    assert Settings().blobs == ""


def test_what_is_not_there_is_said_in_one_line(s3_url: str, tmp_path: Path) -> None:
    bucket = s3_url[5:].partition("/")[0]
    store = open_blobs(s3_url.replace(bucket, "nobody-made-it"), tmp_path)
    for ask in (lambda: store.put(b"x"), store.list, lambda: store.get("0" * 64)):
        with pytest.raises(UnavailableError, match="there is no bucket for s3://nobody-made-it/some/prefix") as told:
            ask()
        assert "\n" not in str(told.value)


def test_a_store_that_does_not_run_is_said_in_one_line(
    s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidemill.storage.blobs.bucket._RETRY", (1, 2.0))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    store = open_blobs(f"s3://bucket?endpoint=http://127.0.0.1:{port}", tmp_path)
    with pytest.raises(UnavailableError, match=r"s3://bucket does not answer \(no connection\)") as told:
        store.put(b"x")
    assert "trial" not in str(told.value)


def test_a_large_body_is_sent_once_and_small_ones_again_cost_a_look(
    s3_url: str, s3_endpoint: str, tmp_path: Path
) -> None:
    with FaultProxy(s3_endpoint, share=0) as proxy:
        store = open_blobs(s3_url.replace(s3_endpoint, proxy.address), tmp_path)
        (tmp_path / "file").write_bytes(os.urandom(20 * MIB))
        store.put_file(tmp_path / "file")
        assert 20 * MIB < proxy.n_bytes < 20.2 * MIB
        n_bytes = proxy.n_bytes
        store.put_file(tmp_path / "file")
        store.put(b"x" * MIB)
        store.put(b"x" * MIB)
        assert proxy.n_bytes - n_bytes < 1.1 * MIB


def test_many_blobs_survive_a_bad_store(s3_url: str, s3_endpoint: str, tmp_path: Path) -> None:
    with FaultProxy(s3_endpoint, seed=7) as proxy:
        store = open_blobs(s3_url.replace(s3_endpoint, proxy.address), tmp_path)
        bodies = [os.urandom(1000 + 997 * n) for n in range(60)]
        digests = [store.put(body) for body in bodies]
        assert [store.get(digest) for digest in digests] == bodies
        assert {blob.digest for blob in store.list()} == set(digests)
        assert sum(proxy.faults.values()) > 10
        assert len(proxy.faults) == 4
        assert proxy.n_bytes < 1.5 * 2 * sum(map(len, bodies))


def test_bytes_go_directly_by_signed_urls(store: CachedBlobs) -> None:
    urls = direct_urls(store)
    assert urls is not None
    digest = store.put(b"tide" * 1000)
    url = urls.read_url(digest, timedelta(minutes=5))
    assert httpx.get(url).content == b"tide" * 1000
    assert "trial-secret-key" not in url
    body = os.urandom(3 * MIB)
    upload = urls.write_url(timedelta(minutes=5))
    assert httpx.put(upload.url, content=body).status_code == 200
    assert not store.has(digest_bytes(body))
    assert urls.take_in(upload.upload_id, digest_bytes(body)).size == len(body)
    assert store.get(digest_bytes(body)) == body
    with pytest.raises(NotFoundError):
        urls.take_in(upload.upload_id, digest_bytes(body))


def test_what_came_by_a_signed_url_is_checked(store: CachedBlobs) -> None:
    urls = direct_urls(store)
    assert urls is not None
    upload = urls.write_url(timedelta(minutes=5))
    httpx.put(upload.url, content=b"something else")
    with pytest.raises(DamagedError, match="nothing was kept"):
        urls.take_in(upload.upload_id, digest_bytes(b"what was said"))
    assert not store.list()
    for name in ("../" + "0" * 64, "", "a" * 31, "A" * 32):
        with pytest.raises(UsageError, match="id of an upload"):
            urls.take_in(name, digest_bytes(b"x"))


def test_a_local_store_signs_nothing(tmp_path: Path) -> None:
    assert direct_urls(LocalBlobs(tmp_path)) is None


def test_a_cached_file_is_fetched_once_and_again_when_it_was_spoiled(store: CachedBlobs) -> None:
    digest = store.put(b"tide mill")
    path = store.path(digest)
    assert path.read_bytes() == b"tide mill"
    bucket_of(store).put(digest, b"other")  # what is here is not fetched again
    assert store.path(digest) == path
    bucket_of(store).put(digest, b"tide mill")
    path.chmod(0o600)
    path.write_bytes(b"tide moll")
    assert store.path(digest).read_bytes() == b"tide mill"


def test_the_cache_makes_room_and_keeps_what_was_just_asked_for(store: CachedBlobs, tmp_path: Path) -> None:
    digests = [store.put(os.urandom(2 * MIB)) for _ in range(5)]
    paths = [store.path(digest) for digest in digests[:3]]
    assert all(path.exists() for path in paths)  # over the bound, and still there
    os.utime(paths[0], (1, 1))
    os.utime(paths[1], (2, 2))
    store.path(digests[3])
    assert [path.exists() for path in paths] == [False, False, True]
    assert store.path(digests[0]).read_bytes() == store.get(digests[0])


def test_a_project_runs_with_its_blobs_in_a_bucket(s3_url: str, tmp_path: Path) -> None:
    """Datasets, step results and models go there and come from there, and nothing lies in the store's own folder."""
    write_project(tmp_path)
    with (tmp_path / "tidemill.toml").open("a") as file:
        file.write(f'blobs = "{s3_url}"\n')
    workspace, _ = release(tmp_path)
    try:
        assert len(workspace.blobs.list()) > 5
        assert not (workspace.home / "blobs").exists()
        (version,) = workspace.datasets.list(ANN)
        assert workspace.datasets.scan(version).collect().height == version.n_rows
    finally:
        workspace.database.close()
