"""A batch of metrics, params and tags for one run, stored together or not at all.

Thousands of points a second come this way, so entries as they should be are read at once; only when one is not are
they gone through one by one, to tell which.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from tidemill.compat.mlflow.endpoint import MlflowCall
from tidemill.compat.mlflow.errors import MissingValueError, conflict_is_invalid, invalid
from tidemill.compat.mlflow.fields import Fields
from tidemill.compat.mlflow.keys import LONGEST_PARAM, LONGEST_TAG, check_keys, check_run_id
from tidemill.compat.mlflow.shapes import LARGEST
from tidemill.tracking import Logged, MetricPoint, ModelPoint

MOST = {"metrics": 1000, "params": 100, "tags": 100}
MOST_IN_ALL = 1000


class _Metric(msgspec.Struct, gc=False):
    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


def log_batch(call: MlflowCall) -> dict[str, Any]:
    """Store a batch."""
    fields = call.fields
    run_id = check_run_id(fields.run_id())
    metrics, params, tags = _metrics(fields), _texts(fields, "params"), _texts(fields, "tags")
    _check_sizes(len(metrics), len(params), len(tags))
    check_keys((each.key for each in metrics), "metrics")
    check_keys((key for key, _ in params), "params")
    check_keys((key for key, _ in tags), "tags")
    logged = Logged(
        points=[MetricPoint(each.key, each.value, each.step, each.timestamp) for each in metrics],
        params=_once({}, [(key, value[:LONGEST_PARAM]) for key, value in params]),
        tags={key: value[:LONGEST_TAG] for key, value in tags},
        models=[_model_point(each) for each in metrics if each.model_id],
    )
    with conflict_is_invalid():
        call.rooms.tracking.changes.log(call.caller, run_id, logged)
    return {}


def clamped(value: float) -> float:
    """Return a value as it is kept: infinities as the largest numbers there are."""
    return math.copysign(LARGEST, value) if math.isinf(value) else value


def _metrics(fields: Fields) -> Sequence[_Metric]:
    given = fields.raw("metrics")
    if given is None or given == []:
        return ()
    try:
        metrics = msgspec.convert(given, list[_Metric])
        if all(each.timestamp >= 0 and each.key for each in metrics):
            return metrics
        entries = fields.maps("metrics")
    except (msgspec.ValidationError, OverflowError):
        entries = fields.maps("metrics")
    try:
        return [_metric(each) for each in entries]
    except MissingValueError as error:  # clients look for the list as well as for the place in it
        raise fields.invalid("metrics", given, str(error)) from error


def _metric(fields: Fields) -> _Metric:
    return _Metric(
        fields.text("key", required=True),
        clamped(fields.number("value", required=True)),
        fields.integer("timestamp", least=0),
        fields.integer("step", 0),
        fields.text_or_none("model_id"),
        fields.text_or_none("dataset_name"),
        fields.text_or_none("dataset_digest"),
    )


def _model_point(metric: _Metric) -> ModelPoint:
    return ModelPoint(
        metric.model_id or "",
        metric.key,
        metric.value,
        metric.step,
        metric.timestamp,
        metric.dataset_name or "",
        metric.dataset_digest or "",
    )


def _texts(fields: Fields, name: str) -> list[tuple[str, str]]:
    return [(each.text("key", required=True), each.text("value")) for each in fields.maps(name)]


def _once(known: dict[str, str], params: list[tuple[str, str]]) -> dict[str, str]:
    for key, value in params:
        if known.setdefault(key, value) != value:
            raise invalid(
                f"Duplicate parameter keys have been submitted: [{key!r}]. Please ensure the request contains only one "
                "param value per param key."
            )
    return known


def _check_sizes(n_metrics: int, n_params: int, n_tags: int) -> None:
    sizes = {"metrics": n_metrics, "params": n_params, "tags": n_tags}
    for name, size in sizes.items():
        if size > MOST[name]:
            raise invalid(
                f"A batch logging request can contain at most {MOST[name]} {name}. Got {size} {name}. Please split up "
                f"{name} across multiple requests and try again."
            )
    total = sum(sizes.values())
    if total > MOST_IN_ALL:
        raise invalid(
            f"A batch logging request can contain at most {MOST_IN_ALL} metrics, params, and tags. Got {total} "
            "metrics, params, and tags. Please split up metrics, params, and tags across multiple requests and try "
            "again."
        )
