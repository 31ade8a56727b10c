"""Errors: one clear line, the right status, never a traceback."""

from __future__ import annotations

import httpx
import pytest

from tests.server.conftest import House

JSON = {"Content-Type": "application/json"}


def said(response: httpx.Response) -> tuple[int, str, str]:
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    assert "\n" not in error["message"]
    return response.status_code, error["code"], error["message"]


@pytest.mark.parametrize(
    ("path", "status", "code", "words"),
    [
        ("/api/modles", 404, "not_found", "there is no '/api/modles' here. Did you mean '/api/models'?"),
        ("/api/models/lat", 404, "not_found", "There is no model 'lat'. Did you mean 'late'? There is: late."),
        ("/api/models/late/9", 404, "not_found", "There is no version of model 'late' numbered '9'."),
        ("/api/models/late/nothing", 404, "not_found", "champion"),
        ("/api/endpoints/lat", 404, "not_found", "Did you mean 'late'?"),
        ("/api/endpoints/lat/predictions", 404, "not_found", "Did you mean 'late'?"),
        ("/api/datasets/parcel", 404, "not_found", "Did you mean 'parcels'?"),
        ("/api/datasets/parcels@x", 400, "invalid", "write parcels@3 or parcels@latest"),
        ("/api/runs/none", 404, "not_found", "There is no run 'none'"),
        ("/api/jobs/none", 404, "not_found", "There is no job 'none'"),
        ("/api/predictions/none", 400, "invalid", "32 hex digits"),
        ("/api/predictions/01a1fdf0ea4e73aa986ba76e16b65700", 404, "not_found", "There is no prediction"),
        ("/api/audit?limit=0", 400, "invalid", "the query parameter 'limit' is '0': it must be greater than or equal"),
        ("/api/audit?limit=many", 400, "invalid", "the query parameter 'limit' is 'many': it must be a valid integer"),
        ("/api/audit?before=99999999999999999999", 400, "invalid", "the query parameter 'before' is"),
        ("/models/late/x.json", 400, "invalid", "the part 'version' is 'x': it must be a valid integer"),
        ("/models/late/99999999999.json", 400, "invalid", "the part 'version' is '99999999999'"),
        ("/data/parcels.json?version=9", 404, "not_found", "parcels@9"),
    ],
)
def test_what_is_wrong_with_an_address(house: House, path: str, status: int, code: str, words: str) -> None:
    found = said(httpx.get(house.local + path))
    assert found[:2] == (status, code)
    assert words in found[2]


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/api/tokens", b"{}", "the body lacks the field 'name'"),
        ("/api/tokens", b'{"name": 7}', "the field 'name' is 7: Expected str, got int"),
        ("/api/tokens", b'{"name": "x", "rol": "viewer"}', "Did you mean 'role'? Known: name, role, valid_for"),
        ("/api/tokens", b'{"name": "x", "role": "king"}', "'king' is not a role; choose one of viewer, labeller"),
        ("/api/tokens", b'{"name": "x", "valid_for": "soon"}', "'soon' is not a duration"),
        ("/api/tokens", b'{"name": "../x"}', "cannot name a token"),
        ("/api/tokens", b'["name"]', 'the body is ["name"]: Expected object, got array'),
        ("/api/tokens", b"name", "the body is not JSON"),
        ("/api/tokens", b'{"name": NaN}', "the body is not JSON"),
        ("/api/tokens", b'{"name": "\\ud800"}', "the body is not JSON"),
        ("/api/tokens", b'{"name": "\xff"}', "the body is not JSON"),
        ("/api/tokens", b'{"name": "a\\u0000b"}', "cannot name a token"),
        ("/api/tokens", b"[" * 50_000, "the body is not JSON"),
        ("/api/runs", b'{"release": "yes"}', "the field 'release' is \"yes\": Expected bool, got str"),
        ("/api/runs", b'{"params": [1]}', "the field 'params' is [1]: Expected object, got array"),
        ("/api/runs", b'{"params": {"x": 1e999}}', "the body is not JSON"),
        ("/api/models/late/1/promote", b'{"alias": "a b"}', "'a b' cannot be an alias: use letters"),
        ("/api/endpoints/late/deploy", b"{}", "the body lacks the field 'model'"),
        ("/api/endpoints/late/deploy", b'{"model": "late"}', "'late' names no model version; write delay/3"),
    ],
)
def test_what_is_wrong_with_a_body(house: House, path: str, body: bytes, words: str) -> None:
    status, code, message = said(httpx.post(house.local + path, content=body, headers=JSON))
    assert (status, code) == (400, "invalid")
    assert words in message


def test_a_method_that_is_not_served_says_which_are(house: House) -> None:
    response = httpx.delete(f"{house.local}/api/models")
    assert said(response) == (405, "method_not_allowed", "DELETE /api/models is not served; allowed is GET, HEAD, POST")
    assert response.headers["allow"] == "GET, HEAD, POST"


def test_a_browser_sees_a_page(house: House) -> None:
    response = httpx.get(f"{house.local}/models/lat", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert "There is no model &#39;lat&#39;. Did you mean &#39;late&#39;?" in response.text
    assert "<nav" in response.text


def test_hostile_words_come_back_as_text(house: House) -> None:
    response = httpx.get(f"{house.local}/models/<script>alert(1)<script>", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert "<script>alert" not in response.text


def test_a_stranger_is_not_told_what_there_is(house: House) -> None:
    for path in ("/api/models", "/api/nothing", "/api/models/late", "/.env"):
        assert said(httpx.get(house.open + path))[0] == 401
    assert httpx.delete(f"{house.open}/api/models").status_code == 401


def test_the_unexpected_is_one_line_for_the_caller_and_a_traceback_for_the_log(
    house: House, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(type(house.workspace.registry), "list_models", broken)
    response = httpx.get(f"{house.local}/api/models", headers={"Authorization": f"Bearer {house.tokens['viewer']}"})
    assert said(response) == (500, "failed", "the request could not be answered; the server's log has the reason")
    log = capfd.readouterr().err
    assert "a secret path" in log
    assert house.tokens["viewer"] not in log
