"""The small files of an mlruns folder: a text for a param or tag, lines of points for a metric."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tidemill.compat.mlflow_stores.left_out import LeftOut

_MOST_BYTES, _PIECE = 64 << 20, 4 << 20
Points = list[tuple[int, int, float]]


def read_text(path: Path | str) -> str:
    """Return what a small file holds, byte by byte as UTF-8. Raises OSError, UnicodeDecodeError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, _PIECE)
        while len(data) % _PIECE == 0 and len(data) < _MOST_BYTES and (more := os.read(descriptor, _PIECE)):
            data += more
    finally:
        os.close(descriptor)
    return data.decode()


def texts_below(folder: Path, left_out: LeftOut) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file of a folder; those of folders in it with a slash between."""
    for name, path in files_below(folder):
        try:
            yield name, read_text(path)
        except OSError as error:
            left_out.add(folder.name.removesuffix("s"), name, f"of {folder.parent.name}: {error.strerror}")
        except UnicodeDecodeError:
            left_out.add(folder.name.removesuffix("s"), name, f"of {folder.parent.name} is no UTF-8")


def points_in(folder: Path, of: str, left_out: LeftOut) -> Iterator[tuple[str, Points]]:
    """Yield the points of each metric of a folder, some of a long history at a time."""
    for name, path in files_below(folder):
        try:
            for text in _whole_lines(path):
                yield name, _points(text, f"{name} {of}", left_out)
        except OSError as error:
            left_out.add("metric", name, f"{of}: {error.strerror}")
        except UnicodeDecodeError:
            left_out.add("metric", name, f"{of} is no text")


def files_below(folder: Path | str, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and path of each file below a folder, in order; nothing when there is no such folder."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(entry.path, f"{above}{entry.name}/")
        elif entry.is_file(follow_symlinks=False):
            yield above + entry.name, entry.path


def _whole_lines(path: str) -> Iterator[str]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        rest = b""
        while piece := os.read(descriptor, _PIECE):
            head, newline, tail = (rest + piece).rpartition(b"\n")
            rest = tail
            if newline:
                yield head.decode()
        if rest:
            yield rest.decode()
    finally:
        os.close(descriptor)


def _points(text: str, of: str, left_out: LeftOut) -> Points:
    found = []
    for line in text.splitlines():
        parts = line.split()
        try:
            step = int(parts[2]) if len(parts) > 2 else 0
            found.append((step, int(parts[0]), float(parts[1])))
        except (IndexError, ValueError):
            if parts:
                left_out.add("point", of, f"{line[:60]!r} is no point")
    return found
