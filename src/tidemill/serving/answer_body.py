"""The JSON of an answer. The same model, revision, ids and values give the same bytes, at once or a restart later."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_json = msgspec.json.Encoder().encode


def answer_head(model: str, revision: int) -> bytes:
    """Return how every answer of a revision begins."""
    return b'{"model":%b,"revision":%d,"predictions":[{"prediction_id":"' % (_json(model), revision)


def answer_body(head: bytes, ids: Sequence[str], values: Sequence[float | None]) -> bytes:
    """Return a whole answer, one id and value for each row; None and what is not finite become null."""
    predictions = [b'%b","value":%b' % (id_.encode(), _json(value)) for id_, value in zip(ids, values, strict=True)]
    return b"%b%b}]}" % (head, b'},{"prediction_id":"'.join(predictions))
