"""Curves in a real browser: drawn, live, exact on zoom, and runs side by side that are brushed."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui import run_samples, samples
from tests.ui.browser import PageServer
from tests.ui.test_browser import opened
from tidemill.ui import render, urls, views

RUN = urls.run_url(run_samples.RUN_ID)
N_POINTS = 10_000


def history(asked: dict[str, list[str]]) -> dict[str, Any]:
    """Some points of each run: those of the stretch that is asked for, one of them no number."""
    first, last = int(asked.get("from", ["0"])[0]), int(asked.get("to", [str(N_POINTS - 1)])[0])
    every = max(1, (last - first) // int(asked["points"][0]))
    steps = list(range(first, last + 1, every))
    values: list[Any] = [math.exp(-step / 3000) for step in steps]
    values[len(values) // 2] = "NaN"
    times = [1_700_000_000_000 + 1000 * step for step in steps]
    each = {"steps": steps, "values": values, "at": times, "n_points": last - first + 1}
    return {"curves": [{"run_id": run_id} | each for run_id in asked["run"]]}


def n_inked(page: Page, selector: str) -> int:
    """How many pixels of a canvas are not clear."""
    return int(
        page.locator(selector).first.evaluate(
            """(canvas) => {
                 const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                 let inked = 0;
                 for (let i = 3; i < data.length; i += 4) if (data[i]) inked += 1;
                 return inked;
               }"""
        )
    )


@pytest.fixture
def curves(site: PageServer) -> PageServer:
    """A run that goes on, runs side by side, and their histories."""
    run = run_samples.tracked_page(samples.run_page())
    goes_on = dataclasses.replace(run, status=views.RunStatus.RUNNING, live_url=f"{RUN}/live", stamp="before")
    site.pages[RUN] = site.pages[f"{RUN}/live"] = render(goes_on)
    site.pages["/compare"] = render(run_samples.compare_page())
    site.made["/api/metrics/history"] = history
    return site


def test_a_metric_is_drawn_and_what_is_no_number_is_said(browser: Browser, curves: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{curves.url}{RUN}")
        figure = page.locator("figure[data-key='val/auc']")
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".curve-said")).to_have_text("417 of 10,000 points, 1 no number")
        bare = n_inked(page, "figure[data-key='val/auc'] canvas")
        assert bare > 1000
        page.get_by_label("Smoothing").select_option("much")
        page.get_by_role("checkbox", name="Logarithmic").check()
        page.get_by_label("Across").select_option("time")
        expect(page).to_have_url(f"{curves.url}{RUN}?smooth=0.97&log=1&axis=time")
        page.reload()
        expect(page.get_by_label("Smoothing")).to_have_value("0.97")
        page.get_by_role("searchbox", name="Find a metric").fill("val")
        expect(page.locator("figure[data-key='train/loss']")).to_be_hidden()


def test_zooming_asks_for_the_points_of_the_stretch(browser: Browser, curves: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{curves.url}{RUN}")
        figure = page.locator("figure[data-key='val/auc']")
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".curve-said")).to_contain_text("417 of")
        over = figure.locator(".u-over").bounding_box()
        assert over is not None
        y = over["y"] + 60
        page.mouse.move(over["x"] + over["width"] * 0.5, y)
        page.mouse.down()
        page.mouse.move(over["x"] + over["width"] * 0.53, y, steps=3)
        page.mouse.up()
        asked = "from="
        page.wait_for_function("() => document.querySelector(\"figure[data-key='val/auc'] .curve-said\").textContent"
                               ".match(/^\\d{3} points/)")  # fmt: skip
        assert any(asked in path for _, path in curves.asked)
        figure.locator(".u-over").dblclick(position={"x": 5, "y": 5})
        expect(figure.locator(".curve-said")).to_contain_text("of 10,000 points")


def test_curves_go_on_while_the_run_does(browser: Browser, curves: PageServer) -> None:
    with opened(browser) as page:
        page.clock.install()
        page.goto(f"{curves.url}{RUN}")
        figure = page.locator("figure[data-key='train/loss']")
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".curve-said")).to_contain_text("10,000 points")
        more = {"steps": [0, 1], "values": [1.0, 2.0], "at": [0, 1], "n_points": 2}
        curves.made["/api/metrics/history"] = lambda _: {"curves": [{"run_id": run_samples.RUN_ID} | more]}
        page.clock.fast_forward(3_100)
        expect(figure.locator(".curve-said")).to_have_text("2 points")


def test_brushing_an_axis_keeps_the_runs_that_pass(browser: Browser, curves: PageServer) -> None:
    curves.pages["/compare"] = render(run_samples.compare_page(40))
    with opened(browser) as page:
        page.goto(f"{curves.url}/compare")
        expect(page.locator("#curves[data-drawn]")).to_be_visible()
        assert n_inked(page, "figure[data-key='val/auc'] canvas") > 1000
        assert n_inked(page, ".parallel-box canvas") > 1000
        expect(page.locator("#compared tbody tr:visible")).to_have_count(40)
        axis = page.get_by_role("slider", name="params.optimizer")
        axis.focus()
        for _ in range(5):
            page.keyboard.press("ArrowUp")
        expect(page.locator("#compared tbody tr:visible")).to_have_count(20)
        expect(page.locator(".brushed")).to_contain_text("20 of 40 runs pass")
        expect(page.locator(".scatter-dot.faded")).to_have_count(20)
        page.keyboard.press("Escape")
        expect(page.locator("#compared tbody tr:visible")).to_have_count(40)
        page.locator("#scatter-x").select_option("metrics.val/auc")
        expect(page).to_have_url(f"{curves.url}/compare?x=metrics.val%2Fauc")


def test_names_with_markup_stay_text_in_charts(browser: Browser, curves: PageServer) -> None:
    curves.pages["/compare"] = render(samples.hostile(run_samples.compare_page()))
    with opened(browser) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"a script of a name ran: {dialog.message}"))
        page.goto(f"{curves.url}/compare")
        expect(page.locator("#curves[data-drawn]")).to_be_visible()
        page.locator("#compared tbody tr").first.hover()
        assert page.locator("img").count() == 0


def test_without_scripts_the_numbers_are_there(browser: Browser, curves: PageServer) -> None:
    with opened(browser, scripts=False) as page:
        page.goto(f"{curves.url}/compare")
        expect(page.get_by_text("The curves are drawn by a script")).to_be_visible()
        expect(page.locator("#parallel")).to_be_hidden()
        expect(page.locator("#compared tbody tr")).to_have_count(4)
        page.goto(f"{curves.url}{RUN}")
        expect(page.get_by_role("region", name="Last values")).to_contain_text("val/auc")
