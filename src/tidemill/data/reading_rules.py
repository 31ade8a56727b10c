"""How runs read sources: as declared, unless a version is pinned or another reading is put in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tidemill.data.source import Source


def _as_declared(source: Source) -> Source:
    return source


@dataclass(frozen=True)
class Reading:
    """What `Datasets.current` reads for a source.

    pins: versions by the source's name, read in place of its files.
    read_as: the source that is ingested in place of a declared one, such as one that gives a sample of its rows.
    root: the folder below which files are found, in place of the project's.
    """

    pins: Mapping[str, str] = field(default_factory=dict)
    read_as: Callable[[Source], Source] = _as_declared
    root: Path | None = None
