"""One revision of an endpoint in memory: from requests to their answers and log records."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np

from tidemill.core import DamagedError
from tidemill.models import Column, Predictor
from tidemill.serving.answer_body import answer_body, answer_head
from tidemill.serving.feature_lookup import FeatureLookup, OnlineReader
from tidemill.serving.log_writer import Entry
from tidemill.serving.matrix_encoder import MatrixEncoder
from tidemill.serving.records import PredictionsRecord, RevisionRecord, encode_record
from tidemill.serving.request import RequestDecoder
from tidemill.serving.snapshot import RequestColumn, Snapshot
from tidemill.serving.times import Times
from tidemill.storage.online_values import epoch_ms

_SAMPLES: dict[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0.5,
    "boolean": True,
    "datetime": "2013-03-01T05:00:00Z",
}


class Request(NamedTuple):
    """A request that has been read: its body, when, the model's inputs of each row, the online values used."""

    body: bytes
    read_at_us: int
    inputs: list[tuple[Any, ...]]
    used: list[list[bytes | None]]


class Answer(NamedTuple):
    """The body to send, the record of it and what to log."""

    body: bytes
    record: PredictionsRecord
    entry: Entry


class ServedEndpoint:
    """A loaded revision. Immutable and thread-safe once built.

    batches: whether the model's answers were proved to have the same bytes alone and in a batch.
    times: what tells when an answer is recorded; the machine's clock when it is left out.

    Raises DamagedError when request, views and model do not fit together.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        predictor: Predictor,
        store: OnlineReader,
        *,
        batches: bool,
        times: Times | None = None,
    ) -> None:
        times = times or Times()
        self.snapshot = snapshot
        self._now_ns = times.now_ns
        self._make_ids = times.make_ids
        self.runtime = predictor.runtime
        self._predictor = predictor
        self._batches = batches
        self._predict = predictor.predict_matrix
        self._decoder = RequestDecoder(snapshot)
        self._lookups = [
            FeatureLookup(view, snapshot.project, store, self._decoder.picker(_known_keys(view.keys, self._decoder)))
            for view in snapshot.views
        ]
        inputs = predictor.signature.inputs
        types = _input_types(snapshot, self._decoder.columns, inputs)
        self._encode = MatrixEncoder(inputs, types, predictor.dtype).encode
        self._pick, self._arrange = self._input_order([column.name for column in inputs])
        event_time = () if snapshot.event_time is None else (snapshot.event_time,)
        self._event_time = self._decoder.picker(event_time)
        self._revision = RevisionRecord(
            snapshot.revision,
            snapshot.model,
            snapshot.event_time,
            snapshot.key,
            tuple((view.name, view.columns) for view in snapshot.views),
        )
        self._head = answer_head(snapshot.model, snapshot.revision)
        #: Decode a body into its `rows` and `request_id`. Raises UsageError or TooLargeError for a wrong one.
        self.decode = self._decoder.decode

    def read(self, body: bytes, rows: Sequence[Any]) -> Request:
        """Take the model's inputs from a body's decoded rows, and look up their features.

        Raises UnavailableError when features, or the clock, cannot be read.
        """
        now_ns = self._now_ns()
        inputs = [self._pick(row) for row in rows]
        if not self._lookups:
            return Request(body, now_ns // 1000, inputs, [])
        inputs, used = self._with_features(rows, inputs, now_ns // 1_000_000)
        return Request(body, now_ns // 1000, inputs, used)

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """Answer requests: by one call of the model when that was proved to change nothing, else by one for each."""
        if len(requests) > 1 and not self._batches:
            return [answer for request in requests for answer in self.answer([request])]
        inputs = requests[0].inputs if len(requests) == 1 else [row for request in requests for row in request.inputs]
        values: list[float] = self._predict(self._encode(inputs)).tolist()
        ids = self._make_ids(requests[0].read_at_us // 1000, len(values))
        answers = []
        start = 0
        for request in requests:
            end = start + len(request.inputs)
            answers.append(self._answered(request, ids[start:end], values[start:end]))
            start = end
        return answers

    def _answered(self, request: Request, ids: list[str], values: list[float]) -> Answer:
        record = PredictionsRecord(
            request.read_at_us,
            self._revision.revision,
            bytes.fromhex("".join(ids)),
            [value if isfinite(value) else None for value in values],  # as the JSON of the answer has it
            request.body,
            request.used,
        )
        entry = Entry(self._revision, encode_record(record), len(ids))
        return Answer(answer_body(self._head, ids, values), record, entry)

    def warm_up(self) -> None:
        """Answer sample rows aside, so that the first caller meets a warm model.

        Raises DamagedError when the model's answers have the wrong shape, or its inputs would be encoded
        otherwise than in training.
        """
        body = msgspec.json.encode({"rows": [self._sample(full) for full in (True, False)]})
        rows = self._decoder.decode(body).rows
        picked = [self._pick(row) for row in rows]
        if self._lookups:
            picked, _ = self._with_features(rows, picked, time.time_ns() // 1_000_000)
        matrix = self._encode(picked)
        names = [column.name for column in self._predictor.signature.inputs]
        columns = dict(zip(names, zip(*picked, strict=True), strict=True))
        expected = self._predictor.signature.matrix(columns, self._predictor.dtype)
        if not np.array_equal(matrix, expected, equal_nan=True):
            raise DamagedError(f"{self.snapshot.model} would see other inputs than in training; package it again")
        for size in (2, 1, 1):
            values = self._predict(matrix[:size])
            if values.shape != (size,):
                raise DamagedError(f"{self.snapshot.model} gave an answer of shape {values.shape} for {size} rows")

    def _with_features(
        self, rows: Sequence[Any], picked: list[tuple[Any, ...]], now_ms: int
    ) -> tuple[list[tuple[Any, ...]], list[list[bytes | None]]]:
        event_at_ms = [_at_ms(self._event_time(row), now_ms) for row in rows]
        used = []
        for lookup in self._lookups:
            values, stored = lookup.read(rows, event_at_ms)
            picked = [mine + theirs for mine, theirs in zip(picked, values, strict=True)]
            used.append(stored)
        return [self._arrange(row) for row in picked], used

    def _input_order(
        self, names: list[str]
    ) -> tuple[Callable[[Any], tuple[Any, ...]], Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
        """Return what takes a row's own inputs, and what puts them and the features into the model's order."""
        looked_up = [column for view in self.snapshot.views for column in view.columns]
        own = tuple(name for name in names if name not in looked_up)
        available = [*own, *looked_up]
        order = [available.index(name) for name in names]
        get = itemgetter(*order)
        return self._decoder.picker(own), get if len(order) > 1 else lambda row: (get(row),)

    def _sample(self, full: bool) -> dict[str, Any]:
        levels = {column.name: column.levels for column in self._predictor.signature.inputs}
        row = {}
        for column in self._decoder.columns:
            known = levels.get(column.name, ())
            sample = known[0] if known and column.type == "string" else _SAMPLES[column.type]
            row[column.name] = sample if full or not column.nullable else None
        return row


def _at_ms(event_time: tuple[datetime | None, ...], now_ms: int) -> int:
    at = event_time[0] if event_time else None
    if at is None:
        return now_ms
    return epoch_ms(at if at.tzinfo else at.replace(tzinfo=UTC))


def _known_keys(keys: tuple[str, ...], decoder: RequestDecoder) -> tuple[str, ...]:
    sent = [column.name for column in decoder.columns]
    for key in keys:
        if key not in sent:
            raise DamagedError(f"a view is looked up by {key!r}, which no request column gives: {', '.join(sent)}")
    return keys


def _input_types(snapshot: Snapshot, sent: Sequence[RequestColumn], inputs: Sequence[Column]) -> list[str]:
    """Return the type in which each of the model's inputs arrives."""
    types: dict[str, str] = {column.name: column.type for column in sent}
    for view in snapshot.views:
        types.update(zip(view.columns, view.types or ("",) * len(view.columns), strict=True))
    for column in inputs:
        if column.name not in types:
            raise DamagedError(
                f"{snapshot.model} takes {column.name!r}, which neither the request nor a view gives; deploy again"
            )
        if column.kind == "number" and types[column.name] in {"string", "datetime"}:
            raise DamagedError(
                f"{snapshot.model} takes {column.name!r} as a number, the snapshot gives {types[column.name]}; "
                "deploy again"
            )
    # The type of an online value is only a hint, so its levels are looked up by their spelling.
    requested = {column.name: column.type for column in sent}
    return [requested.get(column.name, "") if column.name not in _view_columns(snapshot) else "" for column in inputs]


def _view_columns(snapshot: Snapshot) -> set[str]:
    return {column for view in snapshot.views for column in view.columns}
