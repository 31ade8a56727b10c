"""What is noted with a model version of the run that made it: params, metrics, datasets and features, as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidemill.access import Caller
from tidemill.core import NotFoundError, UsageError
from tidemill.deployment import made_of
from tidemill.tracking import InputDataset
from tidemill.workspace import Workspace

_MOST = 500


def run_facts(rooms: Workspace, caller: Caller, run_id: str) -> dict[str, Any]:
    """Return what is known of a run, by kind; what it has none of is left out. Empty for a run that is not here.

    datasets: dataset versions such as ``flights@3``, then what the run said it read, as ``name@digest``.
    """
    try:
        detail = rooms.tracking.get_run(caller, run_id) if run_id else None
    except (NotFoundError, UsageError):
        detail = None
    if detail is None:
        return {}
    metrics = {key: point.value for key, point in list(detail.metrics.items())[:_MOST]}
    said = rooms.tracking.inputs.of_runs(caller, [run_id])[run_id].datasets
    made = made_of(rooms.pipelines.steps(caller, run_id))
    datasets = [*made.get("datasets", ()), *_named(said)][:_MOST]
    facts = {
        "params": dict(list(detail.params.items())[:_MOST]),
        "metrics": {key: value for key, value in metrics.items() if abs(value) < float("inf")},
    }
    return facts | made | ({"datasets": datasets} if datasets else {})


def _named(datasets: Sequence[InputDataset]) -> list[str]:
    return list(dict.fromkeys(f"{each.name}@{each.digest}" for each in datasets))
