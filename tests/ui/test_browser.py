"""The pages in a real browser: nothing refused by the policy, nothing wider than the screen, scripts that work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui import samples
from tests.ui.browser import PageServer
from tidemill.ui import render, urls

CUT = """() => [...document.querySelectorAll("h1, h2, .sentence, .chip, .btn, .kpi, dd, svg")]
  .filter((each) => !each.closest(".scroll, .graph-box, .visually-hidden, dialog") && each.checkVisibility())
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))"""
Theme = Literal["light", "dark"]


@contextmanager
def opened(browser: Browser, *, theme: Theme = "light", width: int = 1280, scripts: bool = True) -> Iterator[Page]:
    """A page of a new context; at the end nothing may have been said on the console."""
    said: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        java_script_enabled=scripts,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda m: said.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def background(page: Page) -> str:
    """Colour of the page's paper."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize(
    ("theme", "width"),
    [
        ("light", 390),
        pytest.param("dark", 1280, marks=pytest.mark.long),
        pytest.param("dark", 390, marks=pytest.mark.long),
        pytest.param("light", 1280, marks=pytest.mark.long),
    ],
)
def test_every_page_fits_and_is_quiet(browser: Browser, site: PageServer, theme: Theme, width: int) -> None:
    pictures = os.environ.get("TIDEMILL_UI_PICTURES", "")
    with opened(browser, theme=theme, width=width) as page:
        for name in samples.pages():
            page.goto(f"{site.url}/sample/{name}")
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{name} is {wider} px wider than {width}"
            cut = page.evaluate(CUT)
            assert cut == [], name
            if pictures:
                page.screenshot(path=Path(pictures) / f"{name}-{theme}-{width}.png", full_page=True)


def test_hostile_names_run_nothing_and_fit(browser: Browser, site: PageServer) -> None:
    with opened(browser, width=390) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"a script of a name ran: {dialog.message}"))
        for name, context in samples.pages().items():
            site.pages["/hostile"] = render(samples.hostile(context))
            page.goto(f"{site.url}/hostile")
            assert page.locator("img:not([src^='/'])").count() == 0, name
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{name} is {wider} px too wide"


def test_the_theme_is_chosen_and_remembered(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.goto(site.url)
        light = background(page)
        page.get_by_role("button", name="Use the dark theme").click()
        assert background(page) != light
        page.reload()
        assert background(page) != light, "it is remembered"
        page.get_by_role("button", name="Use the light theme").click()
        assert background(page) == light


def test_the_system_theme_holds_until_one_is_chosen(browser: Browser, site: PageServer) -> None:
    with opened(browser, theme="dark") as page:
        page.goto(site.url)
        assert background(page) == "rgb(13, 22, 27)"


def test_copying_takes_the_whole_text(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{site.url}/sample/version")
        page.get_by_text("Copy as CLI").click()
        expect(page.locator("#said")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == samples.version_page().cli
        expect(page.locator(".pop").nth(1)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".pop").nth(1)).to_be_hidden()
        page.get_by_role("button", name="Copy the digest").first.click()
        page.wait_for_function(
            "async (digest) => (await navigator.clipboard.readText()) === digest", arg=samples.DIGEST
        )


def test_without_scripts_the_text_to_copy_can_be_read(browser: Browser, site: PageServer) -> None:
    with opened(browser, scripts=False) as page:
        page.goto(f"{site.url}/sample/version")
        page.get_by_text("Copy as CLI").click()
        expect(page.get_by_text(samples.version_page().cli, exact=True)).to_be_visible()
        expect(page.locator("#jump-open")).to_be_hidden()
        page.get_by_role("button", name="Promote delay/2 to champion").click()
        expect(page).to_have_url(f"{site.url}/promoted")


def test_promoting_swaps_the_page_in_place(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{site.url}/models/delay/2")
        page.evaluate("window.here = true")
        page.get_by_role("button", name="Promote delay/2 to champion").click()
        expect(page.locator("h1 .chip")).to_have_text("champion")
        expect(page.get_by_role("button", name="Promote delay/2 to champion")).to_have_count(0)
        assert page.evaluate("window.here"), "the document stayed"
        assert page.locator("main").count() == 1
        assert ("POST", f"{urls.promote_url('delay', 2)} ") in site.asked


def test_home_refreshes_itself_without_a_jump(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.clock.install()
        page.goto(site.url)
        link = page.get_by_role("link", name="delay", exact=True).first
        link.focus()
        before = page.locator(".ring").first.bounding_box()
        site.pages[urls.HOME_LIVE] = render(samples.home_live(counts=samples.counts(predictions=28_999)))
        page.clock.fast_forward(6_000)
        expect(page.get_by_text("28,999")).to_be_visible()
        assert page.locator(".ring").first.bounding_box() == before
        expect(link).to_be_focused()


def test_a_refused_refresh_leaves_home_as_it_is(browser: Browser, site: PageServer) -> None:
    said: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.clock.install()
    page.goto(site.url)
    site.refused.add(urls.HOME_LIVE)
    with page.expect_response(f"**{urls.HOME_LIVE}"):
        page.clock.fast_forward(6_000)
    page.clock.fast_forward(1_000)
    expect(page.get_by_role("heading", name="Good tide")).to_be_visible()
    expect(page.get_by_text("refused", exact=True)).to_have_count(1)
    context.close()
    assert said == []


def test_the_keyboard_reaches_everything(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{site.url}/sample/models")
        page.keyboard.press("Tab")
        expect(page.get_by_text("To the content")).to_be_focused()
        seen = set()
        for _ in range(20):
            page.keyboard.press("Tab")
            seen.add(
                page.evaluate(
                    "document.activeElement.matches(':focus-visible') && "
                    "getComputedStyle(document.activeElement).outlineStyle"
                )
            )
        assert seen == {"solid"}, "focus is seen everywhere"
        page.locator("body").press("/")
        expect(page.get_by_role("searchbox", name="Filter models")).to_be_focused()
        page.keyboard.type("cancel")
        expect(page.locator("tbody tr:visible")).to_have_count(1)
        page.keyboard.press("Escape")


def test_rows_are_walked_and_opened_by_keys(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{site.url}{urls.MODELS}")
        page.keyboard.press("j")
        expect(page.locator("tr[data-here]")).to_contain_text("delay")
        page.keyboard.press("j")
        expect(page.locator("tr[data-here]")).to_contain_text("cancel")
        page.keyboard.press("k")
        site.pages["/models/delay"] = site.pages["/sample/model"]
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{site.url}/models/delay")


def test_a_column_is_sorted_by_its_values(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{site.url}/sample/datasets")
        heading = page.get_by_role("columnheader", name="rows")
        heading.get_by_role("button").click()
        expect(heading).to_have_attribute("aria-sort", "ascending")
        expect(page.locator("tbody tr").first).to_contain_text("4,241")
        heading.get_by_role("button").click()
        expect(page.locator("tbody tr").first).to_contain_text("51,955")


def test_the_jump_box_leads_to_what_is_named(browser: Browser, site: PageServer) -> None:
    with opened(browser) as page:
        page.goto(f"{site.url}/sample/version")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("searchbox", name="Jump to")).to_be_focused()
        page.keyboard.type("models")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{site.url}{urls.MODELS}")
        page.keyboard.press("Control+k")
        page.keyboard.press("Escape")
        expect(page.locator("#jump")).to_be_hidden()


def test_reduced_motion_is_honoured(browser: Browser, site: PageServer) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(site.url)
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((each) => {
             const style = getComputedStyle(each);
             return parseFloat(style.transitionDuration) > 0 || style.animationName !== "none";
           }).length"""
    )
    context.close()
    assert moving == 0
