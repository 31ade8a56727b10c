"""Digests of arrays and tables by their content: equal data has an equal digest, in any process on any machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from tidemill.core import digest_bytes, digest_json
from tidemill.data import content_digest

#: Turns plain values into JSON that says what they are.
Tree = Callable[[Any], Any]


def digest_table(value: Any, tree: Tree) -> list[Any] | None:
    """Return what stands for an array, a frame or a table in a digest; None for anything else.

    Raises what `tree` raises for the Python objects in it.

    >>> ten = np.arange(10).reshape(2, 5)
    >>> digest_table(ten, list) == digest_table(np.asfortranarray(ten), list)
    True
    >>> digest_table(ten, list) == digest_table(ten.astype("int32"), list)
    False
    """
    kind = type(value)
    top = kind.__module__.partition(".")[0]
    if top == "numpy":
        return _array(value, tree)
    if top == "polars":
        return _polars(value)
    if top == "pandas" and top in sys.modules:
        return _pandas(value, tree)
    if top == "pyarrow" and top in sys.modules:
        return _arrow(value)
    return None


def _array(value: Any, tree: Tree) -> list[Any] | None:
    if isinstance(value, np.dtype):
        return ["dtype", _dtype(value)]
    if isinstance(value, np.generic):
        held = tree(value.item()) if value.dtype.hasobject else value.tobytes().hex()
        return ["numpy", type(value).__name__, _dtype(value.dtype), held]
    if type(value) is not np.ndarray:
        return None
    if value.dtype.hasobject:
        return ["ndarray", _dtype(value.dtype), list(value.shape), [tree(item) for item in value.ravel().tolist()]]
    content = np.ascontiguousarray(value)
    return ["ndarray", _dtype(value.dtype), list(value.shape), digest_bytes(content.tobytes())]


def _dtype(dtype: Any) -> str:
    return repr((dtype.descr, dtype.itemsize)) if dtype.names else dtype.str


def _polars(value: Any) -> list[Any] | None:
    if isinstance(value, pl.Series):
        return None if value.dtype == pl.Object else ["series", value.name, content_digest(value.to_frame("_"))]
    if isinstance(value, pl.DataFrame):
        return None if pl.Object in value.dtypes else ["frame", content_digest(value)]
    if isinstance(value, pl.DataType):
        return ["polars", repr(value)]
    return None


def _pandas(value: Any, tree: Tree) -> list[Any] | None:
    pandas = sys.modules["pandas"]
    if type(value) is pandas.DataFrame:
        columns = [_column(value.iloc[:, at], tree) for at in range(value.shape[1])]
        return ["pandas", _index(value.columns, tree), _index(value.index, tree), columns, tree(dict(value.attrs))]
    if type(value) is pandas.Series:
        return ["pandas series", tree(value.name), _index(value.index, tree), _column(value, tree)]
    if isinstance(value, pandas.Index):
        return ["pandas index", _index(value, tree)]
    if isinstance(value, pandas.Timestamp | pandas.Timedelta):
        return ["pandas", type(value).__name__, repr(value), value.value, value.unit]
    return ["pandas", "NA"] if value is pandas.NA else None


def _index(index: Any, tree: Tree) -> list[Any]:
    pandas = sys.modules["pandas"]
    names = [tree(name) for name in index.names]
    if type(index) is pandas.RangeIndex:
        return ["range", names, index.start, index.stop, index.step]
    if isinstance(index, pandas.MultiIndex):
        return ["levels", names, [_column(index.get_level_values(at), tree) for at in range(index.nlevels)]]
    return [type(index).__name__, names, str(getattr(index, "freq", None)), _column(index, tree)]


def _column(column: Any, tree: Tree) -> list[Any]:
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and not dtype.hasobject:
        return [dtype.str, digest_bytes(np.ascontiguousarray(column.to_numpy()).tobytes())]
    if hasattr(dtype, "categories") and hasattr(dtype, "ordered"):
        codes = getattr(column, "cat", column).codes
        return [str(dtype), dtype.ordered, _index(dtype.categories, tree), np.asarray(codes).tobytes().hex()]
    values = column.tolist()
    if all(type(item) is str for item in values):
        return [str(dtype), "text", digest_json(values)]
    return [str(dtype), repr(dtype), [_scalar(item, tree) for item in values]]


def _scalar(value: Any, tree: Tree) -> Any:
    pandas = sys.modules["pandas"]
    return ["missing", repr(value)] if value is pandas.NA or value is pandas.NaT else tree(value)


def _arrow(value: Any) -> list[Any] | None:
    arrow = sys.modules["pyarrow"]
    if isinstance(value, arrow.DataType | arrow.Field | arrow.Schema):
        return ["arrow", str(value), repr(getattr(value, "metadata", None))]
    if type(value) not in {arrow.Table, arrow.RecordBatch, arrow.ChunkedArray} and not isinstance(value, arrow.Array):
        return None
    if isinstance(value, arrow.RecordBatch):
        value = arrow.Table.from_batches([value])
    if not isinstance(value, arrow.Table):
        value = arrow.table({"": value})
    schema = [str(value.schema), repr(value.schema.metadata), [repr(field.metadata) for field in value.schema]]
    sink = arrow.BufferOutputStream()
    # Taking every row lays the values out anew: no offsets, no bytes of other rows behind them.
    rows = value.take(arrow.array(range(value.num_rows), arrow.int64())).combine_chunks()
    with arrow.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return ["arrow", schema, value.num_rows, digest_bytes(sink.getvalue().to_pybytes())]
