"""A look at what a step returned: its first rows, the head of a text, an array's shape, without loading the rest."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
import polars as pl

from tidemill.core import NotFoundError, TidemillError
from tidemill.features import TrainingSet
from tidemill.pipelines.codecs import Codecs, Output
from tidemill.pipelines.npy import array_of
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
    told = {"name": output.name, "codec": output.codec, "digest": output.digest, "summary": output.summary}
    if not output.manifest:
        return OutputPreview(**told, kind="gone", note="its content was erased")
    try:
        size = sum(_size(blobs, digest) for digest in digests_in(output.manifest) - {output.manifest.get("content")})
        found = _look(output, codecs, blobs, size)
        return OutputPreview(**told, size_bytes=size, **found)
    except NotFoundError:
        return OutputPreview(**told, kind="gone", note="its content is not in the store any more; run it again")
    except (TidemillError, pl.exceptions.PolarsError, ValueError, OSError) as error:
        return OutputPreview(**told, note=f"it cannot be shown: {' '.join(str(error).split())[:300]}")


def _look(output: Output, codecs: Codecs, blobs: BlobStore, size: int) -> dict[str, Any]:
    blob = output.manifest.get("blob")
    if output.codec == "model":
        return _of_model(output.manifest)
    if output.codec == "frame" and isinstance(blob, str):
        return _of_frame_blob(blobs, blob, size)
    if output.codec == "bytes" and isinstance(blob, str):
        return _of_bytes(_head(blobs, blob), size)
    if output.codec == "json" and isinstance(blob, str) and size > MOST_BYTES:
        return {"kind": "text", "text": _as_text(_head(blobs, blob)), "cut": True}
    if size > MOST_BYTES:
        return {"note": f"it has {size:,} bytes and cannot be read in part; 'tidemill.open' reads it whole"}
    if output.codec == "array" and isinstance(blob, str):
        return preview_value(array_of(blobs.get(blob)))
    return preview_value(codecs.decode(output))


def preview_value(value: Any) -> dict[str, Any]:
    """Return what is shown of a value: the fields of `OutputPreview` that its kind fills."""
    if isinstance(value, TrainingSet):
        return _of_frame(value.frame)
    if isinstance(value, pl.DataFrame):
        return _of_frame(value)
    if isinstance(value, np.ndarray):
        return _of_array(value)
    if isinstance(value, bytes):
        return _of_bytes(value[:_HEAD_BYTES], len(value))
    if isinstance(value, str):
        return {"kind": "text", "text": value[:_HEAD_BYTES], "cut": len(value) > _HEAD_BYTES}
    if value is None or isinstance(value, bool | int | float | list | dict):
        text = json.dumps(value, ensure_ascii=False, indent=1, default=repr)
        return {"kind": "json", "text": text[:_HEAD_BYTES], "cut": len(text) > _HEAD_BYTES}
    if is_dataclass(value) and not isinstance(value, type):
        shown = {each.name: _cell(getattr(value, each.name)) for each in fields(value)[:_N_ITEMS]}
        return {"kind": "json", "text": json.dumps(shown, ensure_ascii=False, indent=1, default=repr)[:_HEAD_BYTES]}
    return {"facts": {"type": type(value).__qualname__}}


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


def _size(blobs: BlobStore, digest: str) -> int:
    if isinstance(blobs, LocalPaths):
        return blobs.path(digest).stat().st_size
    with blobs.open(digest) as stream:
        if stream.seekable():
            return stream.seek(0, io.SEEK_END)
        read = 0
        while read <= MOST_BYTES and (piece := stream.read(1 << 18)):
            read += len(piece)
        return read


def _cell(value: Any) -> Any:
    """Return a value as JSON has it, a long one cut."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
