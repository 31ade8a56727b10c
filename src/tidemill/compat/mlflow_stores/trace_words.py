"""What MLflow says of a trace: where its files and spans are, which a move makes anew; instants and lengths."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tidemill.compat.mlflow_stores.records import MovedTrace
from tidemill.core import iso, unix_ms

PLACE_TAG, SPANS_TAG = "mlflow.artifactLocation", "mlflow.trace.spansLocation"
RUN_METADATA = "mlflow.sourceRun"
SPANS_FILE = "traces.json"
_STATES = {"TRACE_STATUS_UNSPECIFIED": "STATE_UNSPECIFIED"}
_SECONDS = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a trace without those that tell where its files and spans are."""
    return {key: text for key, text in tags.items() if key not in {PLACE_TAG, SPANS_TAG}}


def state_of(word: Any) -> str:
    """Return a state by its newer or older word."""
    return _STATES.get(str(word), str(word or "STATE_UNSPECIFIED"))


def instant_ms(text: Any) -> int:
    """Return an instant as milliseconds; 0 for what is none.

    >>> instant_ms("2026-11-22T09:43:27.332Z")
    1795340607332
    """
    try:
        return unix_ms(datetime.fromisoformat(str(text).replace("Z", "+00:00")))
    except (ValueError, OverflowError):
        return 0


def instant_text(milliseconds: int) -> str:
    """Return an instant in milliseconds as text."""
    return iso(_EPOCH + timedelta(milliseconds=milliseconds))


def length_ms(text: Any) -> int | None:
    """Return a length such as ``0.486s`` in milliseconds; None for none."""
    found = _SECONDS.fullmatch(str(text or ""))
    return None if found is None else round(float(found[1]) * 1000)


def length_text(milliseconds: int) -> str:
    """Return a length in milliseconds as text.

    >>> length_text(486)
    '0.486s'
    """
    whole, rest = divmod(max(0, math.floor(milliseconds)), 1000)
    return f"{whole}.{rest:03d}s"


def trace_of(info: Mapping[str, Any]) -> MovedTrace:
    """Return a trace of the third version of MLflow's API."""
    tags = {str(key): str(text) for key, text in (info.get("tags") or {}).items()}
    experiment = (info.get("trace_location") or {}).get("mlflow_experiment") or {}
    return MovedTrace(
        id=str(info["trace_id"]),
        experiment_id=str(experiment.get("experiment_id", "")),
        started_ms=instant_ms(info.get("request_time")),
        duration_ms=length_ms(info.get("execution_duration")),
        state=state_of(info.get("state")),
        request=info.get("request_preview"),
        response=info.get("response_preview"),
        client_request_id=info.get("client_request_id"),
        location=tags.get(PLACE_TAG, ""),
        tags=plain_tags(tags),
        metadata={str(key): str(text) for key, text in (info.get("trace_metadata") or {}).items()},
    )


def trace_message(trace: MovedTrace, experiment_id: str) -> dict[str, Any]:
    """Return a trace as a message of the third version of MLflow's API."""
    told = {
        "trace_id": trace.id,
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}},
        "request_time": instant_text(trace.started_ms),
        "execution_duration": None if trace.duration_ms is None else length_text(trace.duration_ms),
        "state": trace.state,
        "request_preview": trace.request,
        "response_preview": trace.response,
        "client_request_id": trace.client_request_id,
        "tags": trace.tags,
        "trace_metadata": trace.metadata,
    }
    return {name: value for name, value in told.items() if value is not None}
