"""Bringing all that waits in a folder's journals to where it should go. Done twice, the second time adds nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tidemill.core import Settings, TidemillError
from tidemill.recording.destinations import Destination, Target
from tidemill.recording.journal import ENDING
from tidemill.recording.left_journals import header_of, left_journals, send_left
from tidemill.storage import ProcessLocks


@dataclass
class SyncReport:
    """What a sync did. runs: of which journals were brought. waiting: what was not, by journal, and why.

    n_in_use: journals of processes that are at work, which bring them by themselves. said: what was damaged or refused.
    """

    runs: list[str] = field(default_factory=list)
    n_journals: int = 0
    n_points: int = 0
    n_files: int = 0
    n_in_use: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


def sync(settings: Settings, environ: Mapping[str, str] | None = None) -> SyncReport:
    """Bring what waits in the journals of a folder's runs to the store or server that each names.

    A journal is removed once all of it is stored. A run whose process ended without a word is closed as killed. What
    cannot be brought now stays, and is told in the report; nothing is raised for it.

    >>> import tempfile
    >>> from pathlib import Path
    >>> sync(Settings(home=Path(tempfile.mkdtemp()))).n_journals
    0
    """
    report = SyncReport()
    environ = os.environ if environ is None else environ
    folder = Target(settings).journals
    locks = ProcessLocks(folder)
    opened: dict[str, Destination] = {}
    try:
        for path in left_journals(folder, locks):
            header = header_of(path, report.said.append)
            if header is None:
                locks.forget(path.stem)
                continue
            try:
                destination = _opened(opened, settings, header, environ)
                sent = send_left(path, header, destination, report.said.append)
            except (TidemillError, OSError) as error:
                report.waiting[path.name] = str(error)
                continue
            locks.forget(path.stem)
            report.n_journals += 1
            report.n_points += sent.n_points
            report.n_files += sent.n_files
            if header["run"] not in report.runs:
                report.runs.append(header["run"])
        report.n_in_use = sum(not locks.is_dead(path.stem) for path in folder.glob(f"*{ENDING}"))
    finally:
        for each in opened.values():
            each.close()
    return report


def _opened(
    opened: dict[str, Destination], settings: Settings, header: Mapping[str, object], environ: Mapping[str, str]
) -> Destination:
    url, project = str(header.get("url") or ""), str(header.get("project") or settings.project)
    key = url or f"project {project}"
    if key not in opened:
        opened[key] = Target(replace(settings, project=project), url).open(environ)
    return opened[key]
