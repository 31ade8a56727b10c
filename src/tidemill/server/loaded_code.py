"""Whether the project's files are still those that this process has imported: Python imports a file once."""

from __future__ import annotations

import sys
from pathlib import Path

Stamp = tuple[int, int] | None


class LoadedCode:
    """Remembers the project's imported files by size and time of change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._seen: dict[Path, Stamp] = {}

    def note(self) -> None:
        """Remember the files that were imported since the last time."""
        for module in list(sys.modules.values()):
            path = Path(getattr(module, "__file__", None) or "/")
            own = path.is_relative_to(self._folder) and "site-packages" not in path.parts
            if own and path not in self._seen:
                self._seen[path] = _stamp(path)

    def changed(self) -> bool:
        """Tell whether a remembered file is another one now, or gone."""
        return any(_stamp(path) != stamp for path, stamp in self._seen.items())


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
