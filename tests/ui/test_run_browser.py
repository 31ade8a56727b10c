"""Runs and graphs in a real browser: what changes is shown without loading anew, lines come, keys reach every step."""

from __future__ import annotations

import dataclasses
import json

from playwright.sync_api import Browser, expect

from tests.ui import pipeline_samples, samples
from tests.ui.browser import PageServer
from tests.ui.test_browser import opened
from tidemill.ui import render, urls, views

RUN = urls.run_url(samples.RUN_ID)
LIVE = f"{RUN}/live"


def live_run(state: str = "running") -> views.RunPage:
    return pipeline_samples.live_run(samples.run_page(), state)


def ended_run() -> views.RunPage:
    return dataclasses.replace(
        live_run("executed"), status=views.RunStatus.FINISHED, live_url="", cancel=None, stamp="after"
    )


def test_a_run_shows_how_it_goes_on_and_stops_asking_when_it_has_ended(browser: Browser, site: PageServer) -> None:
    site.pages[RUN], site.pages[LIVE] = render(live_run()), render(ended_run())
    with opened(browser) as page:
        page.clock.install()
        page.goto(f"{site.url}{RUN}")
        page.evaluate("window.here = true")
        step = page.get_by_role("link", name="train_one: map, running")
        expect(step).to_be_visible()
        page.get_by_role("button", name="Larger").click()
        wide = page.locator("svg.graph").get_attribute("width")
        page.clock.fast_forward(2_500)
        expect(page.locator("h1 .chip")).to_have_text("finished")
        expect(page.get_by_role("link", name="train_one: map, executed")).to_be_visible()
        expect(page.get_by_role("button", name="Cancel the run")).to_have_count(0)
        assert page.evaluate("window.here"), "the document stayed"
        assert page.locator("svg.graph").get_attribute("width") == wide, "and so did the size"
        asked = [path for _, path in site.asked if path.startswith(LIVE)]
        assert asked == [f"{LIVE}?seen=before"]
        page.clock.fast_forward(10_000)
        assert [path for _, path in site.asked if path.startswith(LIVE)] == asked


def test_lines_come_as_they_are_written(browser: Browser, site: PageServer) -> None:
    logs = f"/api/runs/{samples.RUN_ID}/logs"
    line = {"seq": 1, "at": "2026-09-09T14:30:05.000000Z", "position": 4, "stream": "stdout", "text": "epoch 1 <b>"}
    more = line | {"seq": 2, "stream": "stderr", "text": "a warning"}
    site.streams[f"{logs}/stream"] = "".join(
        f"id: {each['seq']}\nevent: line\ndata: {json.dumps(each)}\n\n" for each in (line, more)
    ) + ("event: end\ndata: {}\n\n")
    site.pages[logs] = json.dumps({"lines": [more | {"seq": 3, "text": "the last line"}]})
    site.pages[RUN] = render(dataclasses.replace(live_run(), logs_url=logs))
    site.pages[LIVE] = site.pages[RUN]
    with opened(browser) as page:
        page.goto(f"{site.url}{RUN}")
        log = page.get_by_role("log")
        expect(log).to_contain_text("14:30:05 5 epoch 1 <b>")
        expect(log.locator(".log-err").first).to_contain_text("a warning")
        expect(log).to_contain_text("the last line")
        expect(log.locator(".log-out, .log-err")).to_have_count(3)


def test_cancelling_asks_the_server_and_shows_the_run_anew(browser: Browser, site: PageServer) -> None:
    site.pages[RUN], site.pages[LIVE] = render(live_run()), render(live_run())
    cancelled = dataclasses.replace(ended_run(), status=views.RunStatus.CANCELLED)
    site.pages["/cancelled"] = render(cancelled)
    site.posts[f"{RUN}/cancel"] = "/cancelled"
    with opened(browser) as page:
        page.goto(f"{site.url}{RUN}")
        page.get_by_role("button", name="Cancel the run").click()
        expect(page.locator("h1 .chip")).to_have_text("cancelled")
        assert ("POST", f"{RUN}/cancel ") in site.asked


def test_a_graph_is_walked_by_keys(browser: Browser, site: PageServer) -> None:
    site.pages["/runs/x/steps/1"] = site.pages["/sample/run-step"]
    with opened(browser) as page:
        page.goto(f"{site.url}/sample/pipeline")
        box = page.get_by_role("region", name="Graph of delays")
        box.focus()
        before = float(page.locator("svg.graph").get_attribute("width") or 0)
        page.keyboard.press("+")
        assert float(page.locator("svg.graph").get_attribute("width") or 0) > before
        page.keyboard.press("0")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="training_set: reused").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{site.url}/runs/x/steps/1")


def test_a_graph_is_dragged_without_following_a_link(browser: Browser, site: PageServer) -> None:
    with opened(browser, width=390) as page:
        page.goto(f"{site.url}/sample/pipeline")
        box = page.locator(".graph-box")
        box.scroll_into_view_if_needed()
        for _ in range(4):
            page.get_by_role("button", name="Larger").click()
        here = box.bounding_box()
        assert here is not None
        before = page.evaluate("document.querySelector('.graph-box').scrollLeft")
        page.mouse.move(here["x"] + 150, here["y"] + 100)
        page.mouse.down()
        page.mouse.move(here["x"] + 90, here["y"] + 90, steps=4)
        page.mouse.up()
        assert page.evaluate("document.querySelector('.graph-box').scrollLeft") > before
        expect(page).to_have_url(f"{site.url}/sample/pipeline")
