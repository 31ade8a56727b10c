"""The table of runs in a real browser: windows as one scrolls, keys, choosing, completion, and without scripts."""

from __future__ import annotations

import dataclasses
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui import run_samples, samples
from tests.ui.browser import PageServer
from tests.ui.test_browser import opened
from tidemill.server.pages.page import page_json
from tidemill.ui import render, urls

N_RUNS = 1_000_000
KEYS = ["metrics.auc", "metrics.`auc of all`", "metrics.loss"]


@pytest.fixture
def runs(site: PageServer) -> PageServer:
    """The table of a million runs, and its windows."""
    site.pages["/runs"] = render(run_samples.runs_page(N_RUNS))
    site.made["/runs.json"] = lambda asked: page_json(run_samples.runs_page(N_RUNS, int(asked["at"][0])))
    site.made["/api/run-keys"] = lambda asked: {"keys": [key for key in KEYS if key.startswith(asked["prefix"][0])]}
    site.pages["/compare"] = render(run_samples.compare_page())
    site.made["/api/metrics/history"] = lambda _: {"curves": []}
    return site


def windows(site: PageServer) -> list[int]:
    """Where the windows begin that were asked for."""
    return [int(parse_qs(urlsplit(path).query)["at"][0]) for _, path in site.asked if path.startswith("/runs.json")]


def scroll(page: Page, share: float) -> None:
    """Scroll the table to a share of its height."""
    page.locator(".rows-box").evaluate("(box, share) => { box.scrollTop = box.scrollHeight * share; }", share)


def test_a_million_runs_are_scrolled_by_windows(browser: Browser, runs: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{runs.url}/runs")
        expect(page.locator(".rows-box tbody tr").first).to_contain_text("calm-tide-0")
        assert windows(runs) == [], "the first window came with the page"
        for share, least in ((0.5, 450_000), (0.1, 90_000), (1.0, 999_900)):
            scroll(page, share)
            row = page.locator(".rows-box tbody tr:not(.coming)").nth(20)
            expect(row).to_contain_text("finished")
            page.wait_for_function(
                "least => Number(document.querySelector('tbody tr:nth-child(20)').dataset.index) >= least", arg=least
            )
            expect(page.locator(".rows-box tbody tr.coming")).to_have_count(0)
            assert page.locator(".rows-box tbody tr").count() < 80, "only what is near the window is in the document"
        expect(page.locator(".rows-box tbody tr").last).to_contain_text(f"-{N_RUNS - 1}")
        expect(page.locator("#place")).to_contain_text("of 1,000,000")
        assert len(windows(runs)) < 15, "windows that were passed are not asked for"
        widths = page.evaluate("[...document.querySelectorAll('thead th')].map((each) => each.offsetWidth)")
        scroll(page, 0)
        expect(page.locator(".rows-box tbody tr").first).to_contain_text("calm-tide-0")
        assert page.evaluate("[...document.querySelectorAll('thead th')].map((each) => each.offsetWidth)") == widths


def test_runs_are_walked_chosen_and_compared_by_keys(browser: Browser, runs: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{runs.url}/runs")
        page.keyboard.press("j")
        page.keyboard.press("x")
        for _ in range(60):
            page.keyboard.press("j")
        here = page.locator("tr[data-here]")
        expect(here).to_contain_text("-60")
        expect(here).to_be_in_viewport()
        page.keyboard.press("x")
        expect(page.locator("#n-chosen")).to_have_text("2 chosen")
        page.get_by_role("button", name="Compare the chosen").click()
        expect(page).to_have_url(runs.url + urls.compare_url((run_samples.run_id(0), run_samples.run_id(60))))


def test_keys_and_comparators_are_completed(browser: Browser, runs: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{runs.url}/runs")
        page.keyboard.press("/")
        field = page.get_by_role("combobox", name="Filter runs")
        expect(field).to_be_focused()
        page.keyboard.type("met")
        expect(page.get_by_role("option", name="metrics.", exact=True)).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("option")).to_have_text(KEYS)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", "completion-1-1")
        page.keyboard.press("Enter")
        expect(field).to_have_value("metrics.`auc of all` ")
        expect(page.get_by_role("option", name=">=")).to_be_visible()
        page.keyboard.type("> 0.7 a")
        expect(page.get_by_role("option")).to_have_text(["AND"])
        page.keyboard.press("Escape")
        expect(page.get_by_role("option")).to_have_count(0)
        page.keyboard.press("Enter")
        page.wait_for_url("**/runs?*filter=metrics.%60auc+of+all%60*")


def test_what_was_offered_before_is_never_taken_for_what_is_typed_now(browser: Browser, runs: PageServer) -> None:
    answers = threading.Event()
    runs.made["/api/run-keys"] = lambda _: answers.wait(10) and {"keys": ["metrics.val/auc"]}
    with opened(browser) as page:
        page.goto(f"{runs.url}/runs")
        page.keyboard.press("/")
        expect(page.get_by_role("option", name="metrics.", exact=True)).to_be_visible()
        page.keyboard.type("metrics.val")
        expect(page.get_by_role("option")).to_have_count(0)
        answers.set()
        expect(page.get_by_role("option")).to_have_text(["metrics.val/auc"])
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("combobox", name="Filter runs")).to_have_value("metrics.val/auc ")


def test_a_run_that_goes_on_is_followed_and_new_ones_are_told_of(browser: Browser, site: PageServer) -> None:
    few = run_samples.runs_page(8)
    first = dataclasses.replace(few.rows[0], goes_on=True)
    tide = dataclasses.replace(first.cells[1], text="running", tone="tide")
    running = dataclasses.replace(first, cells=(first.cells[0], tide, *first.cells[2:]))
    shown = dataclasses.replace(few, rows=(running, *few.rows[1:]))
    site.pages["/runs"] = render(shown)
    ended = dataclasses.replace(running, cells=(first.cells[0], few.rows[1].cells[1], *first.cells[2:]))
    answers = [dataclasses.replace(shown, rows=(ended, *few.rows[1:])), dataclasses.replace(shown, n_runs=10)]
    site.made["/runs.json"] = lambda _: page_json(answers[0])
    with opened(browser) as page:
        page.clock.install()
        page.goto(f"{site.url}/runs")
        page.keyboard.press("j")
        expect(page.locator("tbody tr").first).to_contain_text("running")
        page.clock.run_for(5_500)
        expect(page.locator("tbody tr").first).to_contain_text("finished")
        expect(page.locator("tbody tr").first.get_by_role("link")).to_be_focused()
        answers.pop(0)
        page.clock.run_for(31_000)
        expect(page.get_by_role("status").filter(has_text="more since")).to_have_text("2 more since: show them")


def test_names_with_markup_stay_text_when_they_come_by_a_window(browser: Browser, runs: PageServer) -> None:
    hostile = page_json(samples.hostile(run_samples.runs_page(N_RUNS, 5000)))
    runs.made["/runs.json"] = lambda _: hostile
    runs.made["/api/run-keys"] = lambda _: {"keys": [samples.HOSTILE]}
    with opened(browser) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"a script of a name ran: {dialog.message}"))
        page.goto(f"{runs.url}/runs")
        page.keyboard.press("/")
        page.keyboard.type("<")
        scroll(page, 0.5)
        expect(page.locator(".rows-box tbody tr").nth(20)).to_contain_text(samples.HOSTILE)
        assert page.locator("img").count() == 0


def test_without_scripts_the_table_is_pages(browser: Browser, runs: PageServer) -> None:
    with opened(browser, scripts=False) as page:
        page.goto(f"{runs.url}/runs")
        expect(page.locator(".rows-box tbody").locator("tr")).to_have_count(100)
        expect(page.get_by_role("link", name="Older")).to_have_attribute("href", "/runs?at=100")
        page.get_by_role("checkbox", name="Choose calm-tide-0").check()
        page.get_by_role("button", name="Compare the chosen").click()
        expect(page).to_have_url(runs.url + urls.compare_url((run_samples.run_id(0),)))
        expect(page.get_by_role("heading", name="Compare")).to_be_visible()
        page.goto(f"{runs.url}/runs")
        page.get_by_text("Columns", exact=True).click()
        page.get_by_role("checkbox", name="tags team").check()
        page.get_by_role("button", name="Show these").click()
        assert parse_qs(urlsplit(page.url).query)["column"] == [*run_samples.COLUMNS, "tags.team"]


def test_what_is_wrong_with_a_filter_stands_under_it(browser: Browser, site: PageServer) -> None:
    with opened(browser, width=390) as page:
        page.goto(f"{site.url}/sample/runs-problem")
        field = page.get_by_role("combobox", name="Filter runs")
        expect(field).to_have_accessible_description("'metrics.auc >' ends where a value should stand")
        expect(page.get_by_role("alert")).to_be_visible()
