"""No 500 from strange input: odd names and queries on every route, many times, from a fixed seed."""

from __future__ import annotations

import random

import httpx
import pytest

from tests.server.conftest import House
from tests.server.test_roles import MATRIX

ODD = (
    "%00", "a%00b", "%ff%fe", "%F0%9F%98%80", "%2e%2e", "%2F", "a" * 5000, "-1", "0", "1e9", "9" * 20, "nan",
    "%0d%0aSet-Cookie:x", "'; DROP TABLE model;--", "%E2%80%AE", "late@champion", "late@", "@", "late/", "%25", "*",
    "{name}", "1.0", "%D9%A3", "%C2%B2", "parcels@1", "parcels@-1", "parcels@%D9%A3", "parcels@" + "9" * 30, "f" * 32,
    "01a1fde75d7f76c2a44ae69e3bc701d1",
    "%ed%a0%80",
)  # fmt: skip
QUERIES = ("limit", "before", "q", "version", "subject", "kind", "experiment", "next")
BODIES = (
    b"{}", b'{"name": "\\u0000"}', b'{"model": "late/\xd9\xa3"}', b'{"model": "late/99999999999999999999"}',
    b'{"params": {"a": 123456789012345678901234567890}, "release": false, "unique_key": "strange"}',
    b'{"name": "x", "valid_for": "99999999999999d"}', b'{"alias": ""}', b"null", b"7",
)  # fmt: skip
SOME, MANY = 4, 40


@pytest.mark.parametrize("rounds", [SOME, pytest.param(MANY, marks=pytest.mark.long)])
def test_nothing_strange_breaks_a_route(house: House, rounds: int) -> None:
    chance = random.Random(20)
    broken = []
    with httpx.Client(base_url=house.local) as client:
        for method, path in list(MATRIX) * rounds:
            # What changes something is asked of names that do not exist: others use this store.
            address = _odd(path, chance, "late" if method == "GET" else "nothing")
            body = chance.choice(BODIES) if method != "GET" else None
            response = client.request(
                method, address, content=body, headers={"Content-Type": "application/json"} if body else {}
            )
            if response.status_code >= 500 or "x" in response.cookies:
                broken.append((method, address[:100], body, response.status_code))
    assert not broken


def _odd(path: str, chance: random.Random, name: str) -> str:
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + chance.choice(ODD).replace("{name}", name) + rest.partition("}")[2]
    return f"{path}?{chance.choice(QUERIES)}={chance.choice(ODD)}&{chance.choice(QUERIES)}={chance.choice(ODD)}"
