"""What every store of tables promises, as tests: subclass it under pytest and fill in `tables` and `stored_bytes`."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tidemill.core import ConflictError, NotFoundError, UsageError
from tidemill.storage.tables.port import Once, Tables

_ODD_NAMES = ("plain", "predictions/delay", "é-ü 表", "a.b", "x-wal", "_under", "100%", "a#b&c=d", "select", "UPPER")
_NO_NAMES = ("", "..", "../a", "/etc/passwd", "a/../b", "a\\b", "a\0b", "CON", "a%2e%2eb", "\u202eabc", " a", "x" * 81)
_UTC = dt.UTC
_WITHIN_S = 120

#: What another process does: append numbered rows, saying after each that it was acknowledged.
_WRITER = """
import sys
import polars as pl
from tidemill.core import SystemClock
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.storage.tables.object_table_files import open_table_files
from tidemill.storage.tables.port import Once

url, writer, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
tables = DeltaTables(open_table_files(url), SystemClock())
for number in range(count):
    tables.append("shared", pl.DataFrame({"writer": [writer] * 3, "n": [number] * 3}), once=Once(writer, number))
    print(number, flush=True)
"""


class TablesConformance:
    """The suite. A test gets a store without tables; `url` names the same store for other processes."""

    @pytest.fixture
    def url(self) -> str:
        """Return what names the store."""
        raise NotImplementedError

    @pytest.fixture
    def tables(self, url: str) -> Tables:
        """Return a store without tables."""
        raise NotImplementedError

    def stored_bytes(self, tables: Tables) -> Iterator[tuple[str, bytes]]:
        """Yield name and bytes of every file that is stored, past the port."""
        raise NotImplementedError

    def age(self, tables: Tables) -> int:
        """Leave a file of rows in the table `t` that no entry names, two days old; 0 where that cannot be."""
        raise NotImplementedError

    def test_rows_come_back_with_their_types(self, tables: Tables) -> None:
        rows = _odd_rows()
        tables.create("odd", rows.schema)
        tables.append("odd", rows)
        found = tables.read("odd").collect()
        assert found.sort("n").equals(rows.sort("n"))
        assert dict(found.schema) == dict(rows.schema)
        assert list(tables.columns("odd")) == rows.columns

    def test_types_that_tables_lack_are_stored_as_wider_ones_or_refused_in_a_line(self, tables: Tables) -> None:
        berlin = dt.datetime(2026, 7, 1, 12, tzinfo=_UTC)
        rows = pl.DataFrame(
            {"u": [1], "c": ["x"], "at": [berlin]},
            schema={"u": pl.UInt32, "c": pl.Categorical, "at": pl.Datetime("ms", "Europe/Berlin")},
        )
        tables.create("wide", rows.schema)
        tables.append("wide", rows)
        found = tables.read("wide").collect()
        assert found.rows() == [(1, "x", berlin)]
        assert found.schema["u"] == pl.Int64
        for dtype in (pl.UInt64, pl.Time, pl.Duration, pl.Null, pl.Datetime("ns")):
            with pytest.raises(UsageError, match=r"'bad' is .*(cast|type)"):
                tables.create("refused", {"bad": dtype})
        assert tables.list() == ["wide"]

    @pytest.mark.parametrize("name", _ODD_NAMES)
    def test_any_name_that_a_file_could_have_is_a_tables(self, tables: Tables, name: str) -> None:
        tables.create(name, {"a b.c": pl.String, "Ünïcode": pl.Int64})
        assert tables.append(name, pl.DataFrame({"a b.c": ["ß\n"], "Ünïcode": [1]})) == 1
        assert tables.list() == [name]
        assert tables.read(name, columns=["a b.c"]).collect().rows() == [("ß\n",)]

    @pytest.mark.parametrize("name", _NO_NAMES)
    def test_names_that_could_lead_elsewhere_are_refused(self, tables: Tables, name: str) -> None:
        for call in (tables.versions, tables.columns, tables.compact, tables.vacuum, tables.drop, tables.read):
            with pytest.raises(UsageError):
                call(name)
        with pytest.raises(UsageError):
            tables.create(name, {"a": pl.Int64})
        assert tables.list() == []

    def test_what_is_not_there_is_told_by_name(self, tables: Tables) -> None:
        tables.create("flights", {"delay": pl.Int64})
        with pytest.raises(NotFoundError, match="Did you mean 'flights'"):
            tables.append("flihgts", pl.DataFrame({"delay": [1]}))
        with pytest.raises(NotFoundError, match="Did you mean 'delay'"):
            tables.read("flights", columns=["dealy"])
        with pytest.raises(NotFoundError, match="no version 7"):
            tables.read("flights", version=7)
        with pytest.raises(NotFoundError, match="'delai'"):
            tables.delete_rows("flights", "delai", [1])
        assert not tables.drop("nothing")

    def test_create_is_once_and_another_table_of_the_name_is_refused(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        tables.append("t", pl.DataFrame({"a": [1]}))
        tables.create("t", {"a": pl.Int64})
        assert tables.read("t").collect().height == 1
        with pytest.raises(ConflictError, match="other columns: a Int64"):
            tables.create("t", {"a": pl.String})
        with pytest.raises(UsageError, match="at least one column"):
            tables.create("none", {})

    def test_new_columns_are_added_and_other_types_refused(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        tables.append("t", pl.DataFrame({"a": [1]}))
        tables.append("t", pl.DataFrame({"a": [2], "at": [dt.datetime(2026, 1, 1)]}))  # noqa: DTZ001 - on purpose
        tables.append("t", pl.DataFrame({"at": [None]}))
        assert tables.read("t").collect().sort("a", nulls_last=True)["at"].to_list() == [
            None,
            dt.datetime(2026, 1, 1),  # noqa: DTZ001
            None,
        ]
        tables.append("t", pl.DataFrame({"a": [3]}, schema={"a": pl.Int8}))
        for wrong in (pl.Series("a", ["x"]), pl.Series("a", [1.5]), pl.Series("A", [1])):
            with pytest.raises(UsageError, match=f"the column '{wrong.name}' is"):
                tables.append("t", pl.DataFrame([wrong]))
        assert tables.read("t", version=1).collect().columns == ["a"]
        assert len(tables.versions("t")) == 5

    def test_empty_frames_change_nothing_but_their_key_counts(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        assert tables.append("t", pl.DataFrame()) == 0
        assert tables.append("t", pl.LazyFrame(schema={"a": pl.Int64})) == 0
        assert tables.append("t", pl.DataFrame(schema={"a": pl.Int64}), once="k") == 1
        assert tables.append("t", pl.DataFrame({"a": [1]}), once="k") == 1
        assert tables.read("t").collect().height == 0

    def test_an_append_is_done_once_by_its_key(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        for _ in range(2):
            for number in range(3):
                tables.append("t", pl.DataFrame({"a": [number]}), once=Once("worker/7", number))
            tables.append("t", pl.DataFrame({"a": [10]}), once="a text")
        assert sorted(tables.read("t").collect()["a"].to_list()) == [0, 1, 2, 10]
        tables.compact("t")
        tables.vacuum("t")
        tables.append("t", pl.DataFrame({"a": [1]}), once=Once("worker/7", 1))
        tables.append("t", pl.DataFrame({"a": [10]}), once="a text")
        assert sorted(tables.read("t").collect()["a"].to_list()) == [0, 1, 2, 10]

    def test_threads_that_append_the_same_and_other_rows_are_all_heard_once(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64, "by": pl.Int64})
        errors: list[Exception] = []

        def work(by: int) -> None:
            try:
                for number in range(4):
                    tables.append("t", pl.DataFrame({"a": [number], "by": [-1]}), once=f"both {number}")
                    tables.append("t", pl.DataFrame({"a": [number], "by": [by]}))
            except Exception as error:  # noqa: BLE001 - any error at all fails the test
                errors.append(error)

        threads = [threading.Thread(target=work, args=(by,)) for by in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_WITHIN_S)
        assert not errors
        found = tables.read("t").collect()
        assert sorted(found.filter(pl.col("by") == -1)["a"].to_list()) == [0, 1, 2, 3]
        assert found.filter(pl.col("by") >= 0).height == 16

    def test_processes_append_and_are_killed_and_nothing_acknowledged_is_lost(self, tables: Tables, url: str) -> None:
        tables.create("shared", {"writer": pl.String, "n": pl.Int64})
        processes = [_start(url, f"w{each}", 8) for each in range(3)]
        doomed = _start(url, "doomed", 1000)
        acknowledged = [int(line) for line, _ in zip(_lines(doomed), range(4), strict=False)]
        doomed.kill()
        acknowledged += [int(line) for line in doomed.communicate(timeout=_WITHIN_S)[0].split()]
        for process in processes:
            assert process.wait(_WITHIN_S) == 0
            process.communicate()
        found = tables.read("shared").collect().group_by("writer", "n").len()
        counts = {(writer, number): n for writer, number, n in found.rows()}
        assert set(counts.values()) == {3}, "an append is there whole, once"
        assert {("doomed", number) for number in acknowledged} <= counts.keys()
        assert {(f"w{each}", number) for each in range(3) for number in range(8)} <= counts.keys()
        again = _start(url, "doomed", len(acknowledged) + 1)
        assert again.wait(_WITHIN_S) == 0
        again.communicate()
        found = tables.read("shared").filter(pl.col("writer") == "doomed").collect()
        assert set(found.group_by("n").len()["len"].to_list()) == {3}

    def test_rows_of_nothing_but_nulls_are_as_many_as_were_given(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64, "b": pl.String})
        nulls = pl.DataFrame({"a": [None, None, None]})
        tables.append("t", nulls)
        tables.append("t", nulls.lazy())
        assert tables.read("t").collect().height == 6
        assert tables.versions("t", last=2)[0].n_added == 3
        before = tables.append("t", pl.DataFrame({"a": [1]}))
        for nothing in (pl.DataFrame(), pl.LazyFrame(), pl.LazyFrame({"a": []}, schema={"a": pl.Int64})):
            assert tables.append("t", nothing) == before, "no row, no version"
        assert tables.read("t").collect().height == 7

    def test_what_is_no_row_column_version_or_key_is_told_in_a_line(self, tables: Tables) -> None:
        utc, local = pl.Datetime("us", "UTC"), pl.Datetime("us")
        tables.create("t", {"a": pl.String, "at": utc, "local": local})
        at = dt.datetime(2026, 1, 1, tzinfo=_UTC)
        rows = pl.DataFrame({"a": ["x"], "at": [at], "local": [at.replace(tzinfo=None)]})
        tables.append("t", rows, once="k")
        odd: Any = tables
        wrongs: list[Callable[[], object]] = [
            lambda: odd.append("t", {"a": ["x"]}),
            lambda: odd.append("t", rows, once=7),
            lambda: odd.append("t", rows, once=("w", 7)),
            lambda: odd.append("t", rows, once="\ud800"),
            lambda: odd.create("u", {"a": int}),
            lambda: odd.create(5, {"a": pl.Int64}),
            lambda: odd.read("t", columns="a"),
            lambda: odd.read("t", at="2026-01-01"),
            lambda: odd.delete_rows("t", "a", "x"),
            lambda: odd.delete_rows("t", "a", None),
            lambda: odd.delete_rows("t", "at", [at.replace(tzinfo=None)]),
            lambda: odd.delete_rows("t", "local", [at]),
        ]
        for wrong in wrongs:
            with pytest.raises(UsageError) as told:
                wrong()
            assert "\n" not in str(told.value)
        for version in (-1, 99, 1 << 70):
            with pytest.raises(NotFoundError, match="kept are the versions 0 to 1"):
                tables.read("t", version=version)
        assert tables.read("t").collect().height == 1

    def test_versions_are_read_by_number_and_by_time(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        for number in range(4):
            tables.append("t", pl.DataFrame({"a": [number]}))
        tables.delete_rows("t", "a", [0])
        versions = tables.versions("t")
        assert [(each.version, each.change, each.n_added, each.n_removed) for each in versions] == [
            (0, "create", 0, 0),
            *((number, "append", 1, 0) for number in range(1, 5)),
            (5, "delete", 0, 1),
        ]
        assert sorted({each.at for each in versions}) == [each.at for each in versions]
        for each, n_rows in zip(versions, (0, 1, 2, 3, 4, 3), strict=True):
            assert tables.read("t", version=each.version).collect().height == n_rows
            assert tables.read("t", at=each.at).collect().height == n_rows
        with pytest.raises(NotFoundError, match="no version of"):
            tables.read("t", at=versions[0].at - dt.timedelta(days=1))
        with pytest.raises(UsageError, match="time zone"):
            tables.read("t", at=dt.datetime(2026, 1, 1))  # noqa: DTZ001

    def test_a_frame_stays_with_its_version(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        tables.append("t", pl.DataFrame({"a": [1, 2]}))
        frame = tables.read("t")
        tables.append("t", pl.DataFrame({"a": [3]}))
        tables.delete_rows("t", "a", [1])
        assert sorted(frame.collect()["a"].to_list()) == [1, 2]

    def test_compaction_keeps_the_rows_and_makes_fewer_files(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        for number in range(5):
            more = {"b": [number]} if number == 3 else {}
            tables.append("t", pl.DataFrame({"a": [number], **more}))
        before = tables.read("t").collect()
        assert tables.compact("t") == 4
        assert tables.compact("t") == 0
        assert tables.read("t").collect().sort("a").equals(before.sort("a"))
        assert tables.read("t", version=2).collect().height == 2

    def test_a_vacuum_leaves_what_kept_versions_need(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        for number in range(3):
            tables.append("t", pl.DataFrame({"a": [number]}))
        tables.compact("t")
        tables.append("t", pl.DataFrame({"a": [3]}))
        at = tables.versions("t")[3].at
        taken = tables.vacuum("t", before=at)
        assert (taken.n_files, taken.n_versions) == (0, 3)
        assert [tables.read("t", version=each).collect().height for each in (3, 4, 5)] == [3, 3, 4]
        with pytest.raises(NotFoundError, match="no version 2; kept are the versions 3 to 5"):
            tables.read("t", version=2)
        assert tables.vacuum("t").n_files == 3
        assert [each.version for each in tables.versions("t")] == [5]
        assert tables.read("t").collect().height == 4
        assert tables.append("t", pl.DataFrame({"a": [9]})) == 6

    def test_what_was_deleted_is_in_no_file_after_a_vacuum(self, tables: Tables) -> None:
        tables.create("t", {"who": pl.String, "a": pl.Int64})
        for number in range(4):
            tables.append("t", pl.DataFrame({"who": ["erase-me-please", f"person {number}"], "a": [number, number]}))
        tables.compact("t")
        assert any(b"erase-me-please" in data for _, data in self.stored_bytes(tables))
        assert tables.delete_rows("t", "who", ["erase-me-please", "nobody"]) == 4
        assert tables.delete_rows("t", "who", ["erase-me-please"]) == 0
        tables.vacuum("t")
        assert not [name for name, data in self.stored_bytes(tables) if b"erase-me-please" in data]
        assert sorted(tables.read("t").collect()["a"].to_list()) == [0, 1, 2, 3]

    def test_rows_are_deleted_by_value_and_null_only_when_named(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        tables.append("t", pl.DataFrame({"a": [1, None, 2]}))
        assert tables.delete_rows("t", "a", []) == 0
        assert tables.delete_rows("t", "a", [1]) == 1
        assert tables.delete_rows("t", "a", [None]) == 1
        assert tables.read("t").collect()["a"].to_list() == [2]
        with pytest.raises(UsageError, match="'a' is Int64"):
            tables.delete_rows("t", "a", ["x"])

    def test_rows_are_deleted_by_the_values_of_several_columns(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64, "b": pl.String})
        tables.append("t", pl.DataFrame({"a": [1, 1, 2, None], "b": ["x", "y", "x", "x"]}))
        assert tables.delete_rows("t", ("b", "a"), []) == 0
        assert tables.delete_rows("t", ("b", "a"), [("x", 1), ("y", 2), ("z", None)]) == 1
        assert tables.delete_rows("t", ["a", "b"], [(None, "x")]) == 1
        assert sorted(tables.read("t").collect().rows()) == [(1, "y"), (2, "x")]
        for columns, values in ((("a", "b"), [(1,)]), (("a", "b"), [1]), (("a", "b"), [("x", "x")]), ((), [()])):
            with pytest.raises(UsageError):
                tables.delete_rows("t", columns, values)

    def test_appends_while_others_delete_and_compact_are_kept(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        errors: list[Exception] = []

        def tidy() -> None:
            try:
                for number in range(3):
                    tables.delete_rows("t", "a", [number])
                    tables.compact("t")
                    tables.vacuum("t")
            except Exception as error:  # noqa: BLE001 - any error at all fails the test
                errors.append(error)

        thread = threading.Thread(target=tidy)
        thread.start()
        for number in range(12):
            tables.append("t", pl.DataFrame({"a": [100 + number]}))
        thread.join(_WITHIN_S)
        assert not errors
        assert sorted(tables.read("t").collect()["a"].to_list()) == [100 + number for number in range(12)]

    def test_orphans_go_when_they_are_old(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        tables.append("t", pl.DataFrame({"a": [1]}))
        n_old = self.age(tables)
        assert tables.vacuum("t").n_files == n_old
        assert tables.read("t").collect().height == 1

    @pytest.mark.long
    def test_many_versions_are_read_from_checkpoints(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        for number in range(105):
            tables.append("t", pl.DataFrame({"a": [number]}), once=Once("w", number))
        assert any("100.checkpoint" in name for name, _ in self.stored_bytes(tables))
        assert tables.append("t", pl.DataFrame({"a": [1]}), once=Once("w", 3)) == 105
        assert tables.read("t", version=50).collect().height == 50
        assert tables.read("t").collect().height == 105
        assert tables.compact("t") == 104

    def test_a_dropped_table_is_gone_and_may_be_made_anew(self, tables: Tables) -> None:
        tables.create("t", {"a": pl.Int64})
        tables.append("t", pl.DataFrame({"a": [1]}), once="k")
        assert tables.drop("t")
        assert tables.list() == []
        assert not list(self.stored_bytes(tables))
        tables.create("t", {"b": pl.String})
        assert tables.append("t", pl.DataFrame({"b": ["x"]}), once="k") == 1


def _odd_rows() -> pl.DataFrame:
    day = dt.date(2026, 2, 28)
    at = dt.datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=_UTC)
    return pl.DataFrame(
        {
            "n": [1, 2, None],
            "small": [-128, 127, None],
            "x": [float("nan"), float("inf"), -0.0],
            "text": ["", "日本 \U0001f30a", None],
            "raw": [b"", b"\x00\xff", None],
            "yes": [True, False, None],
            "money": [Decimal("12345678901234567890.123456789"), Decimal("-0.000000001"), None],
            "day": [day, dt.date(1, 1, 1), None],
            "at": [at, dt.datetime(1583, 1, 1, tzinfo=_UTC), None],
            "local": [at.replace(tzinfo=None), None, None],
            "list": [[1, None], [], None],
            "deep": [{"a": [{"b": "x"}], "c": None}, {"a": [], "c": 1.5}, None],
        },
        schema={
            "n": pl.Int64,
            "small": pl.Int8,
            "x": pl.Float64,
            "text": pl.String,
            "raw": pl.Binary,
            "yes": pl.Boolean,
            "money": pl.Decimal(38, 9),
            "day": pl.Date,
            "at": pl.Datetime("us", "UTC"),
            "local": pl.Datetime("us"),
            "list": pl.List(pl.Int32),
            "deep": pl.Struct({"a": pl.List(pl.Struct({"b": pl.String})), "c": pl.Float32}),
        },
    )


def _start(url: str, writer: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _WRITER, url, writer, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout
