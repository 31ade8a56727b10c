"""Every bad input gives one clear line and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tests.data.store import Store
from tidemill.core import UsageError
from tidemill.data import IngestError, Source, source

Spoil = Callable[[Store, pl.DataFrame], object]


def _bytes(file: str, content: bytes) -> Spoil:
    def spoil(store: Store, trips: pl.DataFrame) -> None:
        path = store.root / "data" / file
        path.parent.mkdir(parents=True)
        path.write_bytes(content)

    return spoil


def _nothing(store: Store, trips: pl.DataFrame) -> None:
    """Leave the folder empty."""


def _rows(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Spoil:
    return lambda store, trips: store.write("a.parquet", change(trips))


def _two(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Spoil:
    def spoil(store: Store, trips: pl.DataFrame) -> None:
        store.write("a.parquet", trips[:1])
        store.write("b.parquet", change(trips[1:]))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_nothing, "no file is named 'data/*' below"),
        (_bytes("a.parquet", b""), "a.parquet is empty"),
        (_bytes("a.parquet", b"%PDF-1.7 hello"), "a.parquet is not a readable parquet table"),
        (_bytes("a.ndjson", b"\x00\x01\x02"), "a.ndjson"),
        (_bytes("a.csv", b"trip_id,started_at\n1,2013-01-01\n2\n3,4,5,6\n"), "a.csv"),
        (_bytes("a.csv", b"trip_id,started_at,distance\n"), "it has a header and no rows"),
        (_bytes("a.csv", b"trip_id,started_at,distance\n1,yesterday,2\n"), "a.csv cannot be cleaned as 'trips'"),
        (_bytes("a.xlsx", b"PK"), "has an ending that cannot be read; allowed are .parquet, .csv, .ndjson, .jsonl"),
        (_rows(lambda t: t.rename({"trip_id": "trip_idd"})), "no column 'trip_id', the key of source 'trips'. Did you"),
        (_rows(lambda t: t.drop("started_at")), "no column 'started_at', the event time of source"),
        (_rows(lambda t: t.with_columns(started_at=pl.lit(7))), "is Int32 in"),
        (_rows(lambda t: t.with_columns(trip_id=pl.lit(None, pl.String))), "3 rows whose key 'trip_id' is null"),
        (_rows(lambda t: t.with_columns(started_at=pl.lit(None, pl.Datetime))), "3 rows whose event time 'started_at'"),
        (_rows(lambda t: pl.concat([t, t[:1]])), "the key 'trip_id' of source 'trips' is not unique"),
        (_two(lambda t: t.with_columns(trip_id=pl.lit("a"))[:1]), "such as 'a' in data/a.parquet and data/b.parquet"),
        (
            _two(lambda t: t.rename({"city": "town"})),
            "b.parquet of source 'trips' has other columns than data/a.parquet",
        ),
        (_two(lambda t: t.with_columns(pl.col("distance").cast(pl.String))), "'distance' is String, not Int64"),
        (_two(lambda t: t.with_columns(more=1)), "'more' is new"),
    ],
)
def test_a_bad_file_is_one_clear_line(store: Store, trips: pl.DataFrame, spoil: Spoil, says: str) -> None:
    spoil(store, trips)
    with pytest.raises(IngestError) as caught:
        store.ingest(source("trips", "data/*", key="trip_id", event_time="started_at"))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert (store.datasets.list(store.caller), store.event_kinds()) == ((), [])


def _renamed(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(km=pl.col("distanze") / 10)


def _broken(raw: pl.LazyFrame) -> pl.LazyFrame:
    raise KeyError("city")


def _wrong(raw: pl.LazyFrame) -> pl.LazyFrame:
    return "rows"  # type: ignore[return-value]


def _empty(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.filter(pl.col("distance") > 10_000)


@pytest.mark.parametrize(
    ("clean", "says"),
    [
        (_renamed, "no column 'distanze', which the cleaning of source 'trips' needs. Did you mean 'distance'?"),
        (_broken, "the cleaning of source 'trips' failed on"),
        (_wrong, "returned str; return the polars LazyFrame"),
        (_empty, "the cleaning keeps none of its 3 rows"),
    ],
)
def test_a_cleaning_that_fails_is_one_clear_line(
    store: Store, trips: pl.DataFrame, trip_source: Source, clean: Callable[[pl.LazyFrame], pl.LazyFrame], says: str
) -> None:
    store.write("a.parquet", trips)
    with pytest.raises(IngestError) as caught:
        store.ingest(trip_source(clean))
    assert says in str(caught.value)
    assert store.datasets.list(store.caller) == ()


def test_a_file_that_changes_while_it_is_read_is_refused(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    store.write("a.parquet", trips)

    def clean(raw: pl.LazyFrame) -> pl.LazyFrame:
        rows = raw.collect()
        store.write("a.parquet", pl.concat([trips, trips]))
        return rows.lazy()

    with pytest.raises(IngestError, match="changed while it was read; wait until it is written"):
        store.ingest(trip_source(clean))


def test_hidden_files_and_glob_marks_in_names_do_no_harm(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    store.write(".half.parquet", trips)
    store.write("trips [2013] *.parquet", trips)
    assert store.ingest(trip_source).n_rows == 3


def test_a_name_that_the_locale_cannot_read_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "dépôt"
    folder.mkdir()
    (folder / "a.csv").write_text("id,at\n1,2013-01-01\n")
    find = (
        "from pathlib import Path; from tidemill.data.errors import IngestError\n"
        "from tidemill.data.reading import find_files\n"
        "try: find_files(Path('.'), '*/*.csv')\n"
        "except IngestError as error: print(error)"
    )
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = subprocess.run(
        [sys.executable, "-c", find],
        cwd=tmp_path,
        env={**os.environ, **locale},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "has letters that this locale cannot read; set LC_ALL=C.UTF-8 or PYTHONUTF8=1" in said.stdout
    assert said.stdout.count("\n") == 1


def test_declarations_are_checked_early() -> None:
    with pytest.raises(UsageError, match="names no files"):
        source("trips", key="trip_id", event_time="started_at")
    declared = source("trips", "data/*", key="trip_id", event_time="started_at")
    with pytest.raises(UsageError, match="is a declaration, not a function"):
        declared(_empty)(_empty)


def test_a_dataset_needs_a_name_that_can_be_a_path(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    with pytest.raises(UsageError, match="cannot name a dataset"):
        store.ingest(replace(trip_source, name="../trips"))
