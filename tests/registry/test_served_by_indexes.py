"""No verb of promotions reads a whole table."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.registry.requests import ANN, BO, EVE, LIVE, STAGING, asking, govern, register
from tidemill.core import SystemClock, new_id
from tidemill.registry import EvidenceRecords, PromotionRequests, Registry
from tidemill.storage.blob_urls import open_blobs
from tidemill.storage.schema import open_database

_SCAN = re.compile(r"SCAN (?!json_each|CONSTANT|\(|sqlite_master|tidemill_migration)")
_MINE = re.compile(r"promotion_(request|answer|policy)|gate_evidence|model_alias")


def test_every_statement_of_promotions_is_served_by_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, None] = {}
    connect = sqlite3.connect

    def traced(*args: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **more)
        connection.set_trace_callback(said.setdefault)
        return connection

    path = tmp_path / "records.db"
    with monkeypatch.context() as patch:
        for module in (sqlite3, sqlite3.dbapi2):
            patch.setattr(module, "connect", traced)
        database = open_database(path, SystemClock())
        blobs = open_blobs(str(tmp_path / "blobs"), tmp_path / "cache", home=tmp_path)
        registry, requests = Registry(database, blobs), PromotionRequests(database)
        one, two = register(registry, blobs, 2)
        govern(database, STAGING, replace(LIVE, approvers=("ann", "bo"), n_approvals=1))
        requests.ask(ANN, asking(registry, one, "staging"))
        for version in (one, two):
            asked, _ = requests.ask(EVE, asking(registry, version))
            requests.answer(BO, asked.id, True)
        requests.restore(ANN, new_id(), "late/1", "live", "back")
        requests.demote(ANN, "late", "staging")
        asked, _ = requests.ask(EVE, asking(registry, two))
        requests.cancel(EVE, asked.id)
        for state, model in ((None, None), ("pending", None), (None, "late"), ("approved", "late")):
            requests.list_requests(ANN, state, model)
        requests.policies(ANN, "late")
        requests.expire(ANN)
        evidence = EvidenceRecords(database, blobs)
        evidence.attach(ANN, one.package_digest, "CARD.md", b"what it is for")
        evidence.of(ANN, one.package_digest)
        database.close()
    asked_for = [each for each in said if _MINE.search(each) and not each.lstrip().upper().startswith("CREATE")]
    assert len(asked_for) > 15
    plans = connect(path)
    scans = {}
    for text in asked_for:
        steps = [str(row[3]) for row in plans.execute(f"EXPLAIN QUERY PLAN {text}")]
        if any(_SCAN.match(step) for step in steps):
            scans[text] = steps
    plans.close()
    assert not scans, "\n".join(f"{text}\n  {steps}" for text, steps in scans.items())
