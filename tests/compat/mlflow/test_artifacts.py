"""Artifacts by MLflow's API, over a real connection: streams, lists, headers, addresses that are refused."""

from __future__ import annotations

import hashlib
import http.client
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared
from tidemill.core import NotFoundError
from tidemill.storage.blobs.port import all_blobs
from tidemill.tracking import NewRun

FILES = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def run_id(shared: Shared) -> str:
    return shared.workspace.tracking.start_run(ADMIN, NewRun("Default", "a run")).id


def _names(api: Api, path: str) -> list[tuple[str, bool, int | None]]:
    found = api.http.get(FILES, params={"path": path})
    assert found.status_code == 200, found.text
    return [(each["path"], each["is_dir"], each.get("file_size")) for each in found.json().get("files", [])]


def test_files_go_through_whole_and_are_listed_replaced_and_deleted(api: Api, run_id: str) -> None:
    root = f"0/{run_id}/artifacts"
    for path, data in (
        ("model/MLmodel", b"a: 1"),
        ("model/data/x.pkl", b"\x80"),
        ("t.txt", b"old"),
        ("t.txt", b"new!"),
    ):
        sent = api.http.put(f"{FILES}/{root}/{path}", content=data, headers={"content-type": "text/plain"})
        assert (sent.status_code, sent.json()) == (200, {})
    assert _names(api, root) == [("model", True, None), ("t.txt", False, 4)]
    assert _names(api, f"{root}/model") == [("MLmodel", False, 4), ("data", True, None)]
    assert _names(api, f"{root}/t.txt") == _names(api, "no/where") == []
    listed = api.ask("GET", "artifacts/list", {"run_id": run_id, "path": "model"}).json()
    assert listed["root_uri"] == f"mlflow-artifacts:/{root}"
    assert [each["path"] for each in listed["files"]] == ["model/MLmodel", "model/data"]
    assert api.http.get(f"{FILES}/{root}/t.txt").content == b"new!"
    assert api.http.delete(f"{FILES}/{root}/model").json() == {}
    assert _names(api, root) == [("t.txt", False, 4)]
    gone = api.http.get(f"{FILES}/{root}/model/MLmodel")
    assert (gone.status_code, gone.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_files_of_nobody_and_of_models_have_addresses_too(api: Api, shared: Shared) -> None:
    model = api.post("logged-models", experiment_id="0", name="m")["model"]["info"]
    root = model["artifact_uri"].removeprefix("mlflow-artifacts:/")
    unknown = "0/models/m-" + "0a" * 16 + "/artifacts"
    for path in ("shared/b.csv", f"{root}/MLmodel", f"{unknown}/c"):
        assert api.http.put(f"{FILES}/{path}", content=b"1").status_code == 200
        assert api.http.get(f"{FILES}/{path}").content == b"1"
    assert ("b.csv", False, 1) in _names(api, "shared")
    assert _names(api, root) == [("MLmodel", False, 1)]
    assert _names(api, unknown) == [("c", False, 1)]
    one = f"/ajax-api/2.0/mlflow/logged-models/{model['model_id']}/artifacts/files"
    assert api.http.get(one, params={"artifact_file_path": "MLmodel"}).content == b"1"
    listed = api.get(f"logged-models/{model['model_id']}/artifacts/directories")
    assert listed["root_uri"] == model["artifact_uri"]
    assert [each["path"] for each in listed["files"]] == ["MLmodel"]
    with pytest.raises(NotFoundError):
        shared.workspace.artifacts.put(ADMIN, "m-" + "0a" * 16, "c", [b"1"])


def test_files_of_a_version_are_found_by_its_source(api: Api, shared: Shared, run_id: str) -> None:
    name = next(shared.names)
    api.http.put(f"{FILES}/0/{run_id}/artifacts/model/MLmodel", content=b"a: 1")
    api.post("registered-models/create", name=name)
    for source in (f"runs:/{run_id}/model", f"mlflow-artifacts:/0/{run_id}/artifacts/model", "s3://b/m"):
        api.post("model-versions/create", name=name, source=source, run_id=run_id)

    def got(version: int, path: str = "MLmodel") -> httpx.Response:
        return api.http.get("/model-versions/get-artifact", params={"name": name, "version": version, "path": path})

    assert [got(version).content for version in (1, 2)] == [b"a: 1"] * 2
    assert got(1).headers["content-disposition"] == "attachment; filename=MLmodel"
    assert [got(*wrong).status_code for wrong in ((3,), (9,), (1, "none"), (1, "../x"))] == [404, 404, 404, 400]


def test_a_part_of_a_file_goes_on_where_a_download_broke(api: Api, run_id: str) -> None:
    url = f"{FILES}/0/{run_id}/artifacts/digits"
    api.http.put(url, content=b"0123456789")
    for asked, part, told in (
        ("bytes=2-4", b"234", "2-4"),
        ("bytes=7-", b"789", "7-9"),
        ("bytes=-2", b"89", "8-9"),
        ("bytes=0-99", b"0123456789", "0-9"),
    ):
        answer = api.http.get(url, headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"] == f"bytes {told}/10"
    for ignored in ("bytes=1-2,4-5", "lines=1-2", "bytes=x", "bytes=5-2"):
        assert api.http.get(url, headers={"range": ignored}).content == b"0123456789"
    behind = api.http.get(url, headers={"range": "bytes=10-"})
    assert (behind.status_code, behind.json()["error_code"]) == (416, "INVALID_PARAMETER_VALUE")


KINDS = {"MLmodel": "text/plain", "MLproject": "text/plain", "a.pkl": "application/octet-stream", "a.html": "text/html"}
KINDS |= {"a.svg": "image/svg+xml", "a.json": "text/plain", "none": "application/octet-stream"}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_files_are_saved_and_never_shown(api: Api, run_id: str, name: str, kind: str) -> None:
    api.http.post(
        "/ajax-api/2.0/mlflow/upload-artifact", params={"run_uuid": run_id, "path": name}, content=b"<script>"
    )
    for answer in (
        api.http.get("/get-artifact", params={"run_id": run_id, "path": name}),
        api.http.get(f"{FILES}/0/{run_id}/artifacts/{name}"),
        api.http.head(f"{FILES}/0/{run_id}/artifacts/{name}"),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] == f"attachment; filename={name}"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-length"] == "8"


def test_what_cannot_be_uploaded_as_a_picture(api: Api, run_id: str) -> None:
    path = "/ajax-api/2.0/mlflow/upload-artifact"
    wrongs: tuple[tuple[dict[str, str], bytes, str], ...] = (
        ({}, b"1", "Request must specify run_uuid."),
        ({"run_uuid": run_id, "path": ""}, b"1", "Request must specify path."),
        ({"run_uuid": run_id, "path": "../test.txt"}, b"1", "Invalid path"),
        ({"run_uuid": run_id, "path": "test.txt"}, b"", "Request must specify data."),
        ({"run_uuid": run_id, "path": "test.txt"}, b"x" * (10 * 2**20 + 1), "Artifact size is too large. Max size is"),
    )
    for params, content, told in wrongs:
        answer = api.http.post(path, params=params, content=content)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json()["message"].startswith(told)


ESCAPES = ["../x", "..%2f..%2fetc/passwd", "%2e%2e/x", "%2e%2e%2fx", "a/../../x", "/etc/passwd", "%2fetc%2fpasswd"]
ESCAPES += [
    "..%5c..%5cetc",
    "a%5cb",
    "C:/x",
    "c:%5cx",
    "a%00b",
    "a%0d%0ab",
    "%252e%252e%252fx",
    "%252e%252e/x",
    "n" * 300,
]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_addresses_that_lead_elsewhere_are_refused_whatever_is_asked(shared: Shared, method: str) -> None:
    blobs = {blob.digest for blob in all_blobs(shared.workspace.blobs)}
    with _connection(shared.local) as connection:
        for escape in ESCAPES:
            connection.request(method, f"{FILES}/{escape}", body=b"pwned" if method == "PUT" else None)
            answer = connection.getresponse()
            told = answer.read().decode()
            assert answer.status == 400, (escape, told)
            assert "Invalid path" in told
            assert "passwd" not in told
            assert "root:" not in told
    assert {blob.digest for blob in all_blobs(shared.workspace.blobs)} == blobs


def test_lists_of_addresses_that_lead_elsewhere_are_refused(api: Api, run_id: str) -> None:
    for path in ("../..", "/etc", "..\\..", "a/../..", "%2e%2e"):
        for answer in (
            api.http.get(FILES, params={"path": path}),
            api.http.get("/get-artifact", params={"run_id": run_id, "path": path}),
            api.ask("GET", "artifacts/list", {"run_id": run_id, "path": path}),
        ):
            assert answer.status_code == 400
            assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
            assert "Invalid path" in answer.json()["message"]


def test_parts_and_signed_urls_fall_back_to_the_server(api: Api, run_id: str) -> None:
    path = f"0/{run_id}/artifacts/big"
    api.http.put(f"{FILES}/{path}", content=b"1")
    for answer in (
        api.http.post(f"/api/2.0/mlflow-artifacts/mpu/create/{path}", json={"path": path, "num_parts": 2}),
        api.http.get(f"/api/2.0/mlflow-artifacts/presigned/{path}"),
        api.ask("POST", "artifacts/presigned-upload-url", {"run_id": run_id, "path": "big"}),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED")


def test_a_connection_that_breaks_leaves_nothing(shared: Shared, api: Api, run_id: str) -> None:
    where, path = urlsplit(shared.local), f"{FILES}/0/{run_id}/artifacts/torn"
    head = f"PUT {path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 1000000\r\n\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0)) as raw:
        raw.sendall(head.encode() + b"x" * 300_000)
    assert api.http.get(path).status_code == 404
    assert _names(api, f"0/{run_id}/artifacts") == []


@pytest.mark.parametrize("n_mib", [300, pytest.param(4096, marks=pytest.mark.long)])
def test_a_large_file_is_never_held(api: Api, run_id: str, n_mib: int) -> None:
    """The server is this process: what it holds at most is what the process grows by."""
    piece, sent = bytes(1 << 20), hashlib.sha256()

    def body() -> Iterator[bytes]:
        for at in range(n_mib):
            data = at.to_bytes(8) + piece[8:]
            sent.update(data)
            yield data

    url = f"{FILES}/0/{run_id}/artifacts/large.bin"
    api.http.put(url, content=[b"warm"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert api.http.put(url, content=body(), timeout=600).status_code == 200
    got = hashlib.sha256()
    with api.http.stream("GET", url, timeout=600) as answer:
        for chunk in answer.iter_raw(1 << 20):
            got.update(chunk)
    assert got.digest() == sent.digest()
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    assert grown_mib <= 64, f"grew by {grown_mib} MiB for {n_mib} MiB"
    api.http.delete(url)


class _connection:  # noqa: N801 - reads as a function
    """A connection that sends paths as they are written."""

    def __init__(self, address: str) -> None:
        where = urlsplit(address)
        self._connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)

    def __enter__(self) -> http.client.HTTPConnection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def test_a_viewer_reads_and_an_editor_writes(shared: Shared, run_id: str) -> None:
    path = f"{FILES}/0/{run_id}/artifacts/a"
    with httpx.Client(base_url=shared.open) as http_:
        as_ = {role: {"authorization": f"Bearer {shared.tokens[role]}"} for role in ("viewer", "editor")}
        assert http_.put(path, content=b"1", headers=as_["viewer"]).status_code == 403
        assert http_.put(path, content=b"1", headers=as_["editor"]).status_code == 200
        assert http_.get(path, headers=as_["viewer"]).content == b"1"
        assert http_.delete(path, headers=as_["viewer"]).status_code == 403
        assert http_.get(path).status_code == 401


def test_the_stock_client_sends_lists_and_gets_folders(
    shared: Shared, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.artifacts import download_artifacts
    from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository

    monkeypatch.setenv("MLFLOW_TRACKING_URI", shared.local)
    uri = f"mlflow-artifacts:/0/{run_id}/artifacts"
    files = {"MLmodel": b"flavors: {}", "data/sp ace \u00e9.csv": b"a,b", "data/deep/100%.bin": bytes(70_000)}
    for name, data in files.items():
        (tmp_path / "sent" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sent" / name).write_bytes(data)
    repository: Any = MlflowArtifactsRepository(uri, tracking_uri=shared.local)
    repository.log_artifacts(str(tmp_path / "sent"), "model")
    repository.log_artifact(str(tmp_path / "sent" / "MLmodel"))
    assert [(each.path, each.is_dir) for each in repository.list_artifacts()] == [("MLmodel", False), ("model", True)]
    assert {each.path for each in repository.list_artifacts("model/data")} == {
        "model/data/deep",
        "model/data/sp ace \u00e9.csv",
    }
    got = Path(download_artifacts(artifact_uri=f"{uri}/model", dst_path=str(tmp_path / "got")))
    assert {str(file.relative_to(got)): file.read_bytes() for file in got.rglob("*") if file.is_file()} == files
    repository.delete_artifacts("model/data")
    assert [each.path for each in repository.list_artifacts("model")] == ["model/MLmodel"]
