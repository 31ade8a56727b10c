"""A look at what a step returned: its first rows, the head of a text, an array's shape, without loading the rest."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from tidemill.core import NotFoundError, TidemillError
from tidemill.features import TrainingSet
from tidemill.pipelines.codecs.codec import Codecs, Output
from tidemill.pipelines.codecs.npy import array_of
from tidemill.pipelines.references import digests_in
from tidemill.storage import BlobStore
from tidemill.storage.blobs.port import LocalPaths

N_ROWS = 20
_N_COLUMNS = 50
_N_ITEMS = 50
_LONGEST_CELL = 200
_HEAD_BYTES = 4 << 10
#: What cannot be read in part is read whole only up to here.
MOST_BYTES = 32 << 20


@dataclass(frozen=True)
class Column:
    """A column of a table: its name and type."""

    name: str
    type: str


@dataclass(frozen=True)
class OutputPreview:
    """What is shown of an output. kind: ``table``, ``array``, ``text``, ``json``, ``model``, ``other``, or ``gone``
    when nothing of it is kept any more, or it cannot be read: `note` says why.

    size_bytes: what is stored of it. n_rows: of a table, in all; rows: its first twenty, each cell as JSON has it, a
    long one cut. facts: shape, type, least, mean, most of an array; files of a model. cut: more is there than is shown.
    """

    name: str
    codec: str
    digest: str
    summary: str
    kind: str = "other"
    size_bytes: int | None = None
    n_rows: int | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    cut: bool = False
    note: str = ""


def preview_output(output: Output, codecs: Codecs, blobs: BlobStore) -> OutputPreview:
    """Return a look at an output. What is damaged or gone is told in `note`; nothing is raised for it."""
    blank = OutputPreview(output.name, output.codec, output.digest, output.summary)
    if not output.manifest:
        return replace(blank, kind="gone", note="its content was erased")
    try:
        size = _size(output, blobs)
        return replace(blank, size_bytes=size, **_look(output, codecs, blobs, size))
    except NotFoundError:
        return replace(blank, kind="gone", note="its content is not in the store any more; run it again")
    except (TidemillError, pl.exceptions.PolarsError, ValueError, OSError) as error:
        return replace(blank, note=f"it cannot be shown: {' '.join(str(error).split())[:300]}")


def _look(output: Output, codecs: Codecs, blobs: BlobStore, size: int) -> dict[str, Any]:
    if output.codec == "model":
        return _of_model(output.manifest)
    blob = output.manifest.get("blob")
    in_part = _IN_PART.get(output.codec)
    if in_part is not None and isinstance(blob, str):
        return in_part(blobs, blob, size)
    if size > MOST_BYTES:
        return {"note": f"it has {size:,} bytes and cannot be read in part"}
    if output.codec == "array" and isinstance(blob, str):
        return preview_value(array_of(blobs.get(blob)))
    return preview_value(codecs.decode(output))


def preview_list(
    output: Output, elements: Sequence[tuple[int, str, Sequence[Mapping[str, Any]]]], n: int
) -> OutputPreview:
    """Return a look at the list that a map returns. elements: of the first, their number, state and outputs."""
    rows = []
    for number, state, outputs in elements[:N_ROWS]:
        found = next((each for each in outputs if each["name"] == output.name), None)
        rows.append((number, state, _cell(found["summary"]) if found else ""))
    columns = (Column("element", "Int64"), Column("state", "String"), Column("result", "String"))
    return OutputPreview(
        output.name,
        output.codec,
        output.digest,
        output.summary,
        kind="table",
        n_rows=n,
        columns=columns,
        rows=tuple(rows),
        cut=n > len(rows),
    )


def preview_value(value: Any) -> dict[str, Any]:
    """Return what is shown of a value: the fields of `OutputPreview` that its kind fills.

    >>> preview_value([1, 2])["kind"]
    'json'
    """
    for kind, show in _SHOWN:
        if isinstance(value, kind):
            return show(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _of_json({each.name: _cell(getattr(value, each.name)) for each in fields(value)[:_N_ITEMS]})
    return {"facts": {"type": type(value).__qualname__}}


def _of_json_blob(blobs: BlobStore, blob: str, size: int) -> dict[str, Any]:
    if size > MOST_BYTES:
        return {"kind": "text", "text": _as_text(_head(blobs, blob)), "cut": True}
    return preview_value(json.loads(blobs.get(blob)))


def _of_bytes_blob(blobs: BlobStore, blob: str, size: int) -> dict[str, Any]:
    return _of_bytes(_head(blobs, blob), size)


def _of_json(value: Any) -> dict[str, Any]:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=repr)
    return {"kind": "json", "text": text[:_HEAD_BYTES], "cut": len(text) > _HEAD_BYTES}


def _of_text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text[:_HEAD_BYTES], "cut": len(text) > _HEAD_BYTES}


def _of_frame_blob(blobs: BlobStore, blob: str, size: int) -> dict[str, Any]:
    if isinstance(blobs, LocalPaths):
        scan = pl.scan_parquet(blobs.path(blob), glob=False, hive_partitioning=False)
    elif size <= MOST_BYTES:
        scan = pl.scan_parquet(io.BytesIO(blobs.get(blob)))
    else:
        return {"kind": "table", "note": f"its {size:,} bytes lie in a bucket: too many for a look"}
    return _of_frame(scan.head(N_ROWS).collect(), int(scan.select(pl.len()).collect().item()))


def _of_frame(frame: pl.DataFrame, n_rows: int | None = None) -> dict[str, Any]:
    n_rows = frame.height if n_rows is None else n_rows
    columns = tuple(Column(name, str(dtype)) for name, dtype in frame.schema.items())
    shown = frame.select(frame.columns[:_N_COLUMNS]).head(N_ROWS)
    rows = tuple(tuple(_cell(cell) for cell in row) for row in shown.rows())
    return {"kind": "table", "n_rows": n_rows, "columns": columns, "rows": rows, "cut": n_rows > len(rows)}


def _of_array(array: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"shape": list(array.shape), "type": str(array.dtype)}
    if array.size and array.dtype.kind in "iuf":
        known = array[np.isfinite(array)] if array.dtype.kind == "f" else array
        facts["n_missing"] = int(array.size - known.size)
        if known.size:
            facts |= {"least": float(known.min()), "mean": float(known.mean(dtype=float)), "most": float(known.max())}
    head = [_cell(item) for item in array.ravel()[:_N_ITEMS].tolist()]
    return {"kind": "array", "facts": facts, "text": json.dumps(head, default=repr), "cut": array.size > _N_ITEMS}


def _of_bytes(head: bytes, size: int) -> dict[str, Any]:
    return {"kind": "text", "text": _as_text(head), "cut": size > len(head)}


def _of_model(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "model", "facts": {"format": manifest.get("format"), "files": sorted(manifest.get("files", ()))}}


def _as_text(head: bytes) -> str:
    text = head.decode("utf-8", "replace")
    printable = sum(char.isprintable() or char in "\n\t\r" for char in text)
    return text if printable >= 0.9 * len(text) else head[:256].hex(" ")


def _head(blobs: BlobStore, digest: str) -> bytes:
    with blobs.open(digest) as stream:
        return stream.read(_HEAD_BYTES)


def _size(output: Output, blobs: BlobStore) -> int:
    """Return what is stored of an output; where it was not counted, the blobs are, up to what can be read whole."""
    if output.size_bytes is not None:
        return output.size_bytes
    n_bytes = 0
    for digest in digests_in(output.manifest) - {output.manifest.get("content")}:
        with blobs.open(digest) as stream:
            while n_bytes <= MOST_BYTES and (piece := stream.read(1 << 18)):
                n_bytes += len(piece)
    return n_bytes


def _cell(value: Any) -> Any:
    """Return a value as JSON has it, a long one cut."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


_IN_PART: dict[str, Callable[[BlobStore, str, int], dict[str, Any]]] = {
    "frame": _of_frame_blob,
    "json": _of_json_blob,
    "bytes": _of_bytes_blob,
}
_SHOWN: tuple[tuple[Any, Callable[[Any], dict[str, Any]]], ...] = (
    (TrainingSet, lambda value: _of_frame(value.frame)),
    (pl.DataFrame, _of_frame),
    (np.ndarray, _of_array),
    (bytes, lambda value: _of_bytes(value[:_HEAD_BYTES], len(value))),
    (str, _of_text),
    (bool | int | float | list | dict | None, _of_json),
)
