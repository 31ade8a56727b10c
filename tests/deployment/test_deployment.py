"""Endpoints as they are declared, and the snapshots that serve them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tidemill as tm
from tests.serving_process import serving
from tests.small_project import ANN, release, write_project
from tidemill.client import Client
from tidemill.core import UsageError
from tidemill.serving import read_pointer, read_snapshot

ROW = {"depot": "B", "weight": 15.0}


@tm.pipeline
def nothing() -> Any:
    return None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "a/b"}, "cannot name a endpoint"),
        ({"pipeline": lambda: None}, "decorate it @pipeline"),
        ({"gate": []}, "has no gate"),
        ({"log": "never"}, "strict, normal or lossy"),
        ({"monitors": tm.drift()}, "is given monitors=Drift.*; give a list, as .drift"),
        ({"retrain": None}, "is given retrain=None; give a list, as .every"),
        ({"gate": tm.at_least("auc", 0.6)}, "is given gate=GateRule.*; give a list, as .at_least"),
        ({"cool_down": 7}, "cool_down of endpoint 'late': 7 is not a duration; .*'28d'"),
    ],
)
def test_a_wrong_declaration_is_refused_where_it_stands(given: dict[str, Any], said: str) -> None:
    arguments: dict[str, Any] = {"name": "late", "pipeline": nothing, "gate": [tm.at_least("auc", 0.6)]} | given
    with pytest.raises(UsageError, match=said):
        tm.endpoint(arguments.pop("name"), **arguments)


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: tm.every(28), "a retraining's period: 28 is not a duration"),  # type: ignore[arg-type]
        (lambda: tm.drift(window=7), "a monitor's window: 7 is not a duration"),  # type: ignore[arg-type]
        (lambda: tm.performance("auc", label_delay=None), "a monitor's label_delay: None is not"),  # type: ignore[arg-type]
    ],
)
def test_a_duration_that_is_no_text_is_told_with_its_name(declare: Callable[[], object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        declare()


def test_a_snapshot_says_what_a_request_brings_and_what_is_looked_up(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    folder = workspace.home / "serving" / "default" / "late"
    assert read_pointer(folder) == 1
    snapshot = read_snapshot(folder, 1)
    assert [(column.name, column.type, column.nullable) for column in snapshot.request] == [
        ("depot", "string", False),
        ("weight", "number", True),
    ]
    assert (snapshot.event_time, snapshot.key, snapshot.runtime) == ("sent_at", "parcel_id", "onnx")
    assert [(view.name, view.keys, view.columns, view.ttl_s) for view in snapshot.views] == [
        ("depot_load", ("depot",), ("n_sent",), 30 * 86400)
    ]
    assert json.loads((folder / "1.json").read_text())["model"] == "late/1"


def test_promotions_under_load_fail_no_request(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    release(tmp_path, n_trees=30)
    row = ROW | {"sent_at": "2013-02-16T00:00:00Z"}
    answers: list[str] = []
    failures: list[Exception] = []
    stop = threading.Event()

    with serving(workspace.home, "late") as address:

        def ask() -> None:
            with Client(address) as client:
                while not stop.is_set():
                    try:
                        answers.append(client.predict("late", [row])[0].model)
                    except Exception as error:  # noqa: BLE001 - any failure at all is the finding
                        failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(20):
            workspace.promotions.promote(ANN, f"late/{number % 2 + 1}")
            stop.wait(0.15)
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert set(answers) == {"late/1", "late/2"}
    assert workspace.predictions.count(ANN, "late") == len(answers)
