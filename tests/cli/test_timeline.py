"""The timeline of the demo: a line for each week, and a chart of all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tidemill.cli.timeline import Timeline, Week, chart_of, line_of

START = datetime(2013, 3, 4, tzinfo=UTC)


def week(n: int, auc: float | None, never: float | None, outcome: str = "") -> Week:
    low, high = (auc - 0.01, auc + 0.01) if auc is not None else (None, None)
    at = START + n * timedelta(days=7)
    return Week(at, 6_000, auc, low, high, never, 0.97, "temp 8.1", "delay/2", "drift: promoted delay/2", outcome)


def test_a_week_without_labels_says_so_and_draws_nothing() -> None:
    assert "not measured" in line_of(week(0, None, None)).plain
    assert chart_of([week(0, None, None)]) == []
    assert chart_of([]) == []


def test_the_chart_shows_both_curves_what_was_promoted_and_the_months() -> None:
    weeks = [week(n, 0.70, 0.70 - n / 100, "promoted" if n == 2 else "refused" if n == 4 else "") for n in range(9)]
    lines = [line.plain for line in chart_of(weeks)]
    served = next(line for line in lines if "◉" in line)
    assert served.startswith("  0.70 ┤◉●●●●●●●●")
    assert sum(line.count("·") for line in lines[:12]) == 8  # one where both are the same
    marks = lines[13]
    assert (marks.index("P") - 8, marks.index("r") - 8) == (2, 4)
    assert lines[14].split() == ["Mar", "Apr"]
    assert lines[14].index("Apr") - 8 == 4  # the week of 1 April


def test_a_flat_year_is_drawn_in_the_middle_of_a_narrow_scale() -> None:
    lines = [line.plain for line in chart_of([week(0, 0.7, 0.7), week(1, 0.7, 0.7)])]
    levels = [float(line.split()[0]) for line in lines if "┤" in line]
    assert [line for line in lines if "◉◉" in line and "┤" in line]
    assert 0.68 <= min(levels) < max(levels) <= 0.72


def test_without_a_terminal_the_timeline_is_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Timeline() as timeline:
        timeline.say("2013-03-04")
        timeline.add(week(0, 0.7, 0.65))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["week", "of"]
    assert "\x1b" not in "".join(lines)
    assert "2013-03-04" not in "".join(lines)
    assert "0.700 (0.690-0.710)  0.650" in lines[1]


def test_quiet_it_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Timeline(quiet=True) as timeline:
        timeline.add(week(0, 0.7, 0.65))
    assert capsys.readouterr().out == ""
