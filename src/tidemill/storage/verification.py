"""Checking the chain of events: is each entry what was sealed, at its place, with none missing and none put in?

One pass in order of position, one piece in memory at a time. A finding is explained from the entries that follow it,
so that one change gives one finding and the check goes on behind it. What nobody can tell from the store alone is a
chain that was cut or rewritten by someone who knows how to hash: for that, keep the head elsewhere (`Head`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.storage.sealing import GENESIS, Head, event_rows, hash_entry
from tidemill.storage.server_indexes import compare_indexes, count_in_table

CHANGED, REMOVED, INSERTED, REORDERED = "changed", "removed", "inserted", "reordered"
UNSEALED, CUT, REWRITTEN, DAMAGED = "unsealed", "cut", "rewritten", "damaged"
_AHEAD = 64
_MOST_FINDINGS = 100
_PIECE = 2000


@dataclass(frozen=True)
class Finding:
    """What is wrong: changed, removed, inserted, reordered, unsealed, cut, rewritten or damaged; where, in words."""

    kind: str
    position: int
    sentence: str


@dataclass(frozen=True)
class ChainReport:
    """What a check of the chain found. `findings` holds the first hundred of `n_findings`.

    notes: what could not be checked, and why.
    """

    n_entries: int
    head: Head
    findings: tuple[Finding, ...]
    n_findings: int
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.n_findings == 0


class Row(NamedTuple):
    """An event as it stands in the store."""

    position: int
    sequence: int
    project: str
    id: str
    kind: str
    subject: str
    actor: str
    at: str
    data: str
    hash: str


def verify_chain(tx: Transaction, against: Head | None = None) -> ChainReport:
    """Check every event of the store, and that the head `against`, copied earlier, is still part of its chain."""
    try:
        return _report(tx, against, as_bytes=False)
    except sa.exc.OperationalError as error:
        if "UTF-8" not in str(error.orig):
            raise
        return _report(tx, against, as_bytes=True)  # slower, and reads what is no text any more


def _report(tx: Transaction, against: Head | None, *, as_bytes: bool) -> ChainReport:
    serial = tx.dialect == "sqlite"  # elsewhere numbers are drawn with gaps, and sealed as they are committed
    walk = _Walk(_sealed_rows(tx, as_bytes=as_bytes), against, numbered=serial)
    walk.run()
    if serial:
        _look_for_unsealed(tx, walk)
    if against is not None:
        walk.compare(against)
    if serial:
        _look_behind_the_end(tx, walk)
        _look_at_the_file(tx, walk)
    note = "" if serial else _look_at_the_indexes(tx, walk)
    head, notes = Head(walk.last, walk.previous), (note,) if note else ()
    return ChainReport(walk.n_entries, head, tuple(walk.findings), walk.n_findings, notes)


class _Walk:
    """One pass over the entries. `previous` is the stored hash before, `computed` what it should have been."""

    def __init__(self, rows: Iterable[Row], against: Head | None = None, *, numbered: bool = True) -> None:
        self._stream = iter(rows)
        self._numbered = numbered
        self._ahead: deque[Row] = deque()
        self._exported_at = against.position if against is not None else -1
        self._exported_hash = GENESIS
        self.n_entries = self.last = 0
        self.previous = self._computed = GENESIS
        # Entries put in or taken out with all later ones renumbered: what they were sealed as is this much lower.
        self._shift = 0
        # On SQLite numbers are drawn without gaps and sealed in their order: they run along with the positions.
        self._offset: int | None = None
        self.findings: list[Finding] = []
        self.n_findings = 0
        self.cut = False

    def run(self) -> None:
        """Look at every entry."""
        while (row := self._next()) is not None:
            self.n_entries += 1
            if row.position != self.last + 1:
                self._misplaced(row)
            elif _hash(self.previous, row.position - self._shift, row) == row.hash:
                self._compare_numbers(row)
                self._accept(row, row.hash)
            elif self._computed != self.previous and self._fits(self._computed, row):
                self._accept(row, row.hash)
            else:
                self._explain(row)

    def compare(self, against: Head) -> None:
        """Find out whether a head that was copied earlier is still part of the chain."""
        if against.position > self.last:
            self.cut = True
            gone = against.position - self.last
            self.find(
                CUT, self.last + 1, f"the last {gone:,} entries, up to the exported {against.position:,}, are gone"
            )
        elif against.position and self._exported_hash != against.hash:
            self.find(
                REWRITTEN, against.position, f"the entry at position {against.position:,} is not the one of the export"
            )

    def find(self, kind: str, position: int, sentence: str) -> None:
        """Note what is wrong."""
        self.n_findings += 1
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(kind, position, sentence))

    def _next(self) -> Row | None:
        return self._ahead.popleft() if self._ahead else next(self._stream, None)

    def _look_ahead(self) -> list[Row]:
        while len(self._ahead) < _AHEAD and (row := next(self._stream, None)) is not None:
            self._ahead.append(row)
        return list(self._ahead)

    def _accept(self, row: Row, computed: str) -> None:
        self.last, self.previous, self._computed = row.position, row.hash, computed
        if row.position == self._exported_at:
            self._exported_hash = row.hash

    def _fits(self, previous: str, row: Row, shift: int = 0) -> bool:
        if type(row.position) is not int:
            return False
        return _hash(previous, row.position - self._shift - shift, row) == row.hash

    def _compare_numbers(self, row: Row) -> None:
        offset, before = row.sequence - row.position, self._offset
        self._offset = offset
        if before is None or offset == before or not self._numbered:
            return
        if offset > before:
            gone = f"{offset - before:,} entries" if offset - before > 1 else "an entry"
            self.find(
                REMOVED, row.position, f"{gone} before position {row.position:,} were cut off before it was written"
            )
        else:
            self.find(REORDERED, row.position, f"the entry at position {row.position:,} has a number out of its order")

    def _misplaced(self, row: Row) -> None:
        if type(row.position) is not int or row.position <= self.last:
            self.find(INSERTED, self.last, f"{_named(row)} stands at position {row.position}, which is taken")
            return
        first, last = self.last + 1, row.position - 1
        which = f"entry {first:,} is" if first == last else f"entries {first:,} to {last:,} are"
        self.find(REMOVED, first, f"{which} gone")
        self._accept(row, row.hash)  # what it was chained to is gone: it cannot be checked itself

    def _explain(self, row: Row) -> None:
        """Tell what happened at an entry that is not chained to the one before, and go on behind it."""
        ahead = self._look_ahead() if self.n_findings < _MOST_FINDINGS else []
        computed = _hash(self.previous, row.position - self._shift, row)
        if (
            not ahead
            or self._fits(row.hash, ahead[0])
            or self._fits(computed, ahead[0])
            or not (self._reordered([row, *ahead]) or self._inserted(row, ahead) or self._taken_out(row, ahead))
        ):
            self._changed(row, computed)

    def _changed(self, row: Row, computed: str) -> None:
        self.find(CHANGED, row.position, f"{_named(row)} at position {row.position:,} is not what was sealed there")
        self._accept(row, computed)

    def _inserted(self, row: Row, ahead: list[Row]) -> bool:
        for count, follower in enumerate(ahead, 1):
            same_place = follower.position == row.position
            if self._fits(self.previous, follower, 0 if same_place else count):
                self._renumbered(0 if same_place else count)
                for number, stranger in enumerate([row, *ahead][:count]):
                    self.find(INSERTED, row.position + number, f"{_named(stranger)} was put in at {row.position:,}")
                    self._drop(number)
                if not same_place:
                    self.last = row.position + count - 1
                return True
        return False

    def _reordered(self, pool: list[Row]) -> bool:
        """Chain the entries at hand as they were sealed; when that takes the first of them all, they were swapped."""
        order = _sealed_order(pool, self.previous, pool[0].position - self._shift)
        while set(order) != set(range(len(order))):
            order.pop()
        moved = [place for place, index in enumerate(order) if place != index]
        if not moved:
            return False
        first, last = pool[moved[0]].position, pool[moved[-1]].position
        self.find(REORDERED, first, f"the entries from position {first:,} to {last:,} are in another order")
        for number, index in enumerate(order):
            self._accept(pool[number], pool[index].hash)
            self._drop(number)
        self.previous = self._computed = pool[order[-1]].hash
        return True

    def _taken_out(self, row: Row, ahead: list[Row]) -> bool:
        for count in range(1, _AHEAD + 1):
            if self._fits(row.hash, ahead[0], -count):
                gone = f"{count:,} entries" if count > 1 else "an entry"
                self.find(
                    REMOVED, row.position, f"{gone} before position {row.position:,} taken out, the rest renumbered"
                )
                self._renumbered(-count)
                self._accept(row, row.hash)
                return True
        return False

    def _renumbered(self, by: int) -> None:
        self._shift += by
        self._offset = None if self._offset is None else self._offset - by

    def _drop(self, number: int) -> None:
        """Take an entry of the pool as seen; the one in hand, number 0, is counted already."""
        if number:
            self._ahead.popleft()
            self.n_entries += 1


def _hash(previous: str, position: int, row: Row) -> str:
    try:
        return hash_entry(previous, position, row[2:9])
    except TypeError:  # a column that holds no text any more
        return ""


def _sealed_order(pool: list[Row], previous: str, position: int) -> list[int]:
    order: list[int] = []
    left = list(range(len(pool)))
    while True:
        place = position + len(order)
        index = next((at for at in left if _hash(previous, place, pool[at]) == pool[at].hash), None)
        if index is None:
            return order
        order.append(index)
        left.remove(index)
        previous = pool[index].hash


def _named(row: Row) -> str:
    return f"the event {row.kind} of {row.subject}"


def _sealed_rows(tx: Transaction, *, as_bytes: bool) -> Iterator[Row]:
    columns = event_rows.c
    texts = [columns[name] for name in ("project_id", "id", "kind", "subject", "actor", "at", "data", "hash")]
    if as_bytes:
        texts = [sa.cast(text, sa.LargeBinary).label(text.name) for text in texts]  # type: ignore[misc]
    statement = sa.select(columns.position, columns.sequence, *texts).where(columns.position.is_not(None))
    result = tx.execute(statement.order_by(columns.position, columns.sequence).execution_options(yield_per=_PIECE))
    for piece in result.partitions():
        for row in piece:
            yield Row._make(map(_decoded, row)) if as_bytes else Row._make(row)


def _decoded(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _look_for_unsealed(tx: Transaction, walk: _Walk) -> None:
    columns = event_rows.c
    unsealed = columns.position.is_(None)
    count = tx.scalar(sa.select(sa.func.count()).where(unsealed))
    if count:
        first = tx.scalar(sa.select(sa.func.min(columns.sequence)).where(unsealed))
        walk.find(UNSEALED, walk.last + 1, f"{count:,} events are not sealed, the first of them number {first:,}")


def _look_behind_the_end(tx: Transaction, walk: _Walk) -> None:
    columns = event_rows.c
    drawn = tx.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'event'")) or 0
    stored = tx.scalar(sa.select(sa.func.max(columns.sequence))) or 0
    if drawn > stored and not walk.cut:
        gone = "the last entry is" if drawn - stored == 1 else f"the last {drawn - stored:,} entries are"
        walk.find(CUT, walk.last + 1, f"{gone} gone: the store had given {drawn:,} numbers")


def _look_at_the_file(tx: Transaction, walk: _Walk) -> None:
    """Let SQLite compare the table with its indexes: the chain is read by one, which a bad disk may have changed."""
    said = [str(row[0]) for row in tx.execute(sa.text("PRAGMA integrity_check('event')"))]
    if said != ["ok"]:
        more = f" and {len(said) - 1:,} more" if len(said) > 1 else ""
        walk.find(DAMAGED, 0, f"the store's file is damaged: {said[0]}{more}; restore a copy")


def _look_at_the_indexes(tx: Transaction, walk: _Walk) -> str:
    """Compare what an index gave with what the table holds, then each index with it; return what was not compared."""
    sealed = sa.select(sa.func.count()).select_from(event_rows).where(event_rows.c.position.is_not(None))
    held = count_in_table(tx, sealed)
    if held != walk.n_entries:
        sentence = f"the table of events holds {held:,} sealed ones and gave {walk.n_entries:,}: an index is damaged"
        walk.find(DAMAGED, 0, f"{sentence}; REINDEX it, then check again")
    wrong, note = compare_indexes(tx, event_rows.name)
    for sentence in wrong:
        walk.find(DAMAGED, 0, f"{sentence}; REINDEX it, then check again")
    return note
