"""What no route may ever see: foreign hosts and origins, bodies of another kind or too large, sockets."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import httpx
import pytest

from tests.server.conftest import House

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS = ("/health", "/ready", "/", "/sign-in", "/static/app.js", "/api/models", "/api/tokens/x", "/nothing")
FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.nip.example",
    "localhost.evil.example:{port}",
    "127.0.0.1@evil.example",
    "10.0.0.1",
    "0.0.0.0",
    "",
)
FOREIGN_ORIGINS = (
    "http://evil.example",
    "http://localhost:9999",
    "http://127.0.0.1:1",
    "https://127.0.0.1.evil.example:{port}",
    "file://",
    "chrome-extension://abc",
    "http://127.0.0.1:{port}.evil.example",
)


def ask(address: str, method: str, path: str, headers: list[tuple[str, str]], body: bytes = b"") -> tuple[int, bytes]:
    """Send a request with exactly these headers."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def own(address: str) -> str:
    return urlsplit(address).netloc


@pytest.mark.parametrize("method", METHODS)
def test_a_foreign_host_is_refused(house: House, method: str) -> None:
    let_in = []
    for path in PATHS:
        for host in FOREIGN_HOSTS:
            sent = host.format(port=urlsplit(house.local).port)
            status, body = ask(house.local, method, path, [("Host", sent)])
            if status not in {400, 403} or b"Tidemill" in body:
                let_in.append((method, path, sent, status))
    assert not let_in


@pytest.mark.parametrize("hosts", [[], ["127.0.0.1", "127.0.0.1"], ["127.0.0.1", "evil.example"]])
def test_one_host_is_needed(house: House, hosts: list[str]) -> None:
    status, _ = ask(house.local, "GET", "/health", [("Host", host) for host in hosts])
    assert status in {400, 403}


@pytest.mark.parametrize("method", METHODS)
def test_a_foreign_origin_is_refused(house: House, method: str) -> None:
    let_in = []
    for path in PATHS:
        for origin in (*FOREIGN_ORIGINS, *(("null",) if method not in {"GET", "HEAD"} else ())):
            sent = origin.format(port=urlsplit(house.local).port)
            status, _ = ask(house.local, method, path, [("Host", own(house.local)), ("Origin", sent)])
            if status != 403:
                let_in.append((method, path, sent, status))
    assert not let_in


def test_two_origins_are_refused(house: House) -> None:
    origin = ("Origin", house.local)
    status, body = ask(house.local, "GET", "/api/models", [("Host", own(house.local)), origin, origin])
    assert status == 403
    assert b"2 Origin headers" in body


def test_the_own_origin_is_answered_whatever_the_agent(house: House) -> None:
    headers = {"Origin": house.local, "User-Agent": "odd"}
    assert httpx.get(f"{house.local}/api/models", headers=headers).status_code == 200


def test_no_other_site_may_read_an_answer(house: House) -> None:
    headers = httpx.get(f"{house.local}/api/models", headers={"Origin": house.local}).headers
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "", "text/html", "multipart/form-data; boundary=x", "application/jsonp", "application/json-x"],
)
@pytest.mark.parametrize("path", ["/api/runs", "/api/tokens", "/sign-in", "/models/late/1/promote"])
def test_a_body_of_another_kind_is_refused(house: House, kind: str, path: str) -> None:
    headers = [("Host", own(house.local)), ("Content-Type", kind)]
    status, body = ask(house.local, "POST", path, headers, b'{"name": "x"}')
    assert status == 415, body


def test_a_body_without_a_kind_is_refused(house: House) -> None:
    status, body = ask(house.local, "POST", "/api/tokens", [("Host", own(house.local))], b'{"name": "x"}')
    assert status == 415
    assert b"missing" in body


def test_a_form_is_not_taken_for_json_nor_json_for_a_form(house: House) -> None:
    assert httpx.post(f"{house.local}/api/tokens", data={"name": "x"}).status_code == 415
    assert httpx.post(f"{house.local}/sign-in", json={"token": "x"}).status_code == 415


def test_a_body_that_is_too_large_is_refused_when_told_and_when_found(house: House) -> None:
    told = httpx.post(f"{house.local}/api/runs", content=b"x" * (2 << 20), headers={"Content-Type": "application/json"})
    assert told.status_code == 413
    assert told.json() == {
        "error": {"code": "too_large", "message": "the body is larger than 1 MiB, the most that is read here"}
    }
    chunks = (b"x" * (1 << 16) for _ in range(40))
    with httpx.Client() as client:
        found = client.post(f"{house.local}/api/runs", content=chunks, headers={"Content-Type": "application/json"})
    assert found.status_code == 413


def test_a_web_socket_is_not_opened(house: House) -> None:
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    key = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    for path in ("/", "/api/models", "/ws"):
        status, _ = ask(house.open, "GET", path, [("Host", own(house.open)), *upgrade, key])
        assert status in {401, 403, 404}


@pytest.mark.parametrize(
    "path", ["/health", "/", "/sign-in", "/nothing", "/api/nothing", "/static/app.js", "/models/none"]
)
def test_every_answer_carries_the_policy(house: House, path: str) -> None:
    headers = httpx.get(house.local + path).headers
    policy = headers["content-security-policy"]
    for part in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_static_files_are_kept_by_their_digest_and_nothing_else_is(house: House) -> None:
    assert "immutable" in httpx.get(f"{house.local}/static/app.js?v=1").headers["cache-control"]
    assert httpx.get(f"{house.local}/static/app.js").headers["cache-control"] == "no-cache"
    assert httpx.get(f"{house.local}/").headers["cache-control"] == "no-store"
    assert httpx.get(f"{house.local}/static/../../process.py").status_code == 404


def test_what_a_proxy_says_is_not_believed(house: House) -> None:
    headers = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"}
    assert httpx.get(f"{house.open}/api/models", headers=headers).status_code == 401
