"""Answers over HTTP: the same numbers as the model gives, found again in the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.serving.running import Running
from tests.serving.samples import ROW, sample_rows
from tidemill.core import is_id
from tidemill.models import ModelPackage, load_predictor
from tidemill.serving import PredictionLog


def _values(answer: dict[str, Any]) -> list[float]:
    return [prediction["value"] for prediction in answer["predictions"]]


def _rows(n: int) -> list[dict[str, Any]]:
    rows = [dict(row) for row in sample_rows(n, seed=5).iter_rows(named=True)]
    return [{**row, "distance": None if np.isnan(row["distance"]) else row["distance"]} for row in rows]


@pytest.mark.parametrize("path", ["/predict/delay", "/predict/default/delay", "/predict/strict"])
def test_one_row_is_answered_as_the_model_does(shared: Running, package: ModelPackage, path: str) -> None:
    answer = shared.predict(ROW, path=path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["model"] == "delay/1"
    assert answer.json()["revision"] == 1
    expected = load_predictor(package, "onnx").predict({name: [value] for name, value in ROW.items()})
    assert _values(answer.json()) == expected.tolist()


@pytest.mark.parametrize("endpoint", ["delay", "native"])
@pytest.mark.parametrize("n", [2, 300, 10_000])
def test_many_rows_are_answered_in_order(shared: Running, package: ModelPackage, endpoint: str, n: int) -> None:
    rows = _rows(n)
    answer = shared.predict(*rows, path=f"/predict/{endpoint}").json()
    runtime = "native" if endpoint == "native" else "onnx"
    columns = {name: [row[name] for row in rows] for name in ROW}
    np.testing.assert_allclose(_values(answer), load_predictor(package, runtime).predict(columns), rtol=1e-6)
    ids = [prediction["prediction_id"] for prediction in answer["predictions"]]
    assert ids == sorted(set(ids))
    assert all(is_id(id_) for id_ in ids)


def test_nulls_and_unknown_levels_are_answered(shared: Running, package: ModelPackage) -> None:
    rows = [{**ROW, "distance": None}, {**ROW, "carrier": "ZZ"}]
    columns: dict[str, list[Any]] = {"carrier": ["UA", "ZZ"], "hour": [7, 7], "distance": [None, 1400.5]}
    expected = load_predictor(package, "onnx").predict(columns)
    assert _values(shared.predict(*rows).json()) == expected.tolist()


def test_the_answer_is_in_the_log_when_it_arrives(shared: Running, shared_home: Path) -> None:
    log = PredictionLog(shared_home / "predictions")
    sent = {**ROW, "flight_id": "UA1", "scheduled_at": "2013-03-01T05:00:00Z"}
    for endpoint in ("delay", "strict"):
        answer = shared.predict(sent, ROW, path=f"/predict/{endpoint}", request_id="mine").json()
        for prediction, row in zip(answer["predictions"], (sent, ROW), strict=True):
            found = log.find(prediction["prediction_id"])
            assert found is not None
            assert (found.value, found.row, found.request_id) == (prediction["value"], row, "mine")
            assert (found.project, found.endpoint, found.model) == ("default", endpoint, "delay/1")


@pytest.mark.parametrize(
    ("carrier", "event_time", "expected"),
    [
        ("UA", "2013-03-01T00:00:00Z", 0.75),
        ("UA", "2013-03-02T00:00:00Z", 0.75),
        ("UA", "2013-03-01T20:00:00-04:00", 0.75),
        ("UA", "2013-03-02T00:00:01Z", None),
        ("UA", "2013-02-28T23:59:59Z", None),
        ("UA", None, None),
        ("AA", "2013-03-01T00:00:00Z", None),
    ],
    ids=["at once", "at its TTL", "in another zone", "too old", "not known yet", "now", "unknown key"],
)
def test_a_feature_counts_when_it_was_known_and_is_fresh(  # noqa: PLR0917 - one case
    shared: Running, shared_home: Path, view_package: ModelPackage, carrier: str, event_time: str, expected: float
) -> None:
    row = {**ROW, "carrier": carrier, "scheduled_at": event_time}
    answer = shared.predict(row, path="/predict/featured").json()
    columns = {**{name: [row[name]] for name in ROW}, "late_rate_7d": [expected]}
    assert _values(answer) == load_predictor(view_package, "onnx").predict(columns).tolist()
    found = PredictionLog(shared_home / "predictions").find(answer["predictions"][0]["prediction_id"])
    assert found is not None
    used = found.features["carrier_delay"]
    assert (used.values if used else None) == ({"late_rate_7d": expected} if expected else None)
    assert used is None or used.event_at.isoformat() == "2013-03-01T00:00:00+00:00"


def test_a_large_request_in_pieces_is_answered(shared: Running) -> None:
    body = json.dumps({"rows": _rows(5_000)}).encode()
    pieces = (body[start : start + 7_000] for start in range(0, len(body), 7_000))
    answer = shared.client.post("/predict/delay", content=pieces, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert len(answer.json()["predictions"]) == 5_000


def test_pages_tell_what_is_served(shared: Running) -> None:
    assert shared.client.get("/health").json() == {"status": "ok"}
    assert shared.client.head("/health").content == b""
    report = shared.report("native")
    assert (report["project"], report["revision"], report["model"]) == ("default", 1, "delay/1")
    assert (report["runtime"], report["error"]) == ("native", None)


def test_metrics_count_answers_by_model_and_code(shared: Running) -> None:
    def count(code: int) -> float:
        wanted = f'tidemill_inference_requests_total{{model="delay",version="1",code="{code}"}} '
        lines = shared.client.get("/metrics").text.splitlines()
        return next((float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)), 0.0)

    right, wrong = count(200), count(400)
    shared.predict(ROW)
    shared.predict({"carrier": "<secret>"})
    assert (count(200), count(400)) == (right + 1, wrong + 1)
    text = shared.client.get("/metrics").text
    assert "secret" not in text
    shared.predict(ROW, path="/predict/secret")
    text = shared.client.get("/metrics").text
    assert 'tidemill_inference_requests_total{model="unknown",version="",code="404"}' in text
    assert "secret" not in text
    assert 'model=""' not in text
    assert 'tidemill_prediction_log_rows_total{project="default",endpoint="delay",outcome="dropped"} 0' in text
    assert 'tidemill_inference_duration_seconds_bucket{model="delay",version="1",le="+Inf"}' in text
    assert "process_resident_memory_bytes " in text
