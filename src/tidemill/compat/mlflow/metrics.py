"""Histories of metrics: of one run in pages, of several runs sampled."""

from __future__ import annotations

from typing import Any

from tidemill.access import Role
from tidemill.compat.mlflow import shapes
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import invalid
from tidemill.compat.mlflow.keys import check_run_id
from tidemill.compat.mlflow.paging import place_of, token_of
from tidemill.tracking import HistoryPlace

_MOST_POINTS = 25_000
_MOST_RUNS = 100
_MOST_SAMPLED = 2500
_INT64 = 2**63
_RUNS = frozenset({"run_ids", "run_id"})


def get_history(call: MlflowCall) -> dict[str, Any]:
    """Return a page of the points of a metric."""
    fields = call.fields
    run_id, key = check_run_id(fields.run_id()), fields.text("metric_key", required=True)
    limit = fields.integer("max_results", _MOST_POINTS, least=1)
    after = _after(fields.text("page_token"))
    page = call.rooms.tracking.curves.page(call.caller, run_id, key, after, min(limit, _MOST_POINTS))
    token = None if page.next is None else token_of([*page.next[:2], repr(page.next.value), page.next.by_time])
    return known(metrics=[shapes.metric(each) for each in page.points], next_page_token=token)


def get_history_bulk(call: MlflowCall) -> dict[str, Any]:
    """Return the points of a metric of several runs."""
    run_ids = call.fields.texts("run_id")
    if not run_ids:
        raise invalid("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(run_ids) > _MOST_RUNS:
        raise invalid(
            f"GetMetricHistoryBulk request cannot specify more than {_MOST_RUNS} run_ids. "
            f"Received {len(run_ids)} run_ids."
        )
    key = call.fields.text("metric_key")
    if not key:
        raise invalid("GetMetricHistoryBulk request must specify a metric_key.")
    limit = min(call.fields.integer("max_results", _MOST_POINTS, least=1), _MOST_POINTS)
    asked = sorted(set(map(check_run_id, run_ids)))
    found = call.rooms.tracking.curves.history(call.caller, asked, key, limit)
    return {"metrics": [shapes.metric(point, run_id=run_id) for run_id, point in found]}


def get_history_bulk_interval(call: MlflowCall) -> dict[str, Any]:
    """Return points of a metric of several runs at evenly spread steps, the first and the last among them."""
    fields = call.fields
    run_ids = fields.texts("run_ids")
    if not any(run_ids):
        raise fields.missing("run_ids")
    if len(run_ids) > _MOST_RUNS:
        raise invalid(
            f"GetMetricHistoryBulkInterval request must specify at most {_MOST_RUNS} run_ids. "
            f"Received {len(run_ids)} run_ids."
        )
    key, limit = fields.text("metric_key", required=True), fields.integer("max_results", _MOST_SAMPLED)
    if not 1 <= limit <= _MOST_SAMPLED:
        raise fields.invalid("max_results", limit, f"max_results must be between 1 and {_MOST_SAMPLED}")
    first, last = fields.integer_or_none("start_step"), fields.integer_or_none("end_step")
    if (first is None) != (last is None):
        raise invalid("If either start step or end step are specified, both must be specified.")
    if first is not None and last is not None and first > last:
        raise invalid(f"end_step must be greater than start_step. Found start_step={first} and end_step={last}.")
    steps = None if first is None or last is None else (first, last)
    asked = list(dict.fromkeys(map(check_run_id, run_ids)))
    found = call.rooms.tracking.curves.interval(call.caller, asked, key, steps, limit)
    return known(metrics=[shapes.metric(point, run_id=run_id) for run_id, point in found])


def _after(token: str) -> HistoryPlace | None:
    if not token:
        return None
    place = place_of(token)
    try:
        step, at, value, by_time = place
        if not all(type(each) is int and -_INT64 <= each < _INT64 for each in (step, at)):
            raise ValueError(token)
        return HistoryPlace(step, at, float(value), bool(by_time))
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid(f"Invalid page token {token[:80]!r}; use that of a page") from error


ENDPOINTS = (
    Endpoint("GET", "/mlflow/metrics/get-history", Role.VIEWER, get_history),
    Endpoint(
        "GET", "/mlflow/metrics/get-history-bulk", Role.VIEWER, get_history_bulk, doors=("ajax-api",), lists=_RUNS
    ),
    Endpoint("GET", "/mlflow/metrics/get-history-bulk-interval", Role.VIEWER, get_history_bulk_interval, lists=_RUNS),
)
