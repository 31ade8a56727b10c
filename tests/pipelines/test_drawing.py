"""Graphs are laid out so that every way leads down and nothing overlaps, and notebooks show them by themselves."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.pipelines import PipelineRun, StepRun, figure_of_nodes, pipeline, recorded_nodes, step
from tidemill.pipelines.drawing import Figure, Spot, Way, fold, groups_of, lay_out, svg
from tidemill.pipelines.drawing.layers import MOST_WIDE
from tidemill.pipelines.drawing.layout import HEIGHT, WIDTH


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    """Graphs without rings, some steps in nested pipelines."""
    n = draw(st.integers(1, 40))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=80))
    ways = {Way(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
    paths = draw(st.lists(st.sampled_from([(), ("a",), ("a", "b"), ("c",)]), min_size=n, max_size=n))
    spots = tuple(Spot(at, f"step_{at}", path=path) for at, path in enumerate(paths))
    return Figure("any", spots, tuple(sorted(ways, key=lambda way: (way.source, way.target))))


@given(figures(), st.booleans())
def test_every_way_leads_down_and_no_box_overlaps(figure: Figure, folded: bool) -> None:
    if folded:
        figure = fold(figure, groups_of(figure))
    picture = lay_out(figure)
    place = {box.spot.id: box for box in picture.boxes}
    assert set(place) == {spot.id for spot in figure.spots}
    for way in figure.ways:
        assert place[way.source].y + HEIGHT < place[way.target].y
    rows: dict[float, list[float]] = {}
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - WIDTH
        assert 0 <= box.y <= picture.height - HEIGHT
        rows.setdefault(box.y, []).append(box.x)
    for row in rows.values():
        row.sort()
        assert all(right - left >= WIDTH for left, right in pairwise(row))
        assert len(row) <= MOST_WIDE


def test_the_same_graph_gets_the_same_picture_and_a_thousand_steps_stay_bounded() -> None:
    n = 1000
    fan = Figure("fan", tuple(Spot(i, f"s{i}") for i in range(n)), tuple(Way(0, i) for i in range(1, n)))
    assert svg(fan) == svg(fan)
    assert len(svg(fan)) < 700_000
    assert lay_out(fan).width < 5_000


class Open(HTMLParser):
    """Whether every tag is closed, and which there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.left: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.left.append(tag)
        self.tags.add(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.left.pop() == tag


@step
def load() -> list[int]:
    return [1]


@step(outputs=("fit", "rest"))
def split(rows: list[int]) -> tuple[list[int], list[int]]:
    return rows, rows


@step
def train(rows: list[int], rate: float) -> float:
    return rate


@pipeline
def small(rate: float = 0.1) -> float:
    fit, _ = split(load())
    return train(fit, rate)


@pipeline
def needy(rate: float) -> float:
    return train(load(), rate)


def test_a_notebook_shows_a_pipeline_without_scripts_or_styles_of_the_page() -> None:
    shown = small._repr_html_()
    read = Open(shown)
    assert read.left == []
    assert not read.tags & {"script", "style", "link", "img"}
    assert "var(" not in shown
    assert re.findall(r'class="spot-name"[^>]*>([^<]+)<', shown) == ["load", "split", "train"]
    assert shown.count('<path class="way"') == 2


def test_a_notebook_shows_a_run_with_its_steps_and_why() -> None:
    read = {"parameter": "rows", "reference": "step 1 result", "digest": "0" * 64}
    at, why = "2026-09-09T14:30:00.000000Z", "changed: <b>\nand more"
    steps = tuple(
        StepRun("f" * 32, at_, name, state, "", None, {}, inputs, [], None, why, at, 0.004)
        for at_, name, state, inputs in ((0, "load", "reused", []), (1, "train", "executed", [read]))
    )
    shown = PipelineRun("f" * 32, "small", steps, None)._repr_html_()
    assert Open(shown).left == []
    assert "1 of 2 steps executed" in shown
    assert "changed: &lt;b&gt;</td>" in shown
    assert shown.count('<path class="way"') == 1


def test_a_pipeline_that_needs_a_param_says_so_in_a_notebook() -> None:
    assert "needs a value for its param &#x27;rate&#x27;" in needy._repr_html_()


@pytest.mark.parametrize("name", ['<b>"', "&"])
def test_names_stay_text(name: str) -> None:
    figure = Figure(name, (Spot(0, name, name, name, name, (name,), name), Spot(1, name)), (Way(0, 1, name),))
    for alone in (True, False):
        assert "<b>" not in svg(figure, alone=alone)
        assert Open(svg(figure, alone=alone)).left == []


def test_what_a_traced_graph_reads_are_its_ways() -> None:
    figure = figure_of_nodes("small", recorded_nodes(small.trace().nodes))
    assert figure.ways == (Way(0, 1), Way(1, 2))
