"""Bringing one journal to its destination, from the position that was reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tidemill.core import NotFoundError, UnavailableError, UsageError
from tidemill.recording.destinations import Destination
from tidemill.recording.journal import FILES_ENDING
from tidemill.recording.journal_reader import JournalReader, Piece
from tidemill.recording.journal_seal import seal_of
from tidemill.tracking import Beginning, Ending, JournalBatch


@dataclass
class Sent:
    """What was brought of a journal."""

    n_points: int = 0
    n_batches: int = 0
    n_files: int = 0
    n_refused: int = 0
    n_damaged_bytes: int = 0


class Drain:
    """Brings a journal to a destination. For one thread.

    alive: whether the process that writes it is at work. say: is told in a line what is refused or damaged.
    position: how far it is stored. ended: whether the end of the run was among it.
    """

    def __init__(self, path: Path, header: dict[str, Any], say: Callable[[str], None], *, alive: bool = True) -> None:
        self.run_id, self._journal = str(header["run"]), str(header["journal"])
        self._reader = JournalReader(path)
        self._header = header
        self._files = path.with_suffix(FILES_ENDING)
        self._say = say
        self._alive = alive
        self.position = 0
        self.ended = False
        self.sent = Sent()

    def run(self, destination: Destination, written: int | None = None) -> None:
        """Bring what is written and not yet stored. written: how far the file is written; None: to its end.

        Raises UnavailableError when the destination does not answer, now or until somebody has seen to it, or when the
        journal is sealed and the destination has not its key; OSError.
        """
        self._reader.seal = self._reader.seal or seal_of(self._header, destination.keys)
        again = True
        while again:
            again = False
            for piece in self._reader.pieces(self.position, written):
                reached = self._bring(destination, piece)
                if piece.n_damaged:
                    self.sent.n_damaged_bytes += piece.n_damaged
                    self._say(f"{piece.n_damaged:,} bytes of {self._reader.path} are damaged and were passed over")
                self.position = reached
                if reached != piece.end:  # more is stored than this process knew, or less: after a restore
                    again = True
                    break

    def close(self, destination: Destination, ending: Ending) -> None:
        """Store how the run ended whose process did not say so."""
        end = self.position + 1
        self.position = destination.send(self.run_id, JournalBatch(self._journal, end - 1, end, finish=ending))

    def _bring(self, destination: Destination, piece: Piece) -> int:
        try:
            return self._send(destination, piece)
        except UsageError as error:
            if piece.n_entries > 1:
                return self._bring_one_by_one(destination, piece)
            self.sent.n_refused += 1
            self._say(f"run {self.run_id}: an entry was refused and is left out: {error}")
            return destination.send(self.run_id, self._batch(Piece(piece.start, piece.end)))

    def _bring_one_by_one(self, destination: Destination, piece: Piece) -> int:
        reached = piece.start
        for each in self._reader.pieces(piece.start, piece.end, most=1):
            reached = self._bring(destination, each)
            if reached != each.end:
                break
        return reached

    def _send(self, destination: Destination, piece: Piece) -> int:
        batch = self._batch(piece)
        try:
            if piece.artifact is not None:
                self._put_artifact(destination, piece.artifact)
            tags = {tag: self._put_blob(destination, tag, name) for tag, name in piece.blobs.items()}
            if tags:
                batch = replace(batch, tags={**batch.tags, **{tag: found for tag, found in tags.items() if found}})
            reached = destination.send(self.run_id, batch)
        except NotFoundError as error:  # whoever began the run has not sent it yet
            raise UnavailableError(str(error)) from error
        if reached == piece.end:
            self.sent.n_batches += 1
            self.sent.n_points += len(piece.points)
            self.ended = self.ended or piece.finish is not None
        elif reached == piece.start:
            raise UnavailableError(f"run {self.run_id}: a batch was neither stored nor refused")
        return reached

    def _batch(self, piece: Piece) -> JournalBatch:
        return JournalBatch(
            journal=self._journal,
            start=piece.start,
            end=piece.end,
            points=piece.points,
            params=piece.params,
            tags=piece.tags,
            begin=None if piece.begin is None else Beginning(**piece.begin),
            finish=None if piece.finish is None else Ending(**piece.finish),
            commit=piece.commit,
            alive=self._alive,
        )

    def _put_artifact(self, destination: Destination, told: dict[str, Any]) -> None:
        file = self._file(str(told["file"]), str(told["path"]))
        if file is not None:
            destination.put_artifact(self.run_id, str(told["path"]), file, self._reader.seal)
            self.sent.n_files += 1

    def _put_blob(self, destination: Destination, tag: str, name: str) -> str:
        file = self._file(name, tag)
        return "" if file is None else destination.put_blob(file, self._reader.seal)

    def _file(self, name: str, what: str) -> Path | None:
        file = self._files / Path(name).name
        if file.is_file():
            return file
        self._say(f"run {self.run_id}: {what} is gone from {self._files}")
        return None
