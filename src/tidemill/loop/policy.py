"""The policy: from what is known of an endpoint to one retraining, or the reason why there is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tidemill.core import iso
from tidemill.deployment import Trigger
from tidemill.loop.trigger import Every, WindowTrigger
from tidemill.loop.window_fact import WindowFact

#: How what is said begins when something asks for a retraining and does not get it.
HELD_BACK = "held back"
#: How it begins of a window that says nothing of the version that serves.
NOT_COUNTED = f"{HELD_BACK} and not counted"


@dataclass(frozen=True)
class Policy:
    """What an endpoint declares: its triggers, and how long after a retraining began no other begins."""

    triggers: tuple[Trigger, ...]
    cool_down: timedelta

    def schedules(self) -> list[Every]:
        """Return the triggers that go by the calendar."""
        return [each for each in self.triggers if isinstance(each, Every)]

    def of_windows(self) -> list[WindowTrigger]:
        """Return the triggers that go by windows, in the order in which they are declared."""
        return [each for each in self.triggers if isinstance(each, WindowTrigger)]


@dataclass(frozen=True)
class Situation:
    """Where an endpoint stands.

    champion: the version that serves, None before the first. anchor: when the endpoint was first deployed.
    seen: the event time up to which due times were looked at before, None when nobody looked yet: then nothing of the
    past is due. watermark: the event time reached now.
    open_turn: whether a retraining is under way. fired: the due times of the turns so far.
    waiting: a due time of the schedule that has had to wait.
    """

    champion: str | None
    anchor: datetime | None
    seen: datetime | None
    watermark: datetime
    open_turn: bool = False
    fired: frozenset[datetime] = frozenset()
    waiting: datetime | None = None


@dataclass(frozen=True)
class Firing:
    """A retraining to begin. due_at: the end of the window, or the due time, that asks for it."""

    trigger: str
    due_at: datetime
    reason: str
    monitor: str | None = None
    window_starts_at: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """What follows. firing: None when nothing asks, or what asks is held back for the reason `held`.

    waiting: the due time of the schedule that waits for the end of a cool-down or of an open turn.
    next_at: the next event time at which the calendar has something to say.
    quiet: whether a running turn or a cool-down would hold back whatever asked now.
    """

    firing: Firing | None
    held: str
    waiting: datetime | None
    next_at: datetime | None
    quiet: bool = False


def decide(
    policy: Policy, situation: Situation, fresh: Sequence[WindowFact], history: Sequence[WindowFact]
) -> Decision:
    """Decide once.

    fresh: the windows that were evaluated for the first time since the last decision; of each monitor the newest
        counts, since older ones were overtaken, and none that began before the first deployment. history: windows
        evaluated before, for triggers that need several.

    At most one retraining for a due time; none before a version serves, while one is under way, or until `cool_down`
    after the last one's due time. A window that is held back is not asked again: the next one speaks for itself. A
    due time of the schedule waits, and is due when the wait is over.
    """
    if situation.champion is None or situation.anchor is None:
        return Decision(None, "nothing serves yet", None, None)
    quiet_until = max(situation.fired) + policy.cool_down if situation.fired else None
    due = _due(policy, situation, situation.anchor)
    postponed = max(due, quiet_until) if due and quiet_until else due
    # A window that began before anything was served holds a piece of a week, which is never like the whole.
    whole = [each for each in fresh if each.starts_at >= situation.anchor]
    asked = _asked_by_windows(policy, situation.champion, whole, history)
    if due and postponed and postponed <= situation.watermark:
        words = f"{policy.schedules()[0].describe()}, due {_day(due)}"
        asked.append(Firing("schedule", postponed, words))
    asked.sort(key=lambda each: each.due_at, reverse=True)  # stable: ties stay as they are declared
    held = [_held(each, situation, quiet_until) for each in asked]
    firing = next((each for each, why_not in zip(asked, held, strict=True) if not why_not), None)
    said = "" if firing else next(iter(held), "")
    if not firing and not said:
        said = _passed_over(policy, situation, fresh, history)
    if due and not firing and not said:
        said = _waits(due, situation, quiet_until)
    waiting = None if firing and due and firing.due_at >= due else due
    quiet = situation.open_turn or (quiet_until is not None and situation.watermark < quiet_until)
    return Decision(firing, said, waiting, _next_at(policy, situation, postponed if waiting else None), quiet)


def _due(policy: Policy, situation: Situation, anchor: datetime) -> datetime | None:
    """Return the last due time that was not answered yet, or None."""
    schedules, seen = policy.schedules(), situation.seen or situation.watermark
    found = [due for each in schedules if (due := each.last_due(anchor, seen, situation.watermark))]
    if schedules and situation.waiting is not None:
        found.append(situation.waiting)
    answered = max(situation.fired, default=None)
    latest = max(found, default=None)
    return None if latest is None or (answered is not None and latest <= answered) else latest


def _asked_by_windows(
    policy: Policy, champion: str, fresh: Sequence[WindowFact], history: Sequence[WindowFact]
) -> list[Firing]:
    newest = {each.monitor: each for each in sorted(fresh, key=lambda each: each.ends_at)}
    known = [*history, *fresh]
    asked = []
    for trigger in policy.of_windows():
        window = newest.get(trigger.monitor)
        if window is None:
            continue
        earlier = [each for each in known if each.monitor == trigger.monitor and each.ends_at < window.ends_at]
        reason = trigger.asks(window, earlier, champion)
        if reason:
            asked.append(Firing(trigger.name, window.ends_at, reason, window.monitor, window.starts_at))
    return asked


def _passed_over(
    policy: Policy, situation: Situation, fresh: Sequence[WindowFact], history: Sequence[WindowFact]
) -> str:
    """Say which window would ask if it counted, and why it does not, or nothing; of each monitor the newest."""
    champion, anchor = situation.champion or "", situation.anchor or situation.watermark
    as_if = [
        [each if each.whole else replace(each, whole=True, version=champion) for each in of] for of in (fresh, history)
    ]
    for asked in _asked_by_windows(policy, champion, *as_if):
        window = next(each for each in fresh if (each.monitor, each.ends_at) == (asked.monitor, asked.due_at))
        if window.starts_at < anchor:
            return f"{NOT_COUNTED}, since the window began before the first deployment: {asked.reason}"
        return f"{NOT_COUNTED}, since no one version answered the whole window: {asked.reason}"
    return ""


def _held(asked: Firing, situation: Situation, quiet_until: datetime | None) -> str:
    """Say why a firing has to be held back, or nothing."""
    if asked.due_at in situation.fired:
        return f"a turn has begun for {_day(asked.due_at)} already"
    if situation.open_turn:
        return f"{HELD_BACK} while a turn is under way: {asked.reason}"
    if quiet_until is not None and asked.due_at < quiet_until:
        return f"{HELD_BACK}, cooling down until {_day(quiet_until)}: {asked.reason}"
    return ""


def _waits(due: datetime, situation: Situation, quiet_until: datetime | None) -> str:
    if situation.open_turn:
        return f"the schedule's {_day(due)} waits for the turn that is under way"
    return f"the schedule's {_day(due)} waits for the end of the cool-down, {_day(quiet_until or due)}"


def _next_at(policy: Policy, situation: Situation, postponed: datetime | None) -> datetime | None:
    anchor = situation.anchor or situation.watermark
    times = [each.next_due(anchor, situation.watermark) for each in policy.schedules()]
    if postponed is not None and postponed > situation.watermark:
        times.append(postponed)
    return min(times, default=None)


def _day(instant: datetime) -> str:
    text = iso(instant)
    return text[:10] if text[11:19] == "00:00:00" else f"{text[:10]} {text[11:16]}"
