"""How long SQLite's log of changes is: read from the file beside the store, in its documented format.

SQLite moves the log into the file by itself after a commit, and keeps it to itself when a sync fails then. So the store
does it, and hears of it. After https://sqlite.org/fileformat2.html, section 4 (the WAL file).
"""

from __future__ import annotations

from pathlib import Path

_LONG = 1000  # pages, as SQLite has it
_HEADER, _FRAME_HEADER = 32, 24
_PAGE_SIZE, _SALTS, _FRAME_SALTS = slice(8, 12), slice(16, 24), slice(8, 16)


def is_long(log: Path) -> bool:
    """Tell whether the log holds a thousand pages that were written since it was begun anew.

    The file does not shrink when it is begun anew: a page counts when it carries the numbers of its beginning. SQLite
    takes no locks on this file, so closing it lets none go.
    """
    try:
        with log.open("rb", buffering=0) as file:
            header = file.read(_HEADER)
            page_size = int.from_bytes(header[_PAGE_SIZE], "big")
            file.seek(_HEADER + (_LONG - 1) * (_FRAME_HEADER + page_size))
            frame = file.read(_FRAME_HEADER)
    except OSError:  # missing, or the disk is bad: the next commit hears of that
        return False
    return len(frame) == _FRAME_HEADER and frame[_FRAME_SALTS] == header[_SALTS]
