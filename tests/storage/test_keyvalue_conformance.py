"""The key-value port on each of its backends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.valkey_server import Valkey
from tidemill.storage import KeyValueStore, open_keyvalue
from tidemill.testing import KeyValueConformance, KeyValueRaces


@pytest.fixture(params=["sqlite", "valkey"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyValueStore]:
    place: str | Path = tmp_path / "online.db"
    if request.param == "valkey":
        valkey: Valkey = request.getfixturevalue("valkey")
        place = valkey.url()
    store = open_keyvalue(place)
    yield store
    store.close()


class TestConformance(KeyValueConformance):
    """Each store alone."""


class TestRaces(KeyValueRaces):
    """Writers beside readers."""
