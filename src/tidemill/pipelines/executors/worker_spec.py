"""What a process that executes tasks is told once, when it starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tidemill.core import Settings, UsageError, digest_file

#: How a process elsewhere comes to blobs: it opens the store itself, or they travel with the task.
OPENED, CARRIED = "opened", "carried"


@dataclass(frozen=True)
class WorkerSpec:
    """A project's code and store, as another process finds them.

    folder: the code, the project's folder or a bundle's. files: the digest of each file of code that was imported,
        by its path below the folder. sys_path: where else modules are found.
    blobs: `OPENED` or `CARRIED`. shown: the folder as it is called where the run was started.
    """

    folder: Path
    settings: Settings = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict)
    sys_path: tuple[str, ...] = ()
    blobs: str = OPENED
    shown: Path = Path()


def imported_files(folder: Path, modules: Mapping[str, object]) -> dict[str, str]:
    """Return the digests of the modules' files that lie in a folder, by path below it."""
    folder = folder.resolve()
    start, found = f"{folder}{os.sep}", {}
    for module in list(modules.values()):
        name = getattr(module, "__file__", None)
        if not isinstance(name, str) or not name.startswith(start) or "site-packages" in name:
            continue
        file = Path(name)
        if file.suffix == ".py" and file.is_file():
            found[str(file.relative_to(folder))] = digest_file(file)
    return found


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Raise UsageError when a file is not what it was when the run was planned."""
    for name, digest in files.items():
        file = folder / name
        if not file.is_file() or digest_file(file) != digest:
            raise UsageError(f"{name} has changed since this run was planned: run it again, with the code as it is now")
