"""Sources: where rows come from, how they are cleaned and what must hold for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import CodeType

import polars as pl

from tidemill.core import UsageError, digest_json
from tidemill.data.checks import Check

Cleaning = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True)
class Source:
    """A declared source: files of one shape, the column that names a row and the one that says when it happened.

    Used as a decorator it takes its cleaning function, and its name when it has none yet.
    """

    name: str
    files: str
    key: str
    event_time: str
    checks: tuple[Check, ...] = ()
    clean: Cleaning | None = field(default=None, compare=False)

    def __call__(self, clean: Cleaning) -> Source:
        """Return this source with a cleaning function. Raises UsageError when it has one already."""
        if self.clean is not None or not callable(clean):
            raise UsageError(
                f"the source {self.name!r} is a declaration, not a function: read its rows from the dataset, "
                "or call its .clean(rows) to try the cleaning"
            )
        return replace(self, name=self.name or clean.__name__, clean=clean)


def source(name: str = "", files: str = "", *, key: str, event_time: str, checks: Sequence[Check] = ()) -> Source:
    """Declare a source, by a call or above its cleaning function.

    `files` is a path or glob below the project's folder (.parquet, .csv, .ndjson or .jsonl), `key` the column whose
    value is unique in the whole source, `event_time` the instant of the row; without a time zone it is taken as UTC.

    Raises UsageError when no files are named.

    >>> trips = source("trips", "data/trips/*.parquet", key="trip_id", event_time="started_at")
    >>> trips.name, trips.clean is None
    ('trips', True)
    >>> @source(files="data/rides/*.csv", key="ride_id", event_time="started_at")
    ... def rides(raw: pl.LazyFrame) -> pl.LazyFrame:
    ...     return raw.rename({"id": "ride_id"})
    >>> rides.name
    'rides'
    """
    if not files:
        raise UsageError(f"the source {name!r} names no files; give files='data/{name or 'name'}/*.parquet'")
    return Source(name, files, key, event_time, tuple(checks))


def clean_digest(declared: Source) -> str:
    """Return a digest of a source's cleaning: its compiled code, what it closes over, and its module's text.

    The module's text stands for all that the function may reach in it, so an edit elsewhere in the file cleans again
    for nothing; imported modules are not seen. A caller that follows code further passes its own digest to
    `Datasets.ingest`.
    """
    function = declared.clean
    if function is None:
        return digest_json("as it is")
    code = getattr(function, "__code__", None)
    if code is None:
        raise UsageError(f"the cleaning of source {declared.name!r} is {type(function).__name__}, not a plain function")
    closure = [repr(cell.cell_contents) for cell in getattr(function, "__closure__", None) or ()]
    defaults = [repr(getattr(function, name, None)) for name in ("__defaults__", "__kwdefaults__")]
    return digest_json([_described(code), closure, defaults, _module_text(function)])


def _module_text(function: Cleaning) -> str:
    try:
        module = inspect.getmodule(function)
        return "" if module is None else inspect.getsource(module)
    except (OSError, TypeError):  # typed into a console
        return ""


def _described(code: CodeType) -> list[object]:
    constants = [_described(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code.hex(), list(code.co_names), list(code.co_varnames), constants]
