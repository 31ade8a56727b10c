"""The tide line: every turn and window is there, nothing stands outside, and no number breaks it."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tests.ui import loop_samples
from tidemill.ui import views
from tidemill.ui.charts import limit_bar, tide_line
from tidemill.ui.charts.time_axis import TimeAxis, even_ticks

START = datetime(2013, 3, 4, tzinfo=UTC)
numbers = st.floats(-1e6, 1e6, allow_nan=False)


def drawn(loop: views.Loop) -> ET.Element:
    """The picture, read as XML."""
    return ET.fromstring(tide_line(loop))


def classes(picture: ET.Element, name: str) -> list[ET.Element]:
    """Elements of a class."""
    return [each for each in picture.iter() if name in (each.get("class") or "").split()]


def places(picture: ET.Element) -> list[tuple[float, float]]:
    """Every place that a line or point stands at."""
    found = []
    for each in picture.iter():
        found += [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", each.get("points") or "")]
        if "tide-dot" in (each.get("class") or ""):
            found.append((float(each.get("cx", "")), float(each.get("cy", ""))))
    return found


def test_every_turn_is_a_link_that_says_why() -> None:
    picture = drawn(loop_samples.loop())
    marks = classes(picture, "tide-mark")
    assert {mark.get("href") for mark in marks} == {turn.url for turn in loop_samples.turns()}
    assert all(mark.get("aria-label") for mark in marks)
    titles = [mark.findtext("title") or "" for mark in marks]
    assert any("psi 0.41" in title for title in titles)
    shapes = {(mark.get("class"), mark.findall(".//path")[0].get("d")) for mark in marks}
    assert len({shape for _, shape in shapes}) == len({name for name, _ in shapes}), "never by colour alone"


def test_every_window_is_a_link_with_its_numbers() -> None:
    picture = drawn(loop_samples.loop())
    columns = classes(picture, "tide-window")
    assert [column.get("href") for column in columns] == [row.url for row in loop_samples.windows()]
    assert {column.get("tabindex") for column in columns} == {"-1"}, "the table has the same links for the keyboard"
    told = columns[7].findtext("title") or ""
    for part in (
        "22 to 28 Apr 2013",
        "AUC 0.742 (0.728 to 0.756)",
        "never retrained 0.700",
        "97 % labelled",
        "delay/2",
    ):
        assert part in told


def test_a_window_without_a_number_leaves_a_gap_and_one_that_waits_is_hollow() -> None:
    picture = drawn(loop_samples.loop())
    assert len(classes(picture, "tide-served")) == 3
    assert len(classes(picture, "tide-never")) == 3
    assert len(classes(picture, "tide-hollow")) == 1
    assert len(classes(picture, "tide-dot")) == loop_samples.N_WINDOWS - 2
    assert len(classes(picture, "tide-labels")) == loop_samples.N_WINDOWS - 1, "a window without rows has no coverage"


def test_the_label_says_what_is_to_be_seen() -> None:
    said = drawn(loop_samples.loop()).get("aria-label") or ""
    assert said.startswith("Tide line: AUC over 43 windows, from 0.710 to 0.700, 0.033 above never retrained")
    assert said.endswith("10 turns of the loop")


def test_marks_close_to_each_other_do_not_cover_each_other() -> None:
    turns = tuple(
        dataclasses.replace(loop_samples.turns()[0], turn_id=str(i), due_at=START + timedelta(hours=i))
        for i in range(9)
    )
    picture = drawn(dataclasses.replace(loop_samples.loop(), turns=turns))
    found = [
        float(match.group(1))
        for each in picture.iter()
        if (match := re.match(r"translate\(([\d.]+) ", each.get("transform") or ""))
    ]
    assert len(found) == 9
    assert all(later - earlier >= 14.9 for earlier, later in pairwise(found))


def test_marks_at_the_end_stay_in_the_picture() -> None:
    end = loop_samples.windows()[-1].ends_at
    turns = tuple(
        dataclasses.replace(loop_samples.turns()[0], turn_id=str(i), due_at=end - timedelta(hours=i)) for i in range(30)
    )
    picture = drawn(dataclasses.replace(loop_samples.loop(), turns=turns))
    found = [
        float(x) for each in picture.iter() for x in re.findall(r"translate\(([\d.]+) ", each.get("transform") or "")
    ]
    assert len(found) == 30
    assert max(found) <= 934
    assert all(later - earlier >= 14.9 for earlier, later in pairwise(found))


@given(
    values=st.lists(st.one_of(st.none(), st.tuples(numbers, numbers, numbers)), min_size=1, max_size=30),
    hours=st.integers(1, 24 * 90),
)
def test_any_numbers_are_drawn_inside_the_picture(values: list[tuple[float, float, float] | None], hours: int) -> None:
    span = timedelta(hours=hours)
    windows = tuple(
        dataclasses.replace(
            loop_samples.windows()[0],
            starts_at=START + i * span,
            ends_at=START + (i + 1) * span,
            value=each and views.Estimate(value=each[0], low=min(each[:2]), high=max(each[:2])),
            never_retrained=each and views.Estimate(value=each[2]),
        )
        for i, each in enumerate(values)
    )
    picture = drawn(views.Loop(metric_name="<AUC>", windows=windows, turns=loop_samples.turns()))
    text = ET.tostring(picture, encoding="unicode")
    assert "nan" not in re.sub(r"[a-z-]*nan[a-z]+", "", text)
    for x, y in places(picture):
        assert 58 <= x <= 934
        assert 50 <= y <= 246


def test_a_single_window_and_none_are_drawn() -> None:
    one = views.Loop(metric_name="AUC", windows=loop_samples.windows()[:1])
    assert len(classes(drawn(one), "tide-dot")) == 1
    assert tide_line(views.Loop()) == Markup("")


def test_names_are_escaped() -> None:
    window = dataclasses.replace(loop_samples.windows()[0], verdict='"><script>', value=None, drift="<b>")
    assert "<script>" not in tide_line(views.Loop(metric_name='"><script>', windows=(window,)))


@pytest.mark.parametrize("days", [0.02, 0.1, 0.3, 1, 2, 6, 30, 90, 365, 800, 4000])
def test_the_calendar_has_a_readable_number_of_ticks(days: float) -> None:
    axis = TimeAxis(START, START + timedelta(days=days), 0.0, 900.0)
    ticks = axis.ticks()
    assert 1 <= len(ticks) <= 15
    assert all(later - earlier > 45 for (earlier, _), (later, _) in pairwise(ticks))


@given(numbers, numbers)
def test_even_ticks_are_few_and_within(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if high - low > 1e-6:
        ticks = even_ticks(low, high)
        assert 2 <= len(ticks) <= 11
        assert all(low - (high - low) * 1e-6 <= tick <= high + (high - low) * 1e-6 for tick in ticks)


@given(psi=st.floats(0, 100), limit=st.floats(0.001, 10))
def test_a_limit_bar_stays_in_its_cell(psi: float, limit: float) -> None:
    svg = limit_bar(psi, limit, 0.1, name="temp")
    assert all(0 <= float(place) <= 100 for place in re.findall(r'"([\d.]+)%"', svg))
    assert ("beyond" in svg) is (psi >= limit)


def test_loop_tells_gain_over_mature_windows_only() -> None:
    loop = loop_samples.loop()
    assert loop.gain is not None
    assert 0.02 < loop.gain < 0.05
    assert loop.gained
    assert loop.waits
    assert loop.last is not None
    assert loop.last.mature
    assert dataclasses.replace(loop, higher_is_better=False).gained is False
