"""What every database of records must do: whole transactions, one after the other, and views that do not change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from tidemill.core import Event, TidemillError, UsageError
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.followers import advance
from tidemill.storage.records import Database, Transaction
from tidemill.storage.statements import insert_json_rows, insert_or_ignore, json_values, upsert

OpenStore = Callable[[], Database]
N_THREADS, N_EACH, PATIENCE_S = 6, 12, 30

_SAMPLE = sa.Table(
    "sample",
    sa.MetaData(),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("ratio", sa.Float),
    sa.Column("detail", sa.JSON),
)
_NAMES = sa.select(_SAMPLE.c.name).order_by(_SAMPLE.c.name)
#: Takes as long as one likes.
_COUNTED = (
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :count) "
    "SELECT count(*) FROM counted"
)
_NUMBER = sa.select(_SAMPLE.c.number).where(_SAMPLE.c.name == "one")


def _create(tx: Transaction) -> None:
    tx.execute(sa.schema.CreateTable(_SAMPLE))


def _put(name: str, number: int = 0) -> Callable[[Transaction], None]:
    def put(tx: Transaction) -> None:
        tx.execute(sa.insert(_SAMPLE).values(name=name, number=number))

    return put


def _names(tx: Transaction) -> list[str]:
    return [str(row["name"]) for row in tx.rows(_NAMES)]


class RecordsConformance:
    """Tests of one store. Derive from it, and give it a fixture `open_store`: it opens the same store once more."""

    @pytest.fixture
    def database(self, open_store: OpenStore) -> Database:
        """The store with a table to write to."""
        database = open_store()
        database.write(_create)
        return database

    def test_what_was_written_is_read_by_all_who_open_the_store(
        self, database: Database, open_store: OpenStore
    ) -> None:
        """`write` returns what its function returns."""
        assert database.write(lambda tx: (_put("one", 1)(tx), tx.scalar(_NUMBER))[1]) == 1
        for each in (database, open_store()):
            assert each.read(_names) == ["one"]
            assert each.read(lambda tx: tx.row(sa.select(_SAMPLE))) == {
                "name": "one", "number": 1, "ratio": None, "detail": None
            }  # fmt: skip
            assert each.read(lambda tx: tx.row(sa.select(_SAMPLE).where(_SAMPLE.c.name == "two"))) is None

    def test_a_function_that_fails_leaves_nothing(self, database: Database) -> None:
        """Neither rows nor events; and its error is the caller's."""

        def fail(tx: Transaction) -> None:
            _put("one")(tx)
            tx.emit("ann", "default", Event("thing.done", "s"))
            raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            database.write(fail)
        assert database.read(_names) == []
        assert database.read(lambda tx: read_events(tx, "default", EventQuery())) == []

    def test_a_constraint_refuses_with_the_error_of_the_port(self, database: Database) -> None:
        """What was written before it in the same transaction is gone too."""
        database.write(_put("one"))

        def twice(tx: Transaction) -> None:
            _put("two")(tx)
            _put("one")(tx)

        with pytest.raises(sa.exc.IntegrityError):
            database.write(twice)
        assert database.read(_names) == ["one"]

    def test_a_view_does_not_change_while_others_write(self, database: Database, open_store: OpenStore) -> None:
        """And whoever reads hinders nobody who writes."""
        other = open_store()

        def look(tx: Transaction) -> tuple[list[str], list[str]]:
            before = _names(tx)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(other.write, _put("one")).result(PATIENCE_S)
            return before, _names(tx)

        assert database.read(look) == ([], [])
        assert database.read(_names) == ["one"]

    def test_a_reader_does_not_wait_for_a_writer(self, database: Database, open_store: OpenStore) -> None:
        """It sees what was committed before."""
        other, written, seen = open_store(), threading.Event(), threading.Event()

        def write(tx: Transaction) -> bool:
            _put("one")(tx)
            written.set()
            return seen.wait(PATIENCE_S)

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(other.write, write)
            assert written.wait(PATIENCE_S)
            assert database.read(_names) == []
            seen.set()
            assert writing.result(PATIENCE_S)
        assert database.read(_names) == ["one"]

    def test_nothing_that_a_reader_writes_is_kept(self, database: Database) -> None:
        """It may be refused, or undone."""

        def write(tx: Transaction) -> None:
            _put("one")(tx)
            raise KeyError

        with pytest.raises((KeyError, sa.exc.DBAPIError, TidemillError)):
            database.read(write)
        assert database.read(_names) == []
        database.write(_put("two"))
        assert database.read(_names) == ["two"]

    def test_look_then_write_is_as_if_one_wrote_after_the_other(
        self, database: Database, open_store: OpenStore
    ) -> None:
        """No update is lost, and no two take the same next number, from several threads and several openings."""
        stores = [database, open_store()]
        database.write(_put("one"))

        def add(number: int) -> None:
            def write(tx: Transaction) -> None:
                count = tx.scalar(_NUMBER)
                tx.execute(sa.update(_SAMPLE).where(_SAMPLE.c.name == "one").values(number=count + 1))
                last = tx.scalar(sa.select(sa.func.max(_SAMPLE.c.number)).where(_SAMPLE.c.name != "one")) or 0
                _put(f"n{last + 1}", last + 1)(tx)

            for _ in range(N_EACH):
                stores[number % 2].write(write)

        with ThreadPoolExecutor(N_THREADS) as pool:
            for done in [pool.submit(add, number) for number in range(N_THREADS)]:
                done.result(2 * PATIENCE_S)
        total = N_THREADS * N_EACH
        assert database.read(lambda tx: tx.scalar(_NUMBER)) == total
        assert sorted(database.read(_names)) == sorted(["one", *(f"n{number}" for number in range(1, total + 1))])

    def test_values_come_back_as_they_were(self, database: Database) -> None:
        """Large numbers, floats to the last bit, text beyond ASCII, JSON in its order."""
        detail = {"b": [1, None, "é\u0000\u2028"], "a": {"deep": [0.1, 1e300, -0.0]}}
        rows = [
            {"name": "日本語 🛫 and so on", "number": 2**62, "ratio": 0.1 + 0.2, "detail": detail},
            {"name": "", "number": -1, "ratio": None, "detail": []},
        ]
        database.write(lambda tx: tx.execute(sa.insert(_SAMPLE), rows))
        found = database.read(lambda tx: tx.rows(sa.select(_SAMPLE).order_by(_SAMPLE.c.number.desc())))
        assert found == rows
        assert list(found[0]["detail"]) == ["b", "a"]

    @pytest.mark.parametrize("value", [{"name": "half a pair \ud800"}, {"number": 2**63}])
    def test_a_value_that_cannot_be_stored_is_refused_in_one_line(
        self, database: Database, value: dict[str, Any]
    ) -> None:
        """As wrong usage, on its way in and in a condition; nothing is kept."""
        row = {"name": "", "number": 1, "ratio": None, "detail": [], **value}
        with pytest.raises(UsageError):
            database.write(lambda tx: tx.execute(sa.insert(_SAMPLE), [row]))
        assert database.read(lambda tx: tx.rows(sa.select(_SAMPLE))) == []
        with pytest.raises(UsageError):
            database.write(lambda tx: tx.emit("ann", "default", Event("thing.made", "half a pair \ud800")))

    def test_text_is_ordered_by_code_points(self, database: Database) -> None:
        """In the tables of the store, whatever the language of the server."""
        names = ["a", "B", "é", "z", "_", "10", "9", "A"]
        for name in names:
            database.write(partial(advance, project="default", name=name, position=1))
        follower = sa.table("follower", sa.column("name", sa.Text))
        found = database.read(lambda tx: tx.rows(sa.select(follower.c.name).order_by(follower.c.name)))
        assert [row["name"] for row in found] == sorted(names)

    def test_statements_that_databases_say_differently(self, database: Database) -> None:
        """Insert or leave, insert or replace, rows and values in one JSON text."""
        row = {"name": "one", "number": 2, "ratio": 0.5, "detail": {"a": 1}}
        insert, replace = insert_or_ignore(_SAMPLE), upsert(_SAMPLE, largest=["number"])
        assert database.write(lambda tx: tx.execute(insert, row).rowcount) == 1
        assert database.write(lambda tx: tx.execute(insert, row | {"number": 3}).rowcount) == 0
        database.write(lambda tx: tx.execute(replace, [row | {"number": 1, "ratio": None}, row | {"name": "two"}]))
        many = insert_json_rows(_SAMPLE, ["detail"], ["name", "number", "ratio"], ignore=True)
        given = {"detail": [7], "rows": '[["one", 9, 1.5], ["three", 4000000000, 0.1], ["four", 4, null]]'}
        assert database.write(lambda tx: tx.execute(many, given).rowcount) == 2
        asked = sa.select(_SAMPLE).where(_SAMPLE.c.name.in_(json_values("names"))).order_by(_SAMPLE.c.number)
        found = database.read(lambda tx: tx.execute(asked, {"names": '["one", "three", "four", "five"]'}).all())
        assert [tuple(each) for each in found] == [
            ("one", 2, None, {"a": 1}), ("four", 4, None, [7]), ("three", 4000000000, 0.1, [7])
        ]  # fmt: skip

    def test_what_is_read_too_long_is_stopped(self, database: Database) -> None:
        """In one line, as wrong usage; what is quick is not, and the store goes on."""

        def within(tx: Transaction, seconds: float, count: int) -> Any:
            with tx.within(seconds):
                return tx.execute(sa.text(_COUNTED), {"count": count}).scalar()

        assert database.read(lambda tx: within(tx, PATIENCE_S, 1000)) == 1000
        with pytest.raises(UsageError, match=r"more than 0\.05 s") as caught:
            database.read(lambda tx: within(tx, 0.05, 10**9))
        assert "\n" not in str(caught.value)
        assert database.read(lambda tx: within(tx, PATIENCE_S, 50_000)) == 50_000
        database.write(_put("one"))
        assert database.read(_names) == ["one"]

    def test_a_closed_store_can_be_used_again(self, database: Database) -> None:
        """Its connections are made anew."""
        database.write(_put("one"))
        database.close()
        assert database.read(_names) == ["one"]
