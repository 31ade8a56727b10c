"""Traces of an mlruns folder: ``trace_info.yaml``, a file for each tag and metadata, and artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidemill.compat.mlflow_stores.flat_yaml import read_flat_yaml
from tidemill.compat.mlflow_stores.folder_records import text_of, whole_of
from tidemill.compat.mlflow_stores.folder_texts import read_text, texts_below
from tidemill.compat.mlflow_stores.folder_writing import flat_yaml, write_texts
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.records import MovedTrace
from tidemill.compat.mlflow_stores.trace_words import PLACE_TAG, instant_ms, instant_text, plain_tags, state_of
from tidemill.core import DamagedError

_META = "trace_info.yaml"


def traces_in(experiment: Path, left_out: LeftOut) -> Iterator[MovedTrace]:
    """Yield the traces of an experiment's folder."""
    folder = experiment / "traces"
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if each.is_dir() and not each.is_symlink():
            trace = trace_in(each, left_out)
            if trace is not None:
                yield trace


def trace_in(folder: Path, left_out: LeftOut) -> MovedTrace | None:
    """Return the trace of a folder; None, and a line, when it cannot be read."""
    try:
        meta = read_flat_yaml(read_text(folder / _META))
    except (OSError, DamagedError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        left_out.add("trace", folder.name, f"its {_META} cannot be read: {why}")
        return None
    tags = dict(texts_below(folder / "tags", left_out))
    started = whole_of(meta, "timestamp_ms")
    length = whole_of(meta, "execution_duration_ms")
    return MovedTrace(
        id=folder.name,
        experiment_id=folder.parent.parent.name,
        started_ms=instant_ms(meta.get("request_time")) if started is None else started,
        duration_ms=whole_of(meta, "execution_time_ms") if length is None else length,
        state=state_of(meta.get("state") or meta.get("status")),
        request=text_of(meta, "request_preview") or None,
        response=text_of(meta, "response_preview") or None,
        client_request_id=text_of(meta, "client_request_id") or None,
        location=tags.get(PLACE_TAG, ""),
        tags=plain_tags(tags),
        metadata=dict(texts_below(folder / "request_metadata", left_out)),
    )


def write_trace(part: Path, trace: MovedTrace, place: tuple[str, str], left_out: LeftOut) -> None:
    """Write a trace into a folder. place: the experiment's id, and where the trace's artifacts will be."""
    meta: dict[str, Any] = {
        "trace_id": trace.id,
        "request_time": instant_text(trace.started_ms),
        "execution_duration_ms": trace.duration_ms,
        "state": trace.state,
        "request_preview": trace.request,
        "response_preview": trace.response,
        "client_request_id": trace.client_request_id,
    }
    told = flat_yaml({name: value for name, value in meta.items() if value is not None})
    where = f'trace_location:\n  mlflow_experiment:\n    experiment_id: "{place[0]}"\n  type: MLFLOW_EXPERIMENT\n'
    (part / _META).write_text(told + where, "utf-8")
    write_texts(part / "tags", {**trace.tags, PLACE_TAG: place[1]}, ("tag", trace.id), left_out)
    write_texts(part / "request_metadata", trace.metadata, ("metadata", trace.id), left_out)
