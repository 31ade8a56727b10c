"""A look into a file of unknown origin: text, JSON, the first rows of a table, or that it is a picture.

What could run in a browser (HTML, SVG, XML) is shown as its text. Nothing is unpickled, and YAML is not read as YAML.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from tidemill.core import UsageError
from tidemill.data import parquet_head
from tidemill.ui import views

_HEAD = 64_000
_ROWS, _COLUMNS, _CELL = 50, 40, 200
_MOST_JSON, _MOST_PARQUET = 1 << 20, 256 << 20
#: How pictures begin that are shown.
PICTURES: Mapping[str, bytes] = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


def picture_type(head: bytes) -> str:
    """Return the media type of a picture by its first bytes; empty for what is none.

    >>> picture_type(b"\\x89PNG\\r\\n\\x1a\\n..."), picture_type(b"<svg onload=alert(1)>")
    ('image/png', '')
    """
    for kind, begins in PICTURES.items():
        if head.startswith(begins) and (kind != "image/webp" or head[8:12] == b"WEBP"):
            return kind
    return ""


def look_into(path: str, stream: BinaryIO, size: int) -> views.Preview:
    """Return a look into a file. The stream stands at its beginning; at most its head is read, of Parquet more."""
    ending = path.rpartition(".")[2].lower()
    if ending in {"parquet", "pq"} and size <= _MOST_PARQUET:
        return _parquet(stream)
    head = stream.read(_MOST_JSON if ending == "json" else _HEAD)
    if picture_type(head):
        return views.Preview(kind="picture")
    text = _text(head)
    if text is None:
        return views.Preview(kind="other", note="It is not text, so that nothing of it is shown.")
    if ending == "json" and size <= _MOST_JSON:
        return _json(text)
    if ending in {"csv", "tsv"}:
        return _csv(text, "\t" if ending == "tsv" else ",", whole=size <= len(head))
    return _plain(text, size > len(head))


def _text(head: bytes) -> str | None:
    if b"\0" in head:
        return None
    for missing in range(4):  # a sign of several bytes may be cut at the end
        try:
            return head[: len(head) - missing].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return None


def _plain(text: str, is_cut: bool) -> views.Preview:
    shown = text[:_HEAD]
    note = "There is more than is shown." if is_cut or len(shown) < len(text) else ""
    return views.Preview(kind="text", shown=shown or " ", note=note)


def _json(text: str) -> views.Preview:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _plain(text, False)
    if _is_table(value):
        columns = [str(each) for each in value["columns"]][:_COLUMNS]
        rows = tuple(tuple(_cell(each) for each in row[:_COLUMNS]) for row in value["data"][:_ROWS])
        return views.Preview(kind="table", columns=tuple(columns), rows=rows, n_rows=len(value["data"]))
    return _plain(json.dumps(value, indent=2, ensure_ascii=False), False)


def _is_table(value: Any) -> bool:
    """Tell whether JSON is a table as it is logged: names of columns, and rows of lists."""
    if not isinstance(value, dict) or set(value) != {"columns", "data"}:
        return False
    columns, data = value["columns"], value["data"]
    return isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data[:_ROWS])


def _csv(text: str, comma: str, *, whole: bool) -> views.Preview:
    lines = text.splitlines(keepends=True)
    try:
        found = list(csv.reader(lines[: _ROWS + 1] if whole or len(lines) > _ROWS else lines[:-1], delimiter=comma))
    except csv.Error:
        return _plain(text, not whole)
    if not found:
        return _plain(text, not whole)
    rows = tuple(tuple(each[:_CELL] for each in row[:_COLUMNS]) for row in found[1:])
    note = "" if whole and len(lines) <= _ROWS + 1 else f"The first {len(rows)} rows."
    return views.Preview(kind="table", columns=tuple(found[0][:_COLUMNS]), rows=rows, note=note)


def _parquet(stream: BinaryIO) -> views.Preview:
    try:
        head = parquet_head(stream, n_rows=_ROWS, n_columns=_COLUMNS)
    except UsageError as error:
        return views.Preview(kind="other", note=str(error))
    rows = tuple(tuple(_cell(value) for value in row) for row in head.rows)
    return views.Preview(kind="table", columns=head.columns, rows=rows, n_rows=head.n_rows)


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"
