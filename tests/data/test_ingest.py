"""Ingest commits what fits as a whole, and costs a stat when nothing changed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tests.data.store import Store
from tidemill.access import Caller, Role
from tidemill.core import ForbiddenError, NotFoundError, UsageError
from tidemill.data import CheckError, IngestError, Source, between, source


def test_files_become_one_version_in_the_order_of_their_names(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    store.write("b.parquet", trips[2:])
    store.write("a.parquet", trips[:2])
    version = store.ingest(trip_source)
    assert (version.reference, version.created, version.n_rows) == ("trips@1", True, 3)
    assert [part.file for part in version.parts] == ["data/a.parquet", "data/b.parquet"]
    assert store.datasets.scan(version).collect()["trip_id"].to_list() == ["a", "b", "c"]
    assert version.schema["started_at"] == "Datetime(time_unit='us', time_zone='UTC')"
    assert version.last_event_at == datetime(2013, 1, 3, 12, tzinfo=UTC)
    assert [(check.sentence, check.n_failing) for check in version.checks] == [
        ("trip_id not null", 0),
        ("trip_id unique", 0),
        ("started_at not null", 0),
        ("distance not null", 0),
    ]
    assert store.datasets.get(store.caller, "trips@latest") == version
    assert store.event_kinds() == ["dataset.committed"]


def test_unchanged_files_give_the_version_that_is_there_without_reading(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    store.write("a.parquet", trips)
    calls = store.root / "calls"

    def clean(raw: pl.LazyFrame) -> pl.LazyFrame:
        with calls.open("a") as file:
            file.write("cleaned")
        return raw

    declared = trip_source(clean)
    first, second = store.ingest(declared), store.ingest(declared)
    assert (first, first.created, second.created, calls.read_text()) == (second, True, False, "cleaned")
    assert store.event_kinds() == ["dataset.committed"]


def test_a_touched_file_is_read_again_and_gives_the_same_version(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    path = store.write("a.parquet", trips)
    first = store.ingest(trip_source)
    trips.write_parquet(path, compression="uncompressed")
    assert store.ingest(trip_source) == first
    assert len(store.datasets.list(store.caller)) == 1


def test_a_new_file_gives_a_new_version_and_keeps_the_old_parts(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    store.write("a.parquet", trips[:2])
    first = store.ingest(trip_source)
    store.write("b.parquet", trips[2:])
    second = store.ingest(trip_source)
    assert (second.reference, second.created, second.parts[0]) == ("trips@2", True, first.parts[0])
    assert store.datasets.scan(first).collect().height == 2
    store.root.joinpath("data/b.parquet").unlink()
    back = store.ingest(trip_source)
    assert (back.reference, back.created) == ("trips@1", False)


def test_the_digest_depends_on_content_alone(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    store.write("a.parquet", trips)
    parquet = store.ingest(trip_source)
    other = replace(store, caller=Caller("bob", "other", Role.EDITOR))
    assert other.ingest(trip_source).digest == parquet.digest
    store.write("a.parquet", trips.with_columns(distance=pl.col("distance") + 1))
    assert store.ingest(trip_source).digest != parquet.digest


def test_another_cleaning_reads_the_files_again(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    store.write("a.parquet", trips)
    first = store.ingest(trip_source(lambda raw: raw.with_columns(km=pl.col("distance") / 10)))
    second = store.ingest(trip_source(lambda raw: raw.with_columns(km=pl.col("distance") / 1000)))
    assert (first.version, second.version) == (1, 2)
    assert second.clean_digest != first.clean_digest


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
def test_each_format_is_read(store: Store, trips: pl.DataFrame, ending: str) -> None:
    store.write(f"a.{ending}", trips)
    version = store.ingest(source("trips", f"data/*.{ending}", key="trip_id", event_time="started_at"))
    rows = store.datasets.scan(version).collect()
    assert rows["started_at"].to_list() == [datetime(2013, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
    assert rows["city"].to_list() == ["Oslo", None, "Rome"]


def test_an_event_time_of_another_zone_becomes_the_same_instant_in_utc(store: Store, trips: pl.DataFrame) -> None:
    local = trips.with_columns(pl.col("started_at").dt.replace_time_zone("America/New_York"))
    store.write("a.parquet", local)
    version = store.ingest(source("trips", "data/*", key="trip_id", event_time="started_at"))
    assert version.first_event_at == datetime(2013, 1, 1, 17, tzinfo=UTC)


def test_stricter_checks_are_run_on_content_that_is_already_there(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    store.write("a.parquet", trips)
    store.ingest(trip_source)
    with pytest.raises(CheckError, match="distance between 5 and 9: 3 rows fail, such as 10, 250, 3"):
        store.ingest(replace(trip_source, checks=(between("distance", 5, 9),)))
    looser = replace(trip_source, checks=(between("distance", 1, 999),))
    again = store.ingest(looser)
    assert (again.reference, again.created) == ("trips@1", False)
    assert again.checks[-1].sentence == "distance between 1 and 999"
    assert store.datasets.check_results(store.caller, "trips@1")


def test_a_lost_blob_is_made_again_from_its_file(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    store.write("a.parquet", trips)
    version = store.ingest(trip_source)
    store.blobs.path(version.parts[0].blob).unlink()
    with pytest.raises(NotFoundError, match="is not in the store"):
        store.datasets.scan(version)
    assert store.ingest(trip_source) == version
    assert store.datasets.scan(version).collect().height == 3


def test_projects_do_not_see_each_other(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    store.write("a.parquet", trips)
    store.ingest(trip_source)
    stranger = Caller("bob", "other", Role.ADMIN)
    assert store.datasets.list(stranger) == ()
    with pytest.raises(NotFoundError, match="There is no dataset 'trips'"):
        store.datasets.get(stranger, "trips@1")


def test_a_viewer_may_read_and_not_ingest(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    store.write("a.parquet", trips)
    with pytest.raises(ForbiddenError, match="needs editor"):
        store.datasets.ingest(Caller("eve"), trip_source, store.root)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("trip", "There is no dataset 'trip'. Did you mean 'trips'"),
        ("trips@2", "There is no dataset version 'trips@2'. Did you mean 'trips@1'"),
        ("trips@-1", "names no dataset version; write trips@3 or trips@latest"),
    ],
)
def test_unknown_references_say_what_there_is(
    store: Store, trips: pl.DataFrame, trip_source: Source, reference: str, says: str
) -> None:
    store.write("a.parquet", trips)
    store.ingest(trip_source)
    with pytest.raises((NotFoundError, UsageError)) as caught:
        store.datasets.get(store.caller, reference)
    assert says in str(caught.value)


def test_an_unchanged_file_with_an_older_time_is_read_again(
    store: Store, trips: pl.DataFrame, trip_source: Source
) -> None:
    path = store.write("a.parquet", trips)
    store.ingest(trip_source)
    store.write("a.parquet", trips.with_columns(distance=pl.lit(1, pl.Int64)))
    long_ago = (datetime(2012, 1, 1, tzinfo=UTC) + timedelta(days=1)).timestamp()
    os.utime(path, (long_ago, long_ago))
    assert store.ingest(trip_source).version == 2


def test_nothing_is_kept_when_one_file_of_many_is_bad(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    store.write("a.parquet", trips[:2])
    store.write("b.parquet", trips[2:]).write_bytes(b"PAR1 not a table PAR1")
    with pytest.raises(IngestError, match=r"b\.parquet is not a readable parquet table"):
        store.ingest(trip_source)
    assert store.datasets.list(store.caller) == ()
    assert store.event_kinds() == []


def test_what_a_cleaning_closes_over_counts(store: Store, trips: pl.DataFrame, trip_source: Source) -> None:
    def by(divisor: int) -> Source:
        return trip_source(lambda raw: raw.with_columns(km=pl.col("distance") / divisor))

    store.write("a.parquet", trips)
    first, second, third = (store.ingest(by(divisor)) for divisor in (10, 1000, 10))
    assert [version.version for version in (first, second, third)] == [1, 2, 1]
