"""Laws of event time: where windows lie, when they are due, and what moves the watermark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tidemill.monitoring import due, first_window, watermark, window_of
from tidemill.monitoring.windows import MOST_WINDOWS, ZERO

FIRST, LAST = datetime(1980, 1, 1), datetime(2080, 1, 1)  # noqa: DTZ001 - the strategy adds the zone
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
lengths = st.sampled_from([timedelta(minutes=30), timedelta(hours=1), timedelta(days=1), timedelta(days=7)])
delays = st.timedeltas(timedelta(0), timedelta(days=30))


@given(instants, lengths)
def test_windows_tile_time(at: datetime, length: timedelta) -> None:
    window = window_of(at, length)
    assert window.starts_at <= at < window.ends_at
    assert window.ends_at - window.starts_at == length
    assert (window.starts_at - ZERO) % length == timedelta(0)
    assert window_of(window.ends_at, length).starts_at == window.ends_at


@given(instants, lengths, delays, st.integers(0, 20), st.integers(0, 20))
def test_each_window_is_due_once_however_often_one_looks(
    first_event_at: datetime, length: timedelta, delay: timedelta, n_before: int, n_later: int
) -> None:
    early = first_event_at + n_before * length / 3
    late = early + n_later * length / 3
    at_once = due(first_window(first_event_at, late, length, None), late, delay)
    in_two = due(first_window(first_event_at, early, length, None), early, delay)
    after = in_two[-1].ends_at if in_two else None
    in_two += due(first_window(first_event_at, late, length, after), late, delay)
    assert in_two == at_once
    assert all(one.ends_at == other.starts_at for one, other in pairwise(at_once))
    assert all(window.ends_at + delay <= late for window in at_once)
    if at_once:
        assert at_once[0].starts_at <= first_event_at < at_once[0].ends_at


def test_a_row_of_long_ago_does_not_open_a_window_for_every_week_since() -> None:
    now, week = datetime(2013, 3, 4, tzinfo=UTC), timedelta(days=7)
    for first in (datetime(1, 1, 1, tzinfo=UTC), datetime(1960, 1, 1, tzinfo=UTC)):
        assert len(due(first_window(first, now, week, None), now)) == MOST_WINDOWS


@given(st.timedeltas(timedelta(0), timedelta(days=60)), lengths | st.just(timedelta(days=28)), delays)
def test_windows_begin_with_the_calendar(since: timedelta, length: timedelta, delay: timedelta) -> None:
    at = datetime.min.replace(tzinfo=UTC) + since
    found = due(first_window(at, at, length, None), at, delay)
    assert found == []
    assert window_of(at, length).ends_at > at


def test_a_window_of_another_length_begins_after_the_last_that_was_looked_at() -> None:
    sunday = datetime(2013, 3, 10, tzinfo=UTC)
    week, day = timedelta(days=7), timedelta(days=1)
    assert first_window(sunday, sunday + 9 * day, week, sunday).starts_at == sunday + day
    assert first_window(sunday, sunday + 9 * day, day, sunday).starts_at == sunday


@given(instants, st.timedeltas(timedelta(days=-3), timedelta(minutes=5)), delays, delays)
def test_the_watermark_never_goes_back_and_never_beyond_the_clock(
    recorded_at: datetime, ahead: timedelta, waited: timedelta, longer: timedelta
) -> None:
    event_at = recorded_at + ahead
    early = watermark(event_at, recorded_at, recorded_at + waited)
    late = watermark(event_at, recorded_at, recorded_at + waited + longer)
    assert event_at <= early <= late
    assert late <= max(event_at, recorded_at + waited + longer)


def test_the_clock_moves_the_watermark_only_when_nothing_came_for_a_day() -> None:
    at = datetime(2013, 3, 4, tzinfo=UTC)
    assert watermark(at, at, at + timedelta(hours=24)) == at
    assert watermark(at, at, at + timedelta(hours=25)) == at + timedelta(hours=1)
    assert watermark(at, at, at - timedelta(days=9)) == at
