"""Asking people, on behalf of one run: storing the question, waiting, and what happens when nobody answers."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

from tidemill.access import Caller
from tidemill.core import Clock, Event, from_iso, iso
from tidemill.pipelines import _approval_rows as rows
from tidemill.pipelines.graph.approvals import APPROVED, ASKED, EXPIRED, Approval, RunApproval, wait_of
from tidemill.pipelines.graph.nodes import Node
from tidemill.pipelines.run_options import RunOptions, RunParked
from tidemill.storage.records import Database
from tidemill.tracking import Tracking


class Asking:
    """The questions of one run. Its run is paused while there is nothing else to do."""

    def __init__(
        self, rooms: tuple[Database, Tracking, Clock], caller: Caller, run_id: str, options: RunOptions
    ) -> None:
        self._database, self._tracking, self._clock = rooms
        self._caller = caller
        self._run_id = run_id
        self._options = options
        self._asked: dict[int, RunApproval] = {}
        self._otherwise: dict[int, str] = {}
        self._paused = False
        self._looked = 0.0

    def ask(self, node: Node, key: str | None) -> None:
        """Ask a question, unless a run that did not finish has an approval of it: the same, about the same results."""
        wait, now = wait_of(node.arguments), self._clock.now()
        until = iso(now + wait) if wait is not None else None
        arguments = node.arguments
        place = (self._run_id, node.position, arguments["question"], arguments["role"], key)
        asked = RunApproval(*place, ASKED, iso(now), until)
        known = self._database.read(lambda tx: rows.approved_before(tx, self._caller.project, key)) if key else []
        there = self._tracking.pauses.unfinished(self._caller, [each.run_id for each in known])
        if there:
            before = next(each for each in known if each.run_id == there[0])
            asked = replace(before, run_id=self._run_id, position=node.position, until=until)
        stored = self._database.write(lambda tx: rows.ask(tx, self._caller.project, asked))
        self._asked[node.position] = stored
        self._otherwise[node.position] = arguments["otherwise"]
        if stored.state == ASKED:
            self._options.on_ask(stored)

    def answers(self, asked: Collection[int]) -> dict[int, Approval | str]:
        """Return the answers that are there by now, by position; a text says why the run fails without one."""
        mine = [self._asked[position] for position in asked]
        if any(each.state == ASKED for each in mine):
            now = iso(self._clock.now())
            for each in mine:
                if each.state == ASKED and each.until is not None and each.until <= now:
                    self._expire(each)
            stored = self._database.read(lambda tx: rows.approvals_of(tx, self._caller.project, self._run_id))
            self._asked |= {each.position: each for each in stored}
        there = [self._asked[position] for position in asked if self._asked[position].state != ASKED]
        if there and self._paused:
            self._pause(paused=False)
        return {each.position: self._answer(each) for each in there}

    def rest(self, seconds: float, *, alone: bool) -> None:
        """Wait a moment for an answer. alone: the run has nothing else to do. Raises RunParked if told not to wait."""
        if alone and not self._paused:
            self._pause(paused=True)
        if alone and self._options.park:
            waiting = [each.until for each in self._asked.values() if each.state == ASKED and each.until]
            raise RunParked(self._run_id, min(waiting, default=None))
        time.sleep(seconds)

    def _pause(self, *, paused: bool) -> None:
        self._tracking.pauses.set_paused(self._caller, self._run_id, paused=paused)
        self._paused = paused

    def _expire(self, asked: RunApproval) -> None:
        state = {"approve": APPROVED}.get(self._otherwise[asked.position], EXPIRED)
        note = "nobody answered in time"
        self._database.write(
            lambda tx: rows.answer(tx, self._caller.project, asked, {"state": state, "note": note}) and None
        )

    def _answer(self, stored: RunApproval) -> Approval | str:
        if stored.state == EXPIRED and self._otherwise[stored.position] == "fail":
            return f"nobody answered {stored.question!r} until {stored.until}; run it again to ask again"
        return Approval(stored.state == APPROVED, stored.answered_by, stored.answered_at, stored.note)


def answered_event(approval: RunApproval, *, approved: bool) -> Event:
    """Return the audit event of an answer."""
    data = {"position": approval.position, "asked_at": approval.asked_at}
    return Event("run.approved" if approved else "run.refused", approval.run_id, data)


def is_over(approval: RunApproval, clock: Clock) -> bool:
    """Tell whether the time of a question is over."""
    return approval.until is not None and from_iso(approval.until) <= clock.now()
