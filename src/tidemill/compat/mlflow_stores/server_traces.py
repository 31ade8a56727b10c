"""Traces on a server, whose ids it takes as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tidemill.compat.mlflow_stores.records import MovedTrace
from tidemill.compat.mlflow_stores.server_writing import ServerWriting
from tidemill.compat.mlflow_stores.trace_words import RUN_METADATA, trace_message, trace_of
from tidemill.core import NotFoundError, UsageError

_PATH = "/api/3.0/mlflow/traces"


class ServerTraces:
    """Puts traces. there: the id there of a run."""

    def __init__(self, writing: ServerWriting, there: Callable[[str], str]) -> None:
        self.places: dict[str, str] = {}
        self._writing = writing
        self._there = there

    def wanted(self, ids: Sequence[str]) -> set[str]:
        """Return which traces are not there."""
        found = self._writing.each(self._found, ids)
        return {id_ for id_, trace in zip(ids, found, strict=True) if trace is None or trace.state == "IN_PROGRESS"}

    def begin(self, experiment_id: str, trace: MovedTrace) -> None:
        """Make a trace that goes on, and learn where its files are put."""
        self._put(experiment_id, replace(trace, state="IN_PROGRESS"))
        found = self._found(trace.id)
        self.places[trace.id] = found.location if found else ""

    def put(self, experiment_id: str, traces: Sequence[MovedTrace]) -> None:
        """Put traces whose files were put."""
        self._writing.each(lambda trace: self._put(experiment_id, trace), traces)
        for trace in traces:
            self.places.pop(trace.id, None)

    def written(self, ids: Sequence[str]) -> dict[str, MovedTrace]:
        """Return traces as they are there now."""
        return {trace.id: trace for trace in self._writing.each(self._found, ids) if trace is not None}

    def _found(self, id_: str) -> MovedTrace | None:
        try:
            return trace_of(self._writing.server.get(f"{_PATH}/{id_}", {})["trace"]["trace_info"])
        except (NotFoundError, UsageError):
            return None

    def _put(self, experiment_id: str, trace: MovedTrace) -> None:
        metadata = dict(trace.metadata)
        if RUN_METADATA in metadata:
            metadata[RUN_METADATA] = self._there(metadata[RUN_METADATA])
        message = trace_message(replace(trace, metadata=metadata), experiment_id)
        self._writing.server.post(_PATH, {"trace": {"trace_info": message}})
