"""Reading a journal, while it is written or long after: its header, and its entries from a position on, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidemill.core import DamagedError
from tidemill.recording.entries import (
    ARTIFACT,
    BEGIN,
    BLOB,
    COMMIT,
    FINISH,
    HEADER,
    KEY_AT,
    PARAMS,
    POINT,
    POINT_BODY,
    TAGS,
    content_of,
)
from tidemill.recording.frames import MOST_FRAME_BYTES, Scan
from tidemill.recording.journal_seal import SEALED, JournalSeal
from tidemill.tracking import MOST_PARAMS, MOST_POINTS, MOST_TAGS, MetricPoint

_PIECE_BYTES = 2 * MOST_FRAME_BYTES


@dataclass
class Piece:
    """Entries of a journal from `start` to `end`: what one batch takes.

    artifact: the one file that the piece consists of, when it is one. blobs: files that tags name, by tag.
    """

    start: int
    end: int
    points: list[MetricPoint] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    begin: dict[str, Any] | None = None
    finish: dict[str, Any] | None = None
    commit: str | None = None
    artifact: dict[str, Any] | None = None
    blobs: dict[str, str] = field(default_factory=dict)
    n_damaged: int = 0
    n_entries: int = 0

    @property
    def is_full(self) -> bool:
        """Whether no more may be added to the batch."""
        full = len(self.points) >= MOST_POINTS or len(self.params) >= MOST_PARAMS // 2
        return full or len(self.tags) >= MOST_TAGS // 2 or self.artifact is not None


class JournalReader:
    """Reads one journal. For one thread. seal: opens what is sealed."""

    def __init__(self, path: Path, seal: JournalSeal | None = None) -> None:
        self.path = path
        self.seal = seal
        self._keys: dict[bytes, str] = {}

    def header(self) -> dict[str, Any]:
        """Return what the first entry says. Raises DamagedError for a file that has none, OSError."""
        with self.path.open("rb") as file:
            data = file.read(_PIECE_BYTES)
        for _, body in Scan(data, 0, ended=True).frames():
            if body[:1] == bytes((HEADER,)):
                try:
                    found = content_of(body)
                except ValueError:
                    break
                if isinstance(found, dict) and {"journal", "run", "version"} <= found.keys():
                    return found
                break
        raise DamagedError(f"{self.path} has no header of a journal; nothing of it can be sent")

    def pieces(self, start: int, written: int | None = None, most: int = MOST_POINTS) -> Iterator[Piece]:
        """Yield what is written from a position on, in pieces that a batch can take; a file has one of its own.

        written: how far the file is written, when it is still written to; None: to its end. most: entries of a piece.
        Raises OSError.
        """
        with self.path.open("rb") as file:
            end = file.seek(0, 2) if written is None else written
            position = start
            while position < end:
                file.seek(position)
                data = file.read(min(_PIECE_BYTES, end - position))
                if not data:
                    return
                scan = Scan(data, position, ended=position + len(data) >= end)
                piece = Piece(position, position)
                seen = 0
                for after, framed in scan.frames():
                    body = self._opened(framed)
                    if body[0] == ARTIFACT and piece.n_entries:
                        yield piece
                        piece = Piece(piece.end, piece.end)
                    piece.n_damaged, seen = piece.n_damaged + scan.n_damaged - seen, scan.n_damaged
                    self._add(piece, body)
                    piece.end = after
                    if piece.is_full or piece.n_entries >= most:
                        yield piece
                        piece = Piece(after, after)
                if scan.position == position and piece.end == position:  # no frame is that large
                    return
                piece.end = max(piece.end, scan.position)
                piece.n_damaged += scan.n_damaged - seen
                position = piece.end
                if piece.end > piece.start:
                    yield piece

    def _opened(self, body: bytes) -> bytes:
        """Return an entry in clear; one that is not as it was sealed stays as it is, and is counted as damage."""
        if body[0] != SEALED or self.seal is None:
            return body
        with suppress(DamagedError):
            return self.seal.open(body)
        return body

    def _add(self, piece: Piece, body: bytes) -> None:
        try:
            self._take(piece, body)
            piece.n_entries += 1
        except (ValueError, TypeError, KeyError, IndexError):  # a checksum that fits by chance, or a newer version
            piece.n_damaged += len(body)

    def _take(self, piece: Piece, body: bytes) -> None:
        kind = body[0]
        if kind == SEALED:
            raise ValueError("it is not as it was sealed")
        if kind == POINT:
            _, step, value, at = POINT_BODY.unpack_from(body)
            raw = body[KEY_AT:]
            key = self._keys.get(raw)
            if key is None:
                key = self._keys[raw] = raw.decode()
            piece.points.append(MetricPoint(key, value, step, at))
        elif kind in (PARAMS, TAGS):
            texts = {str(key): str(value) for key, value in content_of(body).items()}
            (piece.params if kind == PARAMS else piece.tags).update(texts)
        elif kind == BEGIN:
            piece.begin = dict(content_of(body))
        elif kind == FINISH:
            piece.finish = dict(content_of(body))
        elif kind == ARTIFACT:
            piece.artifact = dict(content_of(body))
        elif kind == BLOB:
            told = content_of(body)
            piece.blobs[str(told["tag"])] = str(told["file"])
        elif kind == COMMIT:
            piece.commit = str(content_of(body)["commit"])
