"""What was answered to requests that carry an id, to answer them again with the same bytes. Bounded by rows.

An answer is kept packed (24 bytes a row and 20 more) and written out again only when it is asked for again.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from hashlib import blake2b
from math import nan

from tidemill.core import ConflictError
from tidemill.serving.answer_body import answer_body, answer_head

MOST_ROWS = 100_000
_DIGEST_BYTES = 16
_ID_BYTES = 16
_ROW_BYTES = _ID_BYTES + 8
_HEAD = struct.Struct("=16sI")


def body_digest(body: bytes) -> bytes:
    """Return the digest by which a request's body is told from another."""
    return blake2b(body, digest_size=_DIGEST_BYTES).digest()


class AnswerMemory:
    """The last answers of one endpoint by request id; the oldest go first. Not thread-safe."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._n_rows = 0
        self._packed: dict[str, bytes] = {}
        self._heads: list[bytes] = []
        self._head_numbers: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._packed)

    def find(self, request_id: str, digest: bytes) -> bytes | None:
        """Return the answer that was given, None when there was none.

        Raises ConflictError when the id was answered for another body.
        """
        packed = self._packed.get(request_id)
        if packed is None:
            return None
        known, number = _HEAD.unpack_from(packed)
        if known != digest:
            raise reused(request_id)
        n = _n_rows(packed)
        middle = _HEAD.size + _ID_BYTES * n
        ids = packed[_HEAD.size : middle].hex()
        values = array("d", packed[middle:])
        return answer_body(self._heads[number], [ids[32 * row : 32 * row + 32] for row in range(n)], values)

    def keep(self, request_id: str, digest: bytes, revision: tuple[str, int], rows: Rows) -> None:
        """Keep an answer by (model, revision); an earlier one of the same id gives way."""
        self.forget(request_id)
        ids, values = rows
        numbers = array("d", [nan if value is None else value for value in values])
        self._packed[request_id] = _HEAD.pack(digest, self._number(revision)) + ids + numbers.tobytes()
        self._n_rows += len(values)
        while self._n_rows > self._most_rows and len(self._packed) > 1:
            self.forget(next(iter(self._packed)))

    def forget(self, request_id: str) -> None:
        """Forget an answer, if it is there."""
        packed = self._packed.pop(request_id, None)
        if packed is not None:
            self._n_rows -= _n_rows(packed)

    def _number(self, revision: tuple[str, int]) -> int:
        head = answer_head(*revision)
        if head not in self._head_numbers:
            self._head_numbers[head] = len(self._heads)
            self._heads.append(head)
        return self._head_numbers[head]


#: The ids of an answer's rows, 16 bytes each, and their values.
Rows = tuple[bytes, Sequence[float | None]]


def reused(request_id: str) -> ConflictError:
    """Return the error for an id that came before with another body."""
    return ConflictError(
        f"request_id {request_id!r} was answered before for another body; give every request an id of its own, and "
        "repeat one only with the very same body"
    )


def _n_rows(packed: bytes) -> int:
    return (len(packed) - _HEAD.size) // _ROW_BYTES
