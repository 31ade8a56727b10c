"""What every log of events must do: positions without gaps, followers that miss nothing, and a chain that tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tidemill.core import Event
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.followers import advance, catch_up, head, position_of, read_after
from tidemill.storage.records import Database, Transaction
from tidemill.storage.sealing import Head
from tidemill.storage.verification import ChainReport, verify_chain
from tidemill.testing.records_conformance import PATIENCE_S, OpenStore

N_WRITERS, N_EACH = 4, 25
FLIP = "UPDATE event SET subject = 's5 ' WHERE position = 5"
REMOVE = "DELETE FROM event WHERE position = 5"
SWAP = "UPDATE event SET position = 11 - position WHERE position IN (5, 6)"
INSERT = (
    "INSERT INTO event (project_id, id, kind, subject, actor, at, data, position, hash) "
    "SELECT project_id, 'forged', kind, subject, actor, at, data, position, hash FROM event WHERE position = 5"
)
CUT = "DELETE FROM event WHERE position > 7"


def _emit(subject: str, project: str = "default") -> Callable[[Transaction], None]:
    return lambda tx: tx.emit("ann", project, Event("thing.done", subject, {"of": subject, "é": [1, None, 0.1]}))


def _follow(database: Database, name: str = "f") -> list[str]:
    """Read what is new to the follower, and store that it was read, in one transaction."""
    catch_up(database)

    def follow(tx: Transaction) -> list[str]:
        found = read_after(tx, "default", name)
        if found:
            advance(tx, "default", name, found[-1].position or 0)
        return [event.subject for event in found]

    return database.write(follow)


def _verify(database: Database, against: Head | None = None) -> ChainReport:
    catch_up(database, None)
    return database.read(lambda tx: verify_chain(tx, against))


class EventsConformance:
    """Tests of one store. Derive from it, and give it a fixture `open_store`: it opens the same store once more."""

    @pytest.fixture
    def database(self, open_store: OpenStore) -> Database:
        """The store."""
        return open_store()

    def test_a_follower_reads_each_event_of_its_project_once_in_order(self, database: Database) -> None:
        """Another follower reads them again; a position never goes back."""
        for number in range(3):
            database.write(_emit(f"s{number}"))
            database.write(_emit("foreign", project="other"))
        assert _follow(database) == ["s0", "s1", "s2"]
        assert _follow(database) == []
        database.write(_emit("s3"))
        assert (_follow(database), _follow(database, "g")) == (["s3"], ["s0", "s1", "s2", "s3"])
        database.write(lambda tx: advance(tx, "default", "f", 2))
        assert database.read(lambda tx: (position_of(tx, "default", "f"), head(tx))) == (7, 7)

    def test_events_commit_with_their_change_and_a_failed_one_leaves_no_gap(self, database: Database) -> None:
        """Inside its transaction an event is not to be followed yet."""

        def write(tx: Transaction) -> None:
            before = len(read_after(tx, "default", "f"))
            _emit("own")(tx)
            assert len(read_after(tx, "default", "f")) == before

        def fail(tx: Transaction) -> None:
            write(tx)
            raise KeyError

        for _ in range(2):
            with pytest.raises(KeyError):
                database.write(fail)
            database.write(write)
        catch_up(database)
        found = database.read(lambda tx: read_after(tx, "default", "f"))
        assert [event.position for event in found] == [1, 2]
        assert found[0].data == {"of": "own", "é": [1, None, 0.1]}
        listed = database.read(lambda tx: read_events(tx, "default", EventQuery()))
        assert [event.id for event in listed] == [event.id for event in reversed(found)]

    def test_what_json_cannot_hold_is_refused_where_it_is_made(self, database: Database) -> None:
        """The change is not stored without its event."""
        with pytest.raises(ValueError, match="JSON"):
            database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s", {"auc": float("nan")})))
        assert _follow(database) == []

    def test_an_event_that_commits_late_is_not_passed_over(self, database: Database, open_store: OpenStore) -> None:
        """However early it was written; where writers are serial, the other waits for it."""
        emitted, go_on = threading.Event(), threading.Event()
        late, other = open_store(), open_store()

        def slow(tx: Transaction) -> None:
            _emit("late")(tx)
            emitted.set()
            assert go_on.wait(PATIENCE_S)

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(late.write, slow)
            assert emitted.wait(PATIENCE_S)
            second = pool.submit(other.write, _emit("early"))
            threading.Event().wait(0.3)
            seen = _read_only(database)
            go_on.set()
            first.result(PATIENCE_S)
            second.result(PATIENCE_S)
        assert seen in ([], ["early"])
        assert sorted(_follow(database)) == ["early", "late"]
        assert _verify(database).sound

    def test_many_writers_and_followers_make_one_chain(self, database: Database, open_store: OpenStore) -> None:
        """Each follower sees each event exactly once, in the order of positions, while others write and seal."""
        stores = [database, open_store()]
        total, stop = N_WRITERS * N_EACH, threading.Event()

        def write(number: int) -> None:
            for each in range(N_EACH):
                stores[number % 2].write(_emit(f"{number}/{each}"))

        def follow(number: int) -> list[str]:
            seen: list[str] = []
            deadline = time.monotonic() + 3 * PATIENCE_S
            # Nothing new is no end: another may be sealing what was committed.
            while not (stop.is_set() and len(seen) >= total) and time.monotonic() < deadline:
                seen += _follow(stores[number % 2], f"f{number}")
            return seen + _follow(stores[number % 2], f"f{number}")

        with ThreadPoolExecutor(N_WRITERS + 2) as pool:
            followers = [pool.submit(follow, number) for number in range(2)]
            for done in [pool.submit(write, number) for number in range(N_WRITERS)]:
                done.result(3 * PATIENCE_S)
            stop.set()
            seen = [done.result(3 * PATIENCE_S) for done in followers]
        expected = sorted(f"{number}/{each}" for number in range(N_WRITERS) for each in range(N_EACH))
        assert [sorted(each) for each in seen] == [expected, expected]
        report = _verify(database)
        assert (report.sound, report.n_entries, report.head.position) == (True, total, total)
        for number in range(N_WRITERS):  # of one writer, in its own order
            mine = [subject for subject in seen[0] if subject.startswith(f"{number}/")]
            assert mine == [f"{number}/{each}" for each in range(N_EACH)]

    @pytest.mark.parametrize(
        ("statement", "kind"),
        [(FLIP, "changed"), (REMOVE, "removed"), (SWAP, "reordered"), (INSERT, "inserted"), (CUT, "cut")],
    )
    def test_whatever_is_done_to_an_entry_is_found(self, database: Database, statement: str, kind: str) -> None:
        """A cut tail by a head that was kept elsewhere."""
        for number in range(1, 11):
            database.write(_emit(f"s{number}"))
        before = _verify(database)
        assert (before.sound, before.n_entries) == (True, 10)
        database.write(lambda tx: tx.execute(sa.text(statement)))
        after = _verify(database, before.head)
        assert kind in {finding.kind for finding in after.findings}, after.findings

    def test_a_head_kept_elsewhere_stays_part_of_a_chain_that_grows(self, database: Database) -> None:
        """And one of another chain does not."""
        database.write(_emit("s1"))
        kept = _verify(database).head
        database.write(_emit("s2"))
        assert _verify(database, kept).sound
        assert [finding.kind for finding in _verify(database, Head(1, "f" * 64)).findings] == ["rewritten"]


def _read_only(database: Database) -> list[str]:
    catch_up(database)
    return [event.subject for event in database.read(lambda tx: read_after(tx, "default", "f"))]
