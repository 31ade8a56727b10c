"""Journals whose process has ended before all was stored, and bringing them to where they should go."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tidemill.core import DamagedError
from tidemill.recording.destinations import Destination
from tidemill.recording.drain import Drain, Sent
from tidemill.recording.journal import ENDING, FILES_ENDING
from tidemill.recording.journal_reader import JournalReader
from tidemill.storage import ProcessLocks
from tidemill.tracking import SILENT, Ending

Say = Callable[[str], None]


def journal_name(run_id: str, journal: str, *, owner: bool) -> str:
    """Return the name of a journal's file, without its ending: those that begin a run sort before all others."""
    return f"{run_id}-{'begin' if owner else 'more'}-{journal}"


def left_journals(folder: Path, locks: ProcessLocks, run_id: str = "") -> Iterator[Path]:
    """Yield the journals in a folder that no living process writes; by run, the one that begins it first."""
    for path in sorted(folder.glob(f"{run_id}*{ENDING}")):
        if locks.is_dead(path.stem):
            yield path


def send_left(path: Path, header: dict[str, Any], destination: Destination, say: Say) -> Sent:
    """Bring a journal whose process has ended to its destination, end its run if it has no end, and remove it.

    Raises UnavailableError when the destination does not answer, and other errors of this package when a person has to
    see to it; what was brought until then stays brought.
    """
    drain = Drain(path, header, say, alive=False)
    drain.run(destination)
    if header.get("owner") and not drain.ended:
        drain.close(destination, Ending("killed", _changed_ms(path), SILENT[1]))
    remove(path)
    return drain.sent


def header_of(path: Path, say: Say) -> dict[str, Any] | None:
    """Return the header of a journal; None for one that has none, which is put aside, or is gone."""
    try:
        return JournalReader(path).header()
    except DamagedError as error:
        if path.stat().st_size and path.read_bytes().strip(b"\0"):
            say(str(error))
            path.replace(path.with_suffix(".damaged"))
        else:  # its process ended before it wrote anything
            remove(path)
    except FileNotFoundError:
        pass
    return None


def remove(path: Path) -> None:
    """Remove a journal and the files beside it."""
    with suppress(OSError):
        path.unlink()
    shutil.rmtree(path.with_suffix(FILES_ENDING), ignore_errors=True)


def _changed_ms(path: Path) -> int:
    return path.stat().st_mtime_ns // 1_000_000
