"""Types that were guessed from one file's values are brought together; types that differ blame the file that parts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.data.store import Store
from tidemill.data import DatasetVersion, IngestError, Source, source

SOURCE = source("trips", "data/*", key="id", event_time="at")
HEAD = "id,at,price,note\n"


def _write(store: Store, **files: str) -> None:
    folder = store.root / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for name, line in files.items():
        (folder / f"{name}.csv").write_text(f"{HEAD}{name},2013-01-01T00:00:00,{line}\n")


def _schema(version: DatasetVersion) -> tuple[str, str]:
    return version.schema["price"], version.schema["note"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("7,x", "7.5,y", ("Float64", "String")),
        ("7,x", ",y", ("Int64", "String")),
        ("7.5,x", ",", ("Float64", "String")),
        ("7,", "8,3", ("Int64", "Int64")),
        (",", ",", ("String", "String")),
    ],
)
def test_numbers_and_columns_without_a_value_become_one_type(
    store: Store, one: str, other: str, expected: tuple[str, str]
) -> None:
    _write(store, a=one, b=other)
    version = store.ingest(SOURCE)
    assert _schema(version) == expected
    rows = store.datasets.scan(version).collect()
    assert (str(rows.schema["price"]), rows["id"].to_list()) == (expected[0], ["a", "b"])
    assert version.schema == {name: str(dtype) for name, dtype in rows.schema.items()}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ((pl.Int32, pl.Int64), "Int64"),
        ((pl.UInt8, pl.UInt32), "UInt32"),
        ((pl.UInt8, pl.Int8), "Int64"),
        ((pl.UInt64, pl.Int64), "Float64"),
        ((pl.Float32, pl.Int16), "Float64"),
        ((pl.Null, pl.Date), "Date"),
    ],
)
def test_the_widest_type_is_taken_in_any_order(store: Store, types: tuple[pl.DataType, ...], expected: str) -> None:
    for order in (types, types[::-1]):
        for name, dtype in zip("ab", order, strict=True):
            price = pl.Series([None if dtype == pl.Null else 7]).cast(dtype)
            store.write(f"{name}.parquet", pl.DataFrame({"id": [name], "at": ["2013-01-01T00:00:00"], "price": price}))
        assert store.ingest(SOURCE).schema["price"] == expected


def test_the_same_files_are_the_same_version_however_they_came(store: Store) -> None:
    _write(store, a="7,x")
    first = store.ingest(SOURCE)
    _write(store, b="7.5,y")
    both = store.ingest(SOURCE)
    again = store.ingest(SOURCE)
    assert (first.schema["price"], both.schema["price"], both.version, again.created) == ("Int64", "Float64", 2, False)
    (store.root / "data" / "b.csv").unlink()
    assert store.ingest(SOURCE).reference == "trips@1"
    _write(store, b="7.5,y")
    assert store.ingest(SOURCE).reference == "trips@2"


def test_a_widened_file_is_read_and_widened_once(store: Store) -> None:
    _write(store, a="7,x", b="7.5,y")
    calls = store.root / "calls"

    def clean(raw: pl.LazyFrame) -> pl.LazyFrame:
        with calls.open("a") as file:
            file.write("c")
        return raw

    declared: Source = SOURCE(clean)
    first = store.ingest(declared)
    blobs = set(_blobs(store))
    assert store.ingest(declared) == first
    assert (calls.read_text(), set(_blobs(store))) == ("cc", blobs)


def _blobs(store: Store) -> list[Path]:
    return [path for path in (store.root.parent / "home" / "blobs").rglob("*") if path.is_file()]


def test_a_whole_number_that_a_float_cannot_hold_is_refused(store: Store) -> None:
    _write(store, a="9007199254740993,x", b="7.5,y")
    with pytest.raises(IngestError, match=r"data/a\.csv holds 9007199254740993 in 'price', which is a float in other"):
        store.ingest(SOURCE)


@pytest.mark.parametrize("name", ["A", "z"])
def test_a_new_file_that_does_not_fit_is_the_one_to_blame(store: Store, name: str) -> None:
    _write(store, a="7,x")
    store.ingest(SOURCE)
    _write(store, **{name: "cheap,x"})
    says = rf"data/{name}\.csv of source 'trips' has other columns than trips@1: 'price' is String, not Int64"
    with pytest.raises(IngestError, match=says):
        store.ingest(SOURCE)


def test_without_a_version_most_files_are_right(store: Store) -> None:
    _write(store, a="cheap,x", b="7,x", c="7.5,x")
    with pytest.raises(IngestError, match=r"data/a\.csv .* has other columns than data/b\.csv: 'price' is String, not"):
        store.ingest(SOURCE)
    (store.root / "data" / "a.csv").write_text("id,at,cost,note\na,2013-01-01T00:00:00,7,x\n")
    with pytest.raises(IngestError, match=r"data/a\.csv .* has other columns than data/b\.csv: 'price' is missing"):
        store.ingest(SOURCE)
