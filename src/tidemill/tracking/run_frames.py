"""Found runs as a table: a column for each metric, param and tag; page by page, to a frame or a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.access import Caller
from tidemill.core import UsageError
from tidemill.tracking.queries import NONE, RunQuery, Shown
from tidemill.tracking.runs import RunDetail
from tidemill.tracking.service import Tracking

FORMATS = ("parquet", "csv")
PAGE = 1000
_OWN: dict[str, Any] = {
    "run_id": pl.String(),
    "run_name": pl.String(),
    "experiment": pl.String(),
    "status": pl.String(),
    "started_at": pl.Datetime("us", "UTC"),
    "ended_at": pl.Datetime("us", "UTC"),
    "created_by": pl.String(),
}
_ISO = "%Y-%m-%dT%H:%M:%S%.6fZ"
#: What a spreadsheet takes for a formula, unless it is a number.
_FORMULA = r"^[=+\-@\t\r\n]"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


@dataclass(frozen=True)
class RunTable:
    """The runs that a query finds, whatever the size of its pages. limit: at most so many.

    Columns: run_id, run_name, experiment, status, started_at, ended_at, created_by, then metrics.KEY (numbers),
    params.KEY and tags.KEY (text), null where a run has none. Reading raises what `Tracking.search_runs` raises.
    """

    tracking: Tracking
    caller: Caller
    query: RunQuery
    limit: int | None = None

    def frame(self) -> pl.DataFrame:
        """Return it as a frame, in the query's order."""
        shown = self.columns()
        frames = list(self._frames(shown))
        return pl.concat(frames) if frames else frame_of([], shown)

    def write(self, file: Path, *, raw: bool = False) -> int:
        """Write it to a file, Parquet or CSV by its ending, and return how many runs; a page at a time is in memory.

        CSV: a text that a spreadsheet would take for a formula has ' before it, unless `raw`; each text is in quotes.

        Raises UsageError for another ending, OSError.
        """
        kind = file.suffix.lower().removeprefix(".")
        check_format(kind)
        shown = self.columns()
        empty, pages = frame_of([], shown), self._frames(shown)
        return _write_csv(file, empty, pages, raw=raw) if kind == "csv" else _write_parquet(file, empty, pages)

    def columns(self) -> Shown:
        """Return the keys of the columns; where all are asked for, those of the runs that are found."""
        asked = self.query.shown
        if None not in {asked.metrics, asked.params, asked.tags}:
            return asked
        found: dict[str, set[str]] = {"metrics": set(), "params": set(), "tags": set()}
        for runs in self._pages(NONE):
            logged = self.tracking.logged_keys(self.caller, [each.run.id for each in runs])
            for kind, keys in found.items():
                keys.update(getattr(logged, kind))
        return Shown(
            **{
                kind: tuple(sorted(keys)) if getattr(asked, kind) is None else getattr(asked, kind)
                for kind, keys in found.items()
            }
        )

    def _frames(self, shown: Shown) -> Iterator[pl.DataFrame]:
        for runs in self._pages(shown):
            yield frame_of(runs, shown)

    def _pages(self, shown: Shown) -> Iterator[list[RunDetail]]:
        rest, after = self.limit, self.query.after
        while rest is None or rest > 0:
            size = PAGE if rest is None else min(PAGE, rest)
            page = self.tracking.search_runs(self.caller, replace(self.query, shown=shown, limit=size, after=after))
            if page.runs:
                yield page.runs
            if page.next is None:
                return
            rest, after = None if rest is None else rest - len(page.runs), page.next


def check_format(name: str) -> None:
    """Raise UsageError unless runs can be written so."""
    if name not in FORMATS:
        raise UsageError(
            f"runs are written as {' or '.join(FORMATS)}, not as {name[:20]!r}; name a file so, as runs.csv"
        )


def frame_of(runs: Sequence[RunDetail], shown: Shown) -> pl.DataFrame:
    """Return runs as a frame with the columns that `shown` names; it names them all.

    >>> frame_of([], Shown(("auc",), (), ("team",))).columns[-2:]
    ['metrics.auc', 'tags.team']
    """
    own = {
        "run_id": [each.run.id for each in runs],
        "run_name": [each.run.name for each in runs],
        "experiment": [each.run.experiment for each in runs],
        "status": [each.run.status for each in runs],
        "started_at": [each.run.started_at for each in runs],
        "ended_at": [each.run.ended_at for each in runs],
        "created_by": [each.run.created_by for each in runs],
    }
    times = [name for name, kind in _OWN.items() if isinstance(kind, pl.Datetime)]
    frame = pl.DataFrame(own, schema={**_OWN, **dict.fromkeys(times, pl.String())})
    frame = frame.with_columns(pl.col(name).str.to_datetime(_ISO, time_zone="UTC", time_unit="us") for name in times)
    values: list[pl.Series] = []
    for key in shown.metrics or ():
        column = [None if (point := each.metrics.get(key)) is None else point.value for each in runs]
        values.append(pl.Series(f"metrics.{key}", column, pl.Float64))
    for kind in ("params", "tags"):
        for key in getattr(shown, kind) or ():
            texts = [getattr(each, kind).get(key) for each in runs]
            values.append(pl.Series(f"{kind}.{key}", texts, pl.String))
    return frame.hstack(values) if values else frame


def spreadsheet_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame whose texts no spreadsheet takes for formulas: those that are none keep their values.

    >>> spreadsheet_safe(pl.DataFrame({"a": ["=1+1", "-1.5", "plain"]}))["a"].to_list()
    ["'=1+1", '-1.5', 'plain']
    """
    text = pl.selectors.string()
    formula = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return frame.with_columns(pl.when(formula).then(pl.lit("'") + text).otherwise(text).name.keep())


def _write_csv(file: Path, empty: pl.DataFrame, pages: Iterator[pl.DataFrame], *, raw: bool) -> int:
    count = 0
    with file.open("wb") as out:
        empty.write_csv(out, quote_style="non_numeric")
        for frame in pages:
            written = frame if raw else spreadsheet_safe(frame)
            written.write_csv(
                out, include_header=False, quote_style="non_numeric", datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ"
            )
            count += len(frame)
    return count


def _write_parquet(file: Path, empty: pl.DataFrame, pages: Iterator[pl.DataFrame]) -> int:
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder, "0.arrow")]
        empty.write_ipc(parts[0])
        for frame in pages:
            parts.append(Path(folder, f"{len(parts)}.arrow"))
            frame.write_ipc(parts[-1])
            count += len(frame)
        pl.scan_ipc(parts).sink_parquet(file)
    return count
