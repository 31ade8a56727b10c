"""Traces of an MLflow database, with their spans: in a table of it, or in a file of their artifacts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from tidemill.compat.mlflow_stores.database_tables import Tables
from tidemill.compat.mlflow_stores.records import MovedFile, MovedTrace
from tidemill.compat.mlflow_stores.trace_words import PLACE_TAG, SPANS_FILE, plain_tags, state_of

_BATCH = 200
_INFO = "trace_info"


def traces_in(tables: Tables, experiment_id: int) -> Iterator[MovedTrace]:
    """Yield the traces of an experiment."""
    after = None
    while tables.has(_INFO) and (ids := tables.ids(_INFO, "request_id", after, _BATCH, experiment_id=experiment_id)):
        yield from traces_among(tables, ids)
        after = ids[-1]


def traces_among(tables: Tables, ids: Sequence[str]) -> list[MovedTrace]:
    """Return those of the traces that there are."""
    tags, metadata = _texts(tables, "trace_tags", ids), _texts(tables, "trace_request_metadata", ids)
    return [
        MovedTrace(
            id=row["request_id"],
            experiment_id=str(row["experiment_id"]),
            started_ms=row["timestamp_ms"],
            duration_ms=row["execution_time_ms"],
            state=state_of(row["status"]),
            request=row["request_preview"],
            response=row["response_preview"],
            client_request_id=row["client_request_id"],
            location=tags.get(row["request_id"], {}).get(PLACE_TAG, ""),
            tags=plain_tags(tags.get(row["request_id"], {})),
            metadata=metadata.get(row["request_id"], {}),
        )
        for row in list(tables.rows_among(_INFO, "request_id", ids))
    ]


def spans_file(tables: Tables, trace: MovedTrace) -> MovedFile | None:
    """Return the spans that a database has of a trace, as the file that MLflow writes elsewhere; None for none."""
    rows = list(tables.rows("spans", order=["start_time_unix_nano", "span_id"], trace_id=trace.id))
    if not rows:
        return None
    data = json.dumps({"spans": [json.loads(row["content"]) for row in rows if row["content"]]}).encode()

    def opened() -> BinaryIO:
        return io.BytesIO(data)

    return MovedFile(SPANS_FILE, len(data), opened)


def trace_rows(trace: MovedTrace, number: int, location: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a trace. location: where its artifacts are."""
    row = {
        "request_id": trace.id,
        "experiment_id": number,
        "timestamp_ms": trace.started_ms,
        "execution_time_ms": trace.duration_ms,
        "status": trace.state,
        "client_request_id": trace.client_request_id,
        "request_preview": trace.request,
        "response_preview": trace.response,
        "db_payload_generation": 0,
        "trace_name": trace.tags.get("mlflow.traceName"),
    }
    of = {"request_id": trace.id}
    return {
        _INFO: [row],
        "trace_tags": [of | pair for pair in _pairs({**trace.tags, PLACE_TAG: location})],
        "trace_request_metadata": [of | pair for pair in _pairs(trace.metadata)],
    }


def _pairs(texts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": text} for key, text in texts.items()]


def _texts(tables: Tables, table: str, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in tables.rows_among(table, "request_id", ids):
        found.setdefault(row["request_id"], {})[row["key"]] = row["value"] or ""
    return found
