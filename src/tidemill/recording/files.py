"""Files that a run keeps, made of what is logged: text, JSON, tables, pictures, figures."""

from __future__ import annotations

import csv
import io
import json
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from tidemill.core import UsageError

LONGEST_PATH = 500
MOST_FILE_BYTES = 5 << 30
MOST_FILES = 10_000
_TABLES = (".json", ".csv", ".parquet")
_PICTURES = (".png", ".jpg", ".jpeg", ".svg", ".pdf", ".html")
_CHANNELS = {1: 0, 3: 2, 4: 6}


def checked_path(path: object) -> str:
    """Return the path of an artifact, with forward slashes. Raises UsageError for one that leaves the run's folder.

    >>> checked_path("plots/roc.png")
    'plots/roc.png'
    """
    text = str(path)
    parts = PurePosixPath(text).parts
    wrong = not parts or text.startswith(("/", "~")) or ".." in parts or "\\" in text or ":" in parts[0]
    if wrong or len(text) > LONGEST_PATH or not text.isprintable():
        raise UsageError(
            f"{text[:80]!r} cannot be the path of an artifact; use a relative one with forward slashes, "
            f"up to {LONGEST_PATH} characters, such as 'plots/roc.png'"
        )
    return str(PurePosixPath(text))


def json_bytes(content: Any) -> bytes:
    """Return plain data as JSON; what JSON has no form for as text. Raises UsageError for what has no end."""
    try:
        try:
            text = json.dumps(content, indent=2, ensure_ascii=False, default=_plain, allow_nan=False)
        except ValueError:  # NaN or an infinity somewhere, or what has no end
            text = json.dumps(_without_nan(content), indent=2, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"a {type(content).__name__} cannot be logged as JSON: {error}") from error
    return text.encode("utf-8", "backslashreplace")


def table_bytes(table: Any, path: str) -> bytes:
    """Return a table as its path's ending says: JSON of columns and rows, CSV, or Parquet.

    table: columns by name, a list of rows as mappings, or a frame of polars or pandas. Raises UsageError.
    """
    ending = _ending(path, _TABLES)
    if ending == ".parquet":
        write = getattr(table, "write_parquet", None) or getattr(table, "to_parquet", None)
        if write is None:
            raise UsageError(f"{path!r}: only a frame of polars or pandas is written as Parquet; use .csv or .json")
        buffer = io.BytesIO()
        write(buffer)
        return buffer.getvalue()
    names, rows = _columns_and_rows(table)
    if ending == ".json":
        return json_bytes({"columns": names, "data": rows})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode()


def image_bytes(image: Any, path: str) -> bytes:
    """Return a picture: of PIL, or an array of (height, width[, 1, 3 or 4]) with values 0 to 255, or 0.0 to 1.0.

    An array is written as PNG. Raises UsageError.
    """
    ending = _ending(path, _PICTURES)
    if hasattr(image, "save"):
        buffer = io.BytesIO()
        image.save(buffer, format={"jpg": "jpeg"}.get(ending[1:], ending[1:]))
        return buffer.getvalue()
    if ending != ".png":
        raise UsageError(f"{path!r}: an array is written as PNG; let its path end in .png")
    return _png(image)


def figure_bytes(figure: Any, path: str) -> bytes:
    """Return a figure of matplotlib as a picture, or one of plotly or altair as a page. Raises UsageError."""
    ending = _ending(path, _PICTURES)
    if hasattr(figure, "savefig"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=ending[1:])
        return buffer.getvalue()
    if hasattr(figure, "to_html"):
        if ending != ".html":
            raise UsageError(f"{path!r}: this figure is written as a page; let its path end in .html")
        return str(figure.to_html()).encode()
    raise UsageError(f"a {type(figure).__name__} is no figure; give one of matplotlib, plotly or altair")


def _png(image: Any) -> bytes:
    """Return an array as PNG (W3C, Portable Network Graphics, third edition): 8 bits, no filter."""
    view = memoryview(image) if not hasattr(image, "__array_interface__") else None
    shape = tuple(image.shape) if view is None else (view.shape or ())
    channels = shape[2] if len(shape) == 3 else 1
    if len(shape) not in {2, 3} or channels not in _CHANNELS or not shape[0] or not shape[1]:
        raise UsageError(
            f"an array of the shape {shape} is no picture; use (height, width) or (height, width, 1, 3 or 4)"
        )
    height, width = shape[:2]
    flat = image.astype("float64") * 255 if image.dtype.kind == "f" else image
    data = flat.clip(0, 255).astype("uint8").tobytes()
    stride = width * channels
    lines = b"".join(b"\0" + data[start : start + stride] for start in range(0, height * stride, stride))
    header = struct.pack(">IIBBBBB", width, height, 8, _CHANNELS[channels], 0, 0, 0)
    pieces = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in pieces
    )


def _columns_and_rows(table: Any) -> tuple[list[str], list[list[Any]]]:
    if hasattr(table, "iter_rows"):  # polars
        return [str(name) for name in table.columns], [list(row) for row in table.iter_rows()]
    if hasattr(table, "itertuples"):  # pandas
        return [str(name) for name in table.columns], [list(row) for row in table.itertuples(index=False)]
    if isinstance(table, Mapping):
        columns = [list(values) for values in table.values()]
        if len({len(column) for column in columns}) > 1:
            raise UsageError(f"the columns of a table differ in length: {[len(column) for column in columns][:8]}")
        return [str(name) for name in table], [list(row) for row in zip(*columns, strict=True)]
    if isinstance(table, Sequence) and all(isinstance(row, Mapping) for row in table):
        names = list(dict.fromkeys(name for row in table for name in row))
        return [str(name) for name in names], [[row.get(name) for name in names] for row in table]
    raise UsageError(f"a {type(table).__name__} is no table; give columns by name, a list of mappings, or a frame")


def _ending(path: str, allowed: Sequence[str]) -> str:
    ending = PurePosixPath(path).suffix.lower()
    if ending not in allowed:
        raise UsageError(f"{path!r} should end in one of {', '.join(allowed)}")
    return ending


def _plain(value: Any) -> Any:
    for name in ("tolist", "isoformat"):
        if hasattr(value, name):
            return getattr(value, name)()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


def _without_nan(content: Any) -> Any:
    """Return plain data with null in place of NaN and infinities, for which JSON has no form."""
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Mapping):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple | set | frozenset):
        return [_without_nan(value) for value in content]
    return _without_nan(content.tolist()) if hasattr(content, "tolist") else content
