"""Who calls: the person at this machine, a bearer token, a cookie from the sign-in page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.server.conftest import House
from tests.server.running import server
from tests.small_project import ANN
from tidemill.access import Role

HTML = {"Accept": "text/html"}


@contextmanager
def signed_in(house: House, role: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.open) as client:
        answer = client.post("/sign-in", data={"token": house.tokens[role], "next": "/models/late"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/models/late")
        yield client


def test_no_token_is_needed_on_this_machine_and_one_is_for_others(house: House) -> None:
    assert httpx.get(f"{house.local}/api/tokens").status_code == 200
    refused = httpx.get(f"{house.open}/api/models")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "tidemill token create NAME" in refused.json()["error"]["message"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer wrong", "Basic YTpi", "", "bearer tm_\u00e9"])
def test_a_bad_token_is_refused_on_this_machine_too(house: House, header: str) -> None:
    response = httpx.get(f"{house.local}/api/models", headers=[(b"Authorization", header.encode("latin-1"))])
    assert response.status_code == 401


def test_a_proxy_under_a_name_of_its_own_makes_nobody_local(house: House) -> None:
    with server(house.workspace, allowed_hosts=("mill.example",)) as address:
        headers = {"Host": "mill.example"}
        assert httpx.get(f"{address}/api/models", headers=headers).status_code == 401
        assert httpx.get(f"{address}/api/models").status_code == 200
        token = {"Authorization": f"Bearer {house.tokens['viewer']}"}
        assert httpx.get(f"{address}/api/models", headers=headers | token).status_code == 200


def test_a_browser_without_a_token_is_led_to_the_door_and_back(house: House) -> None:
    response = httpx.get(f"{house.open}/models/late?x=1", headers=HTML)
    assert response.status_code == 303
    assert response.headers["location"] == "/sign-in?next=/models/late%3Fx%3D1"
    door = httpx.get(house.open + response.headers["location"], headers=HTML)
    assert 'value="/models/late?x=1"' in door.text


def test_a_part_of_a_page_is_not_replaced_by_the_door(house: House) -> None:
    response = httpx.get(f"{house.open}/fragments/home", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["hx-redirect"].startswith("/sign-in?next=")


def test_signing_in_sets_a_cookie_that_no_script_and_no_other_site_can_use(house: House) -> None:
    with signed_in(house, "viewer") as client:
        answer = client.post("/sign-in", data={"token": house.tokens["viewer"]})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "domain" not in cookie
        page = client.get("/models/late", headers=HTML)
        assert "viewer" in page.text
        assert "Sign out" in page.text


def test_signing_out_forgets_the_cookie(house: House) -> None:
    with signed_in(house, "viewer") as client:
        assert client.post("/sign-out", headers={"Origin": house.open}).status_code == 303
        assert client.get("/", headers=HTML).status_code == 303


def test_a_wrong_token_shows_the_form_again(house: House) -> None:
    response = httpx.post(f"{house.open}/sign-in", data={"token": "tm_wrong", "next": "/models"})
    assert response.status_code == 401
    assert "the token is unknown" in response.text
    assert 'value="/models"' in response.text
    assert "tm_wrong" not in response.text
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "evil",
        "",
        "/\tx",
        "/\r\nx: y",
    ],
)
def test_the_door_leads_nowhere_but_into_the_house(house: House, path: str) -> None:
    answer = httpx.post(f"{house.open}/sign-in", data={"token": house.tokens["viewer"], "next": path})
    assert answer.headers["location"] == "/"


def test_a_change_by_cookie_needs_a_page_of_this_server(house: House) -> None:
    with signed_in(house, "admin") as client:
        body = {"alias": "champion"}
        assert client.post("/api/models/none/1/promote", json=body).status_code == 403
        assert client.post("/api/models/none/1/promote", json=body, headers={"Origin": house.open}).status_code == 404
        evil = {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
        assert client.post("/api/models/none/1/promote", json=body, headers=evil).status_code == 403


def test_a_revoked_token_ends_at_once_and_leads_a_browser_to_the_door(house: House) -> None:
    tokens = house.workspace.tokens
    secret = tokens.create(ANN, "passing", Role.VIEWER)
    with httpx.Client(base_url=house.open) as client:
        client.post("/sign-in", data={"token": secret})
        assert client.get("/api/models").status_code == 200
        tokens.revoke(ANN, "passing")
        assert client.get("/api/models").status_code == 401
        led = client.get("/", headers=HTML)
        assert led.status_code == 303
        assert not client.cookies
        assert client.get(led.headers["location"]).status_code == 200


def test_a_secret_is_told_once(house: House) -> None:
    with httpx.Client(base_url=house.local) as client:
        made = client.post("/api/tokens", json={"name": "robot", "role": "editor", "valid_for": "1h"})
        assert made.status_code == 201
        secret = made.json()["token"]
        assert secret.startswith("tm_")
        listed = client.get("/api/tokens")
        assert secret not in listed.text
        (robot,) = [token for token in listed.json()["tokens"] if token["name"] == "robot"]
        assert (robot["role"], robot["revoked_at"]) == ("editor", None)
        assert client.post("/api/tokens", json={"name": "robot"}).status_code == 409
        assert client.delete("/api/tokens/robot").status_code == 204
        headers = {"Authorization": f"Bearer {secret}"}
        assert httpx.get(f"{house.open}/api/models", headers=headers).status_code == 401


def test_roles_decide_which_buttons_a_page_has(house: House) -> None:
    for role, shown in (("viewer", False), ("deployer", True)):
        with signed_in(house, role) as client:
            assert ("Promote late/1 to champion" in client.get("/models/late/1").text) is shown
            assert ("Roll back to late/1" in client.get("/endpoints/late").text) is shown
