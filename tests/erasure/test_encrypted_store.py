"""Erasure in an encrypted store, whether it was made so or copied from one in clear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.erasure.person_project import MARK, NOTE, ORDER, OTHER, Lived, open_person_project, places_of, unpacked
from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.core import KeySource, Settings, SystemClock
from tidemill.serving.log_seal import LogSeal
from tidemill.serving.prediction_log import PredictionLog
from tidemill.storage import LocalBlobs
from tidemill.storage.blobs.port import all_blobs
from tidemill.storage.encryption.encrypted_blobs import EncryptedBlobs
from tidemill.storage.encryption.key_file import open_home_keys
from tidemill.storage.encryption.master_key import make_key_file
from tidemill.storage.stores import Place, copy_store
from tidemill.workspace import Workspace

KEY = [{"customer": MARK}]
MARKS = (MARK, NOTE, ORDER)


def opened_places(workspace: Workspace, key: KeySource) -> Iterator[str]:
    """Yield what names a mark once it is opened with the key: blobs, those set aside too, and logged predictions."""
    blobs = workspace.blobs
    assert isinstance(blobs, EncryptedBlobs)
    assert isinstance(blobs.place, LocalBlobs)
    digests = [*(each.digest for each in all_blobs(blobs)), *(blobs.digest(b.digest) for b in blobs.place.aside.list())]
    for digest in digests:
        data = blobs.get(digest)
        data += unpacked(data)
        yield from (f"blob {digest}: {word}" for word in MARKS if word.encode() in data)
    log = PredictionLog(workspace.home / "predictions", LogSeal(open_home_keys(workspace.home, key)))
    assert not log.damage("default", "late")
    for each in log.scan("default", "late"):
        yield from (f"prediction {each.prediction_id}: {word}" for word in MARKS if word in repr(each))


@pytest.mark.timeout(300)
def test_an_erased_customer_is_nowhere_in_an_encrypted_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = KeySource("file", (str(tmp_path / "key"),))
    make_key_file(tmp_path / "key")
    with monkeypatch.context() as environment:
        environment.setenv("TIDEMILL_ENCRYPTION", f"file:{tmp_path / 'key'}")
        lived = Lived.make(tmp_path / "p", toml=f'[encryption]\nkey = {{file = "{tmp_path / "key"}"}}\n')
    workspace, _ = open_person_project(tmp_path / "p")
    assert not list(places_of(workspace.home, *MARKS)), "nothing of it is in clear at any time"
    assert list(opened_places(workspace, key))
    workspace.encryption.rotate(ANN)
    assert isinstance(workspace.blobs, EncryptedBlobs)

    done = workspace.erasures.erase(ANN, KEY, "ticket 4711")
    assert (done.state, done.waiting) == ("done", ())
    assert {item.name for item in done.of("prediction")} == set(lived.marked)
    assert done.of("online")[0].detail["n_keys"] == 1
    assert not list(opened_places(workspace, key))
    log = workspace.predictions.recent(ANN, "late", 100)
    assert {each.prediction_id for each in log if each.value is None} == set(lived.marked)
    assert {each.row["customer"] for each in log if each.value is not None} == {OTHER}
    again = workspace.erasures.erase(ANN, [{"customer": OTHER}], "ticket 4712")
    assert again.state == "done"
    assert all(each.value is None for each in workspace.predictions.recent(ANN, "late", 100))
    assert workspace.audit.verify(ANN).sound
    workspace.database.close()


@pytest.mark.timeout(300)
def test_an_erased_customer_is_nowhere_in_what_was_copied_from_a_store_in_clear(tmp_path: Path, lived: Lived) -> None:
    workspace, _ = lived.copy_to(tmp_path / "p")
    workspace.database.close()
    key = KeySource("file", (str(tmp_path / "key"),))
    make_key_file(tmp_path / "key")
    copy_store(Place(workspace.home), Place(tmp_path / "sealed", key=key), SystemClock())
    sealed = open_workspace(tmp_path / "p", Settings(home=tmp_path / "sealed", encryption=key))
    assert list(opened_places(sealed, key))
    done = sealed.erasures.erase(ANN, KEY, "ticket 4711")
    assert {item.name for item in done.of("prediction")} == set(lived.marked)
    assert not list(opened_places(sealed, key))
    log = sealed.predictions.recent(ANN, "late", 100)
    assert len(log) == 13
    assert {each.row["customer"] for each in log if each.value is not None} == {OTHER}
    sealed.database.close()
