"""What a prediction log's frames hold: msgpack of one of two records, told apart by their tag.

A `RevisionRecord` precedes the first predictions of a revision in every segment, and comes again every 256 KiB, so
that a segment explains itself and so does its tail.
A `PredictionsRecord` holds one request: the body as it came and the feature values as they were stored, so
that writing costs two copies and no second encoding; reading takes them apart.
"""

from __future__ import annotations

import msgspec


class RevisionRecord(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """What is needed to read the predictions of a revision: its model and the names of what it looked up."""

    revision: int
    model: str
    event_time: str | None
    key: str | None
    views: tuple[tuple[str, tuple[str, ...]], ...]


class PredictionsRecord(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The answers to one request.

    recorded_at_us: microseconds since 1970.
    ids: 16 bytes for each row. values: one for each row, None where the model gave no finite number.
    features: for each view, for each row, the online value used or None.
    """

    recorded_at_us: int
    revision: int
    ids: bytes
    values: list[float | None]
    body: bytes
    features: list[list[bytes | None]]


Record = RevisionRecord | PredictionsRecord

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """Return a record's payload."""
    return _encoder.encode(record)


def decode_record(payload: bytes) -> Record:
    """Return the record of a payload. Raises msgspec.DecodeError."""
    record: Record = _decoder.decode(payload)
    return record


def is_revision(payload: bytes) -> bool:
    """Tell from its second byte, the tag, whether a payload is a `RevisionRecord`."""
    return payload[1:2] == b"\x00"
