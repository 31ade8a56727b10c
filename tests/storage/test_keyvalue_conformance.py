"""The key-value port on each of its backends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.test_encrypted_blobs import some_keys
from tests.valkey_server import Valkey
from tidemill.storage import KeyValueStore, open_keyvalue
from tidemill.storage.encryption.encrypted_keyvalue import EncryptedKeyValue
from tidemill.testing import KeyValueConformance, KeyValueRaces


@pytest.fixture(params=["sqlite", "valkey", "sqlite-encrypted", "valkey-encrypted"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyValueStore]:
    place: str | Path = tmp_path / "online.db"
    if request.param.startswith("valkey"):
        valkey: Valkey = request.getfixturevalue("valkey")
        place = valkey.url()
    store: KeyValueStore = open_keyvalue(place)
    if request.param.endswith("encrypted"):
        store = EncryptedKeyValue(store, some_keys())
    yield store
    store.close()


class TestConformance(KeyValueConformance):
    """Each store alone."""


class TestRaces(KeyValueRaces):
    """Writers beside readers."""
