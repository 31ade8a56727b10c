"""What fires, what is held back, and what never fires: laws of the policy on made-up histories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import UsageError
from tidemill.loop import (
    Decision,
    Measured,
    Policy,
    Situation,
    WindowFact,
    decide,
    every,
    on_drift,
    on_drop,
)

START = datetime(2013, 3, 4, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
ALL = (on_drift(), on_drop(0.03), every("28d"))
POLICY = Policy(ALL, WEEK)


def situation(day: float, **changes: object) -> Situation:
    """An endpoint served by late/1 since START, `day` days of event time later."""
    now = START + day * DAY
    return replace(Situation("late/1", START, now - DAY / 2, now), **changes)  # type: ignore[arg-type]


def drifted(week: int, **changes: object) -> WindowFact:
    start = START + week * WEEK
    fact = WindowFact("drift", start, start + WEEK, "drifted", "late/1", True, 2, "temp", 0.41)
    return replace(fact, **changes)  # type: ignore[arg-type]


def dropped(week: int, value: float = 0.64, **changes: object) -> WindowFact:
    start, measured = START + week * WEEK, Measured("auc", value, value - 0.01, value + 0.01, 6000, 0.70)
    fact = WindowFact("performance", start, start + WEEK, "measured", "late/1", True, measured=measured)
    return replace(fact, **changes)  # type: ignore[arg-type]


def test_drift_fires_once_with_its_numbers() -> None:
    decision = decide(POLICY, situation(7), [drifted(0)], [])
    assert decision.firing is not None
    assert decision.firing.due_at == START + WEEK
    assert decision.firing.reason == "temp and 1 more drifted (psi 0.41) in 2013-03-04 to 2013-03-10"
    assert (decision.firing.monitor, decision.firing.window_starts_at) == ("drift", START)
    fired = situation(8, fired=frozenset({START + WEEK}))
    assert decide(POLICY, fired, [dropped(0)], []).firing is None


def test_a_drop_tells_its_interval_and_the_reference() -> None:
    decision = decide(POLICY, situation(8), [dropped(0)], [])
    assert decision.firing is not None
    assert decision.firing.reason == (
        "auc 0.640 (0.630 to 0.650) on 6,000 labelled rows of 2013-03-04 to 2013-03-10 is 0.060 worse than the 0.700 "
        "of late/1 on its holdout"
    )


@pytest.mark.parametrize(
    "fact",
    [
        drifted(0, verdict="steady"),
        drifted(0, verdict="too few rows"),
        drifted(0, verdict="no rows"),
        drifted(0, verdict="no reference"),
        drifted(0, whole=False),
        drifted(0, version="late/7"),
        dropped(0, verdict="too few labels"),
        dropped(0, verdict="undefined"),
        dropped(0, whole=False),
        dropped(0, version="late/7"),
        dropped(0, 0.68),
        dropped(0, measured=Measured("auc", 0.64, 0.55, 0.73, 210, 0.70)),
        dropped(0, measured=Measured("log_loss", 0.50, 0.49, 0.51, 6000, 0.60)),
        dropped(0, measured=None),
    ],
    ids=lambda fact: f"{fact.monitor} {fact.verdict} {fact.version} {fact.whole}",
)
def test_what_says_nothing_against_the_champion_does_not_fire(fact: WindowFact) -> None:
    assert decide(POLICY, situation(8), [fact], []).firing is None


def test_a_drop_is_one_of_as_much_as_was_declared() -> None:
    assert decide(POLICY, situation(8), [dropped(0, 0.67)], []).firing is not None
    assert decide(POLICY, situation(8), [dropped(0, 0.6701)], []).firing is None


def test_where_less_is_better_a_drop_is_a_rise() -> None:
    fact = dropped(0, measured=Measured("log_loss", 0.66, 0.64, 0.68, 6000, 0.60))
    assert decide(POLICY, situation(8), [fact], []).firing is not None


def test_nothing_fires_before_a_version_serves() -> None:
    decision = decide(POLICY, replace(situation(30), champion=None), [drifted(0)], [])
    assert (decision.firing, decision.held) == (None, "nothing serves yet")


def test_two_windows_in_a_row_are_two_that_follow_each_other() -> None:
    policy = Policy((on_drift(2),), WEEK)
    assert decide(policy, situation(7), [drifted(0)], []).firing is None
    assert decide(policy, situation(14), [drifted(1)], [drifted(0)]).firing is not None
    assert decide(policy, situation(21), [drifted(2)], [drifted(0)]).firing is None
    assert decide(policy, situation(14), [drifted(1)], [drifted(0, version="late/0")]).firing is None
    assert decide(policy, situation(14), [drifted(0), drifted(1)], []).firing is not None


def test_after_a_downtime_the_newest_window_speaks() -> None:
    decision = decide(POLICY, situation(21, seen=START), [drifted(0), drifted(1), drifted(2, verdict="steady")], [])
    assert decision.firing is None
    decision = decide(POLICY, situation(21, seen=START), [drifted(0), drifted(1), drifted(2)], [])
    assert decision.firing is not None
    assert decision.firing.due_at == START + 3 * WEEK


def test_what_is_held_back_says_why() -> None:
    cooling = decide(POLICY, situation(10, fired=frozenset({START + 5 * DAY})), [drifted(0)], [])
    assert cooling.firing is None
    assert cooling.held.startswith("held back, cooling down until 2013-03-16: temp and 1 more drifted")
    running = decide(POLICY, situation(7, open_turn=True, fired=frozenset({START})), [drifted(0)], [])
    assert running.held.startswith("held back while a turn is under way")


def test_a_window_that_asks_and_does_not_count_says_why() -> None:
    mixed = decide(POLICY, situation(7), [drifted(0, whole=False, version="late/2")], [])
    assert mixed.firing is None
    assert mixed.held.startswith("held back and not counted, since no one version answered the whole window: temp and")
    early = decide(POLICY, situation(7), [dropped(0, starts_at=START - DAY)], [])
    assert early.firing is None
    assert early.held.startswith("held back and not counted, since the window began before the first deployment: auc")
    assert not decide(POLICY, situation(7), [drifted(0, whole=False, verdict="steady")], []).held
    overtaken = [drifted(0, whole=False), drifted(1, verdict="steady")]
    assert not decide(POLICY, situation(14), overtaken, []).held
    assert decide(POLICY, situation(7), [drifted(0, whole=False), dropped(0)], []).firing is not None


def test_the_schedule_fires_once_for_a_due_time() -> None:
    policy = Policy((every("28d"),), WEEK)
    before = decide(policy, situation(27), [], [])
    assert (before.firing, before.next_at) == (None, START + 28 * DAY)
    due = decide(policy, situation(28), [], [])
    assert due.firing is not None
    assert (due.firing.due_at, due.firing.trigger) == (START + 28 * DAY, "schedule")
    assert due.firing.reason == "every 28d, due 2013-04-01"
    assert decide(policy, situation(28.2, fired=frozenset({START + 28 * DAY})), [], []).firing is None


def test_a_due_time_in_a_cool_down_waits_for_its_end() -> None:
    policy, turned = Policy((every("28d"),), WEEK), frozenset({START + 25 * DAY})
    first = decide(policy, situation(28, fired=turned), [], [])
    assert (first.firing, first.waiting, first.next_at) == (None, START + 28 * DAY, START + 32 * DAY)
    assert first.held == "the schedule's 2013-04-01 waits for the end of the cool-down, 2013-04-05"
    then = decide(policy, situation(33, fired=turned, waiting=first.waiting), [], [])
    assert then.firing is not None
    assert (then.firing.due_at, then.waiting) == (START + 32 * DAY, None)


def test_another_period_does_not_fire_the_past() -> None:
    edited = Policy((every("7d"),), WEEK)
    decision = decide(edited, situation(27, seen=START + 27 * DAY), [], [])
    assert (decision.firing, decision.next_at) == (None, START + 28 * DAY)
    assert decide(edited, situation(500, seen=None), [], []).firing is None


def test_a_window_and_the_schedule_on_one_day_are_one_turn() -> None:
    decision = decide(POLICY, situation(28), [drifted(3)], [])
    assert decision.firing is not None
    assert decision.firing.trigger == "drift"
    later = decide(POLICY, situation(28.5, fired=frozenset({START + 28 * DAY})), [], [])
    assert (later.firing, later.waiting) == (None, None)


STEPS = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.booleans(),
        st.sampled_from(["steady", "drifted", "no rows"]),
        st.sampled_from([0.60, 0.69]),
    ),
    max_size=40,
)


@given(STEPS, st.integers(0, 30))
def test_one_turn_for_a_due_time_and_none_within_a_cool_down(
    steps: list[tuple[int, bool, str, float]], cool_down_days: int
) -> None:
    policy = Policy(ALL, cool_down_days * DAY)
    turns: list[datetime] = []
    day, running, waiting, seen = 0, False, None, None
    for wait, ended, drift, auc in steps:
        day, running = day + wait, running and not ended
        now = START + day * DAY
        week = day // 7 - 1
        fresh = [drifted(week, verdict=drift), dropped(week, auc)] if week >= 0 else []
        decision = decide(policy, Situation("late/1", START, seen, now, running, frozenset(turns), waiting), fresh, [])
        check_decision(decision, running, turns, policy, now)
        if decision.firing:
            turns.append(decision.firing.due_at)
            running = True
        waiting, seen = decision.waiting, now
    assert turns == sorted(set(turns))
    assert all(after - before >= policy.cool_down for before, after in pairwise(turns))


def check_decision(decision: Decision, running: bool, turns: list[datetime], policy: Policy, now: datetime) -> None:
    if decision.firing:
        assert not running
        assert decision.firing.due_at <= now
        assert not decision.held
    if decision.next_at:
        assert decision.next_at > now
    if decision.waiting:
        assert running or now < max(turns) + policy.cool_down


@pytest.mark.parametrize("by", [0, -0.1, float("nan"), float("inf"), True, "0.03"])
def test_a_drop_by_nothing_is_refused(by: object) -> None:
    with pytest.raises(UsageError, match="on_drop is given by="):
        on_drop(by)  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [0, 1.5, True, "2", 101])
def test_drift_in_no_window_is_refused(n: object) -> None:
    with pytest.raises(UsageError, match="on_drift is given min_windows="):
        on_drift(n)  # type: ignore[arg-type]


@pytest.mark.parametrize("period", ["", "soon", "1s", "0d"])
def test_a_period_that_is_none_is_refused(period: str) -> None:
    with pytest.raises(UsageError):
        every(period)
