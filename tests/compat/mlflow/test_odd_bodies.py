"""Whatever a client sends to whichever endpoint: an answer, or a refusal in MLflow's shape, never an error of ours."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.compat.mlflow.conftest import Api, Shared
from tidemill.compat.mlflow import ENDPOINTS, Endpoint

ODD: tuple[Any, ...] = (
    None, "", 0, -1, 2**31, 2**64, 1.5, float("nan"), float("inf"), True, [], {}, [None], [5], [[]], [{}],
    [{"key": None}], [{"key": "a", "value": None}], [{"key": {}, "value": []}], {"a": 1}, "\0", "\ud800", "é" * 2000,
    "' OR 1=1; --", "../../x", "1e400", [""] * 500, ["\ud800"], [{"key": "\0", "value": "\0", "timestamp": 1}],
    [{"dataset": {"name": "\ud800", "digest": 5}}], [{"model_id": "\0"}], [{"field_name": "\0"}], "9" * 400,
)  # fmt: skip
N_OF_EACH = 40


@pytest.mark.long
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.verb} {each.paths[0]}")
def test_odd_fields_are_answered_or_refused(api: Api, shared: Shared, endpoint: Endpoint) -> None:
    rng = random.Random(endpoint.paths[0])
    usual = _usual(api, shared)
    path = endpoint.paths[0]
    for name, value in usual.items():
        path = path.replace(f"{{{name}}}", str(value))
    for _ in range(N_OF_EACH):
        fields = usual | {rng.choice(list(usual)): rng.choice(ODD) for _ in range(rng.randint(1, 3))}
        if endpoint.verb == "GET":
            answer = api.http.get(path, params={name: _plain(value) for name, value in fields.items()})
        else:
            body, headers = json.dumps(fields), {"content-type": "application/json"}
            answer = api.http.request(endpoint.verb, path, content=body, headers=headers)
        assert answer.status_code in {200, 400, 404, 409, 501}, (fields, answer.text)
        if answer.status_code != 200:
            told = answer.json()
            assert set(told) == {"error_code", "message"}, fields


def _usual(api: Api, shared: Shared) -> dict[str, Any]:
    experiment_id = api.post("experiments/create", name=next(shared.names))["experiment_id"]
    run_id = api.post("runs/create", experiment_id=experiment_id)["run"]["info"]["run_id"]
    model_id = api.post("logged-models", experiment_id=experiment_id)["model"]["info"]["model_id"]
    return {
        "experiment_id": experiment_id, "run_id": run_id, "model_id": model_id, "name": next(shared.names),
        "version": "1", "key": "k", "value": "1", "timestamp": 5, "step": 1, "experiment_ids": [experiment_id],
        "metric_key": "k", "run_ids": [run_id], "new_name": next(shared.names), "experiment_name": "x", "alias": "al",
        "status": "FINISHED", "stage": "Staging", "archive_existing_versions": False, "metrics": [], "params": [],
        "tags": [], "max_results": 5, "filter": "", "order_by": [], "page_token": "", "models": [], "datasets": [],
        "model_json": "{}", "path": "a", "source": "s3://b/x", "trace_ids": ["tr-1"], "request_ids": ["tr-1"],
        "trace_id": "tr-1", "request_id": "tr-1", "webhook_id": "w", "tag_key": "k",
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
        return [str(each).encode("utf-8", "replace").decode() for each in value]
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace").decode()
