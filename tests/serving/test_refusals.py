"""What is refused over HTTP: each with its status code and one clear line, and the next request is answered."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import httpx
import pytest

from tests.serving.running import Running, launch, running
from tests.serving.samples import ROW, deploy
from tidemill.access import token_digest, write_token_file
from tidemill.models import ModelPackage

JSON = {"content-type": "application/json"}
GOOD = json.dumps({"rows": [ROW]}).encode()


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/predict/dealy", GOOD, 404, "There is no endpoint 'dealy'. Did you mean 'delay'?"),
        ("/predict/acme/othr", GOOD, 404, "There is no endpoint 'othr'. Did you mean 'other'? There is: other."),
        ("/predict/acme/delay", GOOD, 404, "There is no endpoint 'delay'."),
        ("/predict/", GOOD, 404, "There is no endpoint ''"),
        ("/predict/../../etc/passwd", GOOD, 404, "there is no '/etc/passwd'"),
        ("/predict/%2e%2e/delay", GOOD, 404, "There is no endpoint"),
        ("/nothing", GOOD, 404, "there is no '/nothing'; served are POST /predict/ENDPOINT, GET /health"),
        ("/health", GOOD, 405, "POST /health is not served; allowed is GET"),
        ("/predict/delay", b"{", 400, "the body is not JSON that can be read"),
        ("/predict/delay", b"", 400, "the body is not JSON that can be read"),
        ("/predict/delay", b"[" * 1_000_000, 400, "the body is not JSON that can be read"),
        ("/predict/delay", b'{"rows":[' + b'{"carrier":' * 100_000, 400, "the body is not JSON that can be read"),
        (
            "/predict/delay",
            b'{"rows":[{"carrier":"UA","hour":"7","distance":1}]}',
            400,
            "row 0, column 'hour': the value '7' is",
        ),
        ("/predict/delay", b'{"rows":[{"carier":"UA","hour":7}]}', 400, "row 0: unknown column 'carier'. Did you"),
        ("/predict/delay", b'{"rows":[{"carrier":"UA","distance":null}]}', 400, "row 0: column 'hour' is missing"),
        (
            "/predict/delay",
            b'{"rows":[{"carrier":"UA"}]}',
            400,
            "row 0: columns 'hour', 'distance' are missing; null is",
        ),
        ("/predict/featured", GOOD, 400, "row 0: column 'scheduled_at' is missing; allowed is an instant such as"),
        (
            "/predict/delay",
            json.dumps({"rows": [ROW, ROW | {"scheduled_at": "0001-01-01T00:00:00+01:00"}]}).encode(),
            400,
            "row 1, column 'scheduled_at': the value '0001-01-01T00:00:00+01:00' is not of the years 1 to 9999 in UTC",
        ),
        (
            "/predict/featured",
            json.dumps({"rows": [ROW | {"scheduled_at": "9999-12-31T23:59:59-12:00"}]}).encode(),
            400,
            "row 0, column 'scheduled_at': the value '9999-12-31T23:59:59-12:00' is not of the years 1 to 9999 in UTC",
        ),
        ("/predict/delay", json.dumps({"rows": [ROW] * 10_001}).encode(), 413, "10001 rows in one request"),
        ("/predict/delay", b" " * ((8 << 20) + 1), 413, "the body is larger than 8 MiB"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    shared: Running, path: str, body: bytes, status: int, message: str
) -> None:
    answer = shared.client.post(path, content=body, headers=JSON)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["message"].startswith(message)
    assert "\n" not in error["message"]
    assert shared.predict(ROW).status_code == 200


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00-01:00", "9999-12-31T23:59:59+12:00"])
def test_the_calendars_first_and_last_instants_are_answered(shared: Running, at: str) -> None:
    assert shared.predict(ROW | {"scheduled_at": at}).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/x-pickle", None, ""])
def test_a_body_must_be_declared_as_json(shared: Running, kind: str | None) -> None:
    answer = shared.client.post("/predict/delay", content=GOOD, headers={} if kind is None else {"content-type": kind})
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_media_type"


def test_json_may_carry_a_character_set(shared: Running) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert shared.client.post("/predict/delay", content=GOOD, headers=headers).status_code == 200


def test_a_large_body_in_pieces_without_a_length_is_refused(shared: Running) -> None:
    for _ in range(5):
        answer = shared.client.post("/predict/delay", content=(b" " * 65536 for _ in range(200)), headers=JSON)
        assert answer.status_code == 413
        assert answer.headers["connection"] == "close"
        assert shared.predict(ROW).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.nip.example", "127.0.0.1@evil.example", ""])
@pytest.mark.parametrize("path", ["/health", "/ready", "/endpoints", "/metrics", "/predict/delay", "/nothing"])
def test_a_foreign_host_is_refused_everywhere(shared: Running, host: str, path: str) -> None:
    method = "POST" if path == "/predict/delay" else "GET"
    answer = shared.client.request(method, path, content=GOOD, headers={**JSON, "host": host})
    assert answer.status_code in {400, 403}, answer.text


def test_two_hosts_are_refused(shared: Running) -> None:
    port = shared.client.base_url.port
    with socket.create_connection(("127.0.0.1", port or 0)) as connection:
        connection.sendall(b"GET /endpoints HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert connection.recv(4096).split()[1] in {b"400", b"403"}


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9999", "null", "file://"])
def test_a_page_of_another_origin_is_refused(shared: Running, origin: str) -> None:
    answer = shared.client.post("/predict/delay", content=GOOD, headers={**JSON, "origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_its_own_origin_is_answered(shared: Running) -> None:
    origin = str(shared.client.base_url).rstrip("/")
    assert shared.client.post("/predict/delay", content=GOOD, headers={**JSON, "origin": origin}).status_code == 200


def test_off_loopback_it_does_not_start_without_tokens(home: Path, free_port: int) -> None:
    process = launch(home, free_port, "--host", "0.0.0.0")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "no token exists yet" in said
    assert len(said.splitlines()) == 1


def test_off_loopback_a_token_opens_its_own_project_only(home: Path, free_port: int, package: ModelPackage) -> None:
    deploy(home, package)
    deploy(home, package, endpoint="other", project="acme")
    token = {
        "digest": token_digest("tm_good"),
        "project": "default",
        "role": "viewer",
        "expires_at": "2999-01-01T00:00:00Z",
    }
    expired = {**token, "digest": token_digest("tm_old"), "expires_at": "2020-01-01T00:00:00Z"}
    write_token_file(home / "serving" / "tokens.json", [token, expired])
    with running(home, free_port, "--host", "0.0.0.0") as server:
        for path in ("/endpoints", "/metrics", "/nothing"):
            assert server.client.get(path).status_code == 401
        for bad in ("", "Bearer", "Bearer tm_old", "Bearer tm_x", "Basic tm_good"):
            answer = server.client.post("/predict/delay", content=GOOD, headers={**JSON, "authorization": bad})
            assert answer.status_code == 401
        server.client.headers["authorization"] = "Bearer tm_good"
        assert server.predict(ROW).status_code == 200
        assert [entry["endpoint"] for entry in server.client.get("/endpoints").json()["endpoints"]] == ["delay"]
        foreign, missing = (server.predict(ROW, path=f"/predict/acme/{name}") for name in ("other", "missing"))
        assert foreign.status_code == missing.status_code == 404
        write_token_file(home / "serving" / "tokens.json", [expired])
        deadline = httpx.Timeout(30)
        while server.client.get("/endpoints", timeout=deadline).status_code != 401:
            pass


def test_a_port_in_use_is_told_in_one_line(home: Path, shared: Running) -> None:
    port = shared.client.base_url.port or 0
    process = launch(home, port)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use); choose another --port" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--host", "no.such.host.invalid"]])
def test_a_wrong_address_is_told_in_one_line(home: Path, free_port: int, arguments: list[str]) -> None:
    write_token_file(home / "serving" / "tokens.json", [{"digest": "0"}])
    process = launch(home, free_port, *arguments)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(said.splitlines()) == 1


def test_a_home_that_is_a_file_is_told_in_one_line(home: Path, free_port: int) -> None:
    (home / "file").touch()
    process = launch(home / "file", free_port)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "choose another --home" in said
    assert len(said.splitlines()) == 1
