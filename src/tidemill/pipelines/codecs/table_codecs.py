"""Codecs of tables beside Polars frames: Polars series, Arrow tables, pandas frames and series, kept as Arrow files."""

from __future__ import annotations

import io
import sys
from typing import Any

import polars as pl

from tidemill.core import DamagedError
from tidemill.pipelines.keys.value_digest import UndigestibleError, value_digest
from tidemill.storage import BlobStore


class SeriesCodec:
    """Polars series as Arrow."""

    name = "series"

    def accepts(self, value: object) -> bool:
        """Take series without Python objects in them."""
        return type(value) is pl.Series and value.dtype != pl.Object

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store Arrow."""
        buffer = io.BytesIO()
        value.rename("value").to_frame().rechunk().write_ipc(buffer, compression="zstd")
        return {"blob": blobs.put(buffer.getvalue()), "called": value.name, "content": value_digest(value)}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read Arrow. Raises NotFoundError, DamagedError."""
        try:
            frame = pl.read_ipc(io.BytesIO(blobs.get(manifest["blob"])))
            return frame.to_series().rename(manifest["called"])
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(error) from error


class ArrowCodec:
    """Arrow tables and record batches as an Arrow stream."""

    name = "arrow"

    def accepts(self, value: object) -> bool:
        """Take tables and record batches."""
        arrow = sys.modules.get("pyarrow")
        return arrow is not None and type(value) in {arrow.Table, arrow.RecordBatch}

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store a stream."""
        arrow = sys.modules["pyarrow"]
        kind = "table" if type(value) is arrow.Table else "batch"
        return {"blob": blobs.put(_stream(value)), "kind": kind, "content": value_digest(value)}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read the stream. Raises NotFoundError, DamagedError."""
        table = _from_stream(blobs.get(manifest["blob"]))
        return table if manifest["kind"] == "table" else table.combine_chunks().to_batches()[0]


class PandasCodec:
    """pandas frames and series, when Arrow gives them back as they were: types, index and names."""

    name = "pandas"

    def accepts(self, value: object) -> bool:
        """Take what comes back with the same content, by its digest."""
        pandas = sys.modules.get("pandas")
        if pandas is None or type(value) not in {pandas.DataFrame, pandas.Series}:
            return False
        try:
            return value_digest(value) == value_digest(_to_pandas(_frame(value), type(value) is pandas.Series))
        except UndigestibleError:
            return False
        except Exception:  # noqa: BLE001 - each library has its own for what Arrow cannot hold
            return False

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store a stream."""
        series = not hasattr(value, "columns")
        return {"blob": blobs.put(_stream(_frame(value))), "series": series, "content": value_digest(value)}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read the stream. Raises NotFoundError, DamagedError."""
        return _to_pandas(_from_stream(blobs.get(manifest["blob"])), manifest["series"])


def _frame(value: Any) -> Any:
    import pyarrow as pa

    unnamed = not hasattr(value, "columns") and value.name is None
    frame = value if hasattr(value, "columns") else value.to_frame("" if unnamed else value.name)
    table = pa.Table.from_pandas(frame)
    return table.replace_schema_metadata({**table.schema.metadata, b"unnamed": b"1"}) if unnamed else table


def _to_pandas(table: Any, series: bool) -> Any:
    frame = table.to_pandas()
    if not series:
        return frame
    held = frame.iloc[:, 0]
    return held.rename(None) if b"unnamed" in table.schema.metadata else held


def _stream(table: Any) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _from_stream(data: bytes) -> Any:
    import pyarrow as pa

    try:
        return pa.ipc.open_stream(data).read_all()
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> DamagedError:
    return DamagedError(f"a stored table cannot be read ({str(error)[:200]}); run the pipeline with --no-cache")
