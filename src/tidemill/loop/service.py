"""The loop itself: look at what was logged and labelled, decide, begin a retraining, settle it when it has ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, ConflictError, Event, from_iso, iso, new_id, not_found
from tidemill.deployment import Deployments, Endpoint, Revision
from tidemill.feedback import LoggedRows
from tidemill.loop import _repository as rows
from tidemill.loop.policy import HELD_BACK, NOT_COUNTED, Decision, Firing, Policy, Situation, decide
from tidemill.loop.turn import RUNNING, UNDECLARED, Progress, Turn, settled
from tidemill.loop.waiting import WaitingTurns
from tidemill.loop.window_fact import WindowFact
from tidemill.monitoring import Monitoring
from tidemill.pipelines import PipelineJob
from tidemill.storage.followers import advance, catch_up, head, position_of, read_after
from tidemill.storage.queue import Queue, find_job
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import Tracking

#: The tag of a run that belongs to a turn.
TURN_TAG = "turn"
_AT_ONCE = timedelta(0)
_MOST_TURNS = 100
_MOST_EVENTS = 1_000_000
_TICK = timedelta(microseconds=1)
_ENDED = frozenset({"done", "dead", "cancelled"})


@dataclass(frozen=True)
class _Known:
    """What the records tell at one moment, of one endpoint."""

    progress: Progress | None
    turns: list[Turn]
    fresh: list[WindowFact]
    position: int
    head: int


class Loop:
    """Turns by itself, a pass at a time. Thread-safe, also between processes: one event fires once, whoever looks.

    work: the queue, and the runs that its jobs become. watched: the rows that were logged, and the monitors on them.
    """

    def __init__(
        self,
        database: Database,
        work: tuple[Queue, Tracking],
        deployments: Deployments,
        watched: tuple[LoggedRows, Monitoring],
        clock: Clock,
    ) -> None:
        self._database = database
        self._queue, self._tracking = work
        self._deployments = deployments
        self._waiting = WaitingTurns(deployments)
        self._logged, self._monitoring = watched
        self._clock = clock

    def turn(self, caller: Caller, endpoint: Endpoint, beat: timedelta = _AT_ONCE) -> Progress:
        """Make one pass over an endpoint: catch up, evaluate its monitors, settle, decide, and fire when asked to.

        The turn, its job, the event and the position in the event log commit together, so that a crash loses or
        doubles nothing. beat: progress that is no news is stored no more often than this.

        Needs deployer. Raises what reading the log and evaluating raise; then nothing was decided.
        """
        require(caller, Role.DEPLOYER)
        now, name = self._clock.now(), endpoint.name
        served = self._deployments.list_revisions(caller, name)
        if not served:
            return self._store(caller, Progress(name, now, None, None, "nothing serves yet"), beat)
        self._logged.catch_up(caller.project, name)
        self._monitoring.evaluate(caller, name, endpoint.monitors)
        catch_up(self._database)
        known = self._database.read(lambda tx: _known(tx, caller.project, name))
        if any(turn.is_running for turn in known.turns):
            # Whoever settles it, this pass or another one meanwhile: a turn that has ended holds back no window.
            self._settle(caller, name)
            served = self._deployments.list_revisions(caller, name)
            known = self._database.read(lambda tx: _known(tx, caller.project, name))
        watermark = self._monitoring.watermark(caller, name)
        decision = self._decide(caller, endpoint, served, known, watermark or now)
        due = self._monitoring.next_due(caller, name, endpoint.monitors)
        before = known.progress.watermark if known.progress else None
        reached = Progress(
            name,
            now,
            max((at for at in (watermark, before) if at), default=None),
            min((at for at in (due, decision.next_at) if at), default=None),
            decision.held or _still_held(known.progress, decision, known.fresh),
            decision.waiting,
        )
        if decision.firing is not None:
            return self._fire(caller, endpoint, decision.firing, served[0].reference, (known, reached))
        return self._store(caller, reached, beat, known)

    def settle(self, caller: Caller) -> bool:
        """Settle the turns whose job has ended, of every endpoint of the project, declared or not; tell whether there
        were any. Needs deployer.
        """
        require(caller, Role.DEPLOYER)
        return self._settle(caller)

    def answer_waiting(self, caller: Caller, declared: Sequence[Endpoint] = ()) -> int:
        """End or bring on the turns whose version was approved, rejected or waited too long; return how many.

        declared: the endpoints that a version can be brought on for, into the environments that are left to it. Needs
        deployer. Raises UnavailableError when a gate cannot look now.
        """
        require(caller, Role.DEPLOYER)
        project, by_name = caller.project, {each.name: each for each in declared}
        waiting = self._database.read(lambda tx: rows.waiting_turns(tx, project))
        after = [found for each in waiting if (found := self._waiting.after(caller, each, by_name)) is not None]

        def store(tx: Transaction) -> int:
            known = {each.id: each for each in rows.waiting_turns(tx, project)}
            before = {each.id: each.request_id for each in waiting}
            still = [each for each in after if each.id in known and known[each.id].request_id == before[each.id]]
            for turn in still:
                _tell_settled(tx, caller, turn if turn.is_waiting else replace(turn, ended_at=tx.now))
            return len(still)

        return self._database.write(store) if after else 0

    def retire(self, caller: Caller, declared: Collection[str]) -> list[str]:
        """Say beside the progress of endpoints that are no longer declared that nothing is due; return their names.

        Those of which it is said already are left out. Needs deployer.
        """
        require(caller, Role.DEPLOYER)
        known = self._database.read(lambda tx: rows.list_progress(tx, caller.project))
        gone = [each for each in known if each.endpoint not in declared and each.said != UNDECLARED]

        def retire(tx: Transaction) -> None:
            for each in gone:
                told = replace(each, next_due_at=None, waiting_due_at=None, said=UNDECLARED)
                rows.store_progress(tx, caller.project, told)

        if gone:
            self._database.write(retire)
        return [each.endpoint for each in gone]

    def retrain(self, caller: Caller, endpoint: str) -> Turn:
        """Begin a turn at once, whatever the triggers say. Needs deployer.

        Raises NotFoundError for the endpoint; ConflictError while a turn is running, or when the project's
        declaration of the endpoint was never recorded.
        """
        require(caller, Role.DEPLOYER)
        found = self._deployments.get(caller, endpoint)
        if found.declared is None:
            raise ConflictError(
                f"which pipeline endpoint {endpoint!r} takes from is not recorded yet; 'tidemill up' records it, and "
                "'tidemill run' retrains at once"
            )
        known = self._database.read(lambda tx: rows.find_progress(tx, caller.project, endpoint))
        if known is not None and not known.is_declared:
            raise ConflictError(
                f"endpoint {endpoint!r} is no longer declared in the project, so that nothing can be released to it; "
                "declare it again, or retrain the one that took its place"
            )
        now, pipeline = self._clock.now(), str(found.declared["pipeline"])
        served = self._deployments.list_revisions(caller, endpoint)[0].reference
        watermark = self._monitoring.watermark(caller, endpoint)

        def fire(tx: Transaction) -> Turn:
            running = rows.running_turns(tx, caller.project, endpoint)
            if running:
                raise ConflictError(f"a turn of {endpoint!r} is running ({running[0].id}); wait for its end")
            last = rows.list_turns(tx, caller.project, endpoint, 1)
            due = max([watermark or now, *(each.due_at + _TICK for each in last)])
            return self._begin(
                tx, caller, (endpoint, pipeline, served), Firing("hand", due, f"asked for by {caller.name}")
            )

        return self._database.write(fire)

    def turns(self, caller: Caller, endpoint: str, limit: int = 100) -> list[Turn]:
        """Return an endpoint's turns, the latest due first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_turns(tx, caller.project, endpoint, limit))

    def get(self, caller: Caller, turn_id: str) -> Turn:
        """Return a turn. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        found = self._database.read(lambda tx: rows.find_turn(tx, caller.project, turn_id))
        if found is None:
            raise not_found("turn", turn_id, [])
        return found

    def progress(self, caller: Caller) -> list[Progress]:
        """Return how far the loop has come with each endpoint, by name."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_progress(tx, caller.project))

    def note(self, caller: Caller, endpoint: str, said: str) -> None:
        """Say beside an endpoint's progress why a pass could not be made; the rest stays as it was. Needs deployer."""
        require(caller, Role.DEPLOYER)
        known = self._database.read(lambda tx: rows.find_progress(tx, caller.project, endpoint))
        if known is not None and known.said == said:
            return
        told = replace(known, said=said) if known else Progress(endpoint, self._clock.now(), None, None, said)
        self._database.write(lambda tx: rows.store_progress(tx, caller.project, told))

    def _decide(
        self, caller: Caller, endpoint: Endpoint, served: list[Revision], known: _Known, watermark: datetime
    ) -> Decision:
        before, policy = known.progress, Policy(endpoint.retrain, endpoint.cool_down)
        situation = Situation(
            champion=served[0].reference,
            anchor=from_iso(served[-1].created_at),
            seen=(before.watermark or before.reached_at) if before else None,
            watermark=watermark,
            open_turn=any(turn.is_running for turn in known.turns),
            fired=frozenset(turn.due_at for turn in known.turns),
            waiting=before.waiting_due_at if before else None,
        )
        return decide(policy, situation, known.fresh, self._history(caller, endpoint, policy, known.fresh))

    def _history(
        self, caller: Caller, endpoint: Endpoint, policy: Policy, fresh: Sequence[WindowFact]
    ) -> list[WindowFact]:
        """Return the windows before, as far as a trigger wants to see them; most want none."""
        found: list[WindowFact] = []
        for trigger in policy.of_windows():
            if trigger.n_windows > 1 and any(each.monitor == trigger.monitor for each in fresh):
                records = self._monitoring.windows(caller, endpoint.name, trigger.monitor, 2 * trigger.n_windows)
                found += [WindowFact.from_record(record) for record in records]
        return found

    def _fire(
        self, caller: Caller, endpoint: Endpoint, firing: Firing, serves: str, seen: tuple[_Known, Progress]
    ) -> Progress:
        known, reached = seen
        project, name = caller.project, endpoint.name

        def fire(tx: Transaction) -> int:
            running = rows.running_turns(tx, project, name)
            if running or position_of(tx, project, _follower(name)) != known.position:
                return len(running)  # another pass has decided meanwhile; the next one sees what it did
            self._begin(tx, caller, (name, endpoint.pipeline.name, serves), firing)
            advance(tx, project, _follower(name), known.head)
            rows.store_progress(tx, project, reached)
            return 1

        return replace(reached, n_open=self._database.write(fire))

    def _begin(self, tx: Transaction, caller: Caller, of: tuple[str, str, str], firing: Firing) -> Turn:
        """Write a turn, its job and its event. of: the endpoint, its pipeline, and the version that serves."""
        endpoint, pipeline, serves = of
        id_ = new_id()
        role = min(caller.role, Role.DEPLOYER).name.lower()
        job = PipelineJob(pipeline, role=role, tags={TURN_TAG: id_}).to_job(f"turn/{endpoint}/{iso(firing.due_at)}")
        job_id = self._queue.enqueue(tx, caller.project, caller.name, job)
        turn = Turn(
            id=id_,
            endpoint=endpoint,
            due_at=firing.due_at,
            trigger=firing.trigger,
            reason=firing.reason,
            fired_at=tx.now,
            fired_by=caller.name,
            state=RUNNING,
            job_id=job_id,
            before=serves,
            after="",
            monitor=firing.monitor,
            window_starts_at=firing.window_starts_at,
        )
        rows.insert_turn(tx, caller.project, turn)
        data = {"endpoint": endpoint, "trigger": turn.trigger, "due_at": iso(turn.due_at), "job_id": job_id}
        tx.emit(caller.name, caller.project, Event("turn.fired", id_, data | {"before": serves}))
        return turn

    def _settle(self, caller: Caller, endpoint: str | None = None) -> bool:
        """Settle the turns whose job has ended, of one endpoint or of all; tell whether there were any."""
        project = caller.project
        ended = self._database.read(lambda tx: _ended(tx, project, endpoint))
        if not ended:
            return False
        # A job that has failed does not tell its run.
        runs = {turn.id: self._tracking.tagged_runs(caller, TURN_TAG, turn.id) for turn in ended}

        def settle(tx: Transaction) -> None:
            for turn in _ended(tx, project, endpoint):
                job = find_job(tx, turn.job_id)
                error = job.error if job and job.state == "dead" else "its job was cancelled"
                after = settled(turn, job.result if job and job.state == "done" else None, error, tx.now)
                if after.run_id is None and runs.get(turn.id):
                    after = replace(after, run_id=runs[turn.id][0].id)
                _tell_settled(tx, caller, after)

        self._database.write(settle)
        return True

    def _store(self, caller: Caller, reached: Progress, beat: timedelta, known: _Known | None = None) -> Progress:
        project, name = caller.project, reached.endpoint
        before = known.progress if known else self._database.read(lambda tx: rows.find_progress(tx, project, name))
        unread = known is not None and known.fresh
        n_open = sum(turn.is_running for turn in known.turns) if known else 0
        same = before is not None and not unread and _news(before) == _news(reached)
        if before is not None and beat == _AT_ONCE:  # the clock may stand still while events come
            same = same and before.watermark == reached.watermark
        if before is not None and same and _AT_ONCE <= reached.reached_at - before.reached_at <= beat:
            return replace(before, n_open=n_open)

        def store(tx: Transaction) -> None:
            if known is not None and position_of(tx, project, _follower(name)) == known.position:
                advance(tx, project, _follower(name), known.head)
            rows.store_progress(tx, project, reached)

        self._database.write(store)
        return replace(reached, n_open=n_open)


def _tell_settled(tx: Transaction, caller: Caller, turn: Turn) -> None:
    rows.update_turn(tx, caller.project, turn)
    data = {"endpoint": turn.endpoint, "state": turn.state, "before": turn.before, "after": turn.after}
    links = {"run_id": turn.run_id, "verdict_id": turn.verdict_id}
    tx.emit(caller.name, caller.project, Event("turn.settled", turn.id, data | links))


def _known(tx: Transaction, project: str, endpoint: str) -> _Known:
    follower = _follower(endpoint)
    # Up to here: the head is of the same unchanging view, so nothing between is passed over.
    found = read_after(tx, project, follower, {"window.evaluated"}, _MOST_EVENTS)
    return _Known(
        rows.find_progress(tx, project, endpoint),
        rows.list_turns(tx, project, endpoint, _MOST_TURNS),
        [WindowFact.from_event(event.data) for event in found if event.data["endpoint"] == endpoint],
        position_of(tx, project, follower),
        head(tx),
    )


def _ended(tx: Transaction, project: str, endpoint: str | None) -> list[Turn]:
    """Return the running turns whose job has ended, or is gone."""
    running = rows.running_turns(tx, project, endpoint)
    jobs = [(turn, find_job(tx, turn.job_id)) for turn in running]
    return [turn for turn, job in jobs if job is None or job.state in _ENDED]


def _still_held(before: Progress | None, decision: Decision, fresh: Sequence[WindowFact]) -> str:
    """Return what was held back before, as long as it would be held back still: a window until the next has come."""
    if before is None or decision.firing is not None or not before.said.startswith(HELD_BACK):
        return ""
    holds = not fresh if before.said.startswith(NOT_COUNTED) else decision.quiet
    return before.said if holds else ""


def _news(progress: Progress) -> tuple[object, ...]:
    return progress.next_due_at, progress.said, progress.waiting_due_at


def _follower(endpoint: str) -> str:
    return f"loop/{endpoint}"
