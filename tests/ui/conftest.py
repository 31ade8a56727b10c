"""One browser for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.ui import samples
from tests.ui.browser import CHROMIUM_OPTIONS, PageServer, find_chromium, serve
from tidemill.ui import render, urls


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        program = find_chromium(bundled=Path(playwright.chromium.executable_path))
        chromium = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_OPTIONS))
        yield chromium
        chromium.close()


@pytest.fixture
def site() -> Iterator[PageServer]:
    """The sample pages by their sample name, and the few that lead to each other by their own address."""
    pages = {f"/sample/{name}": render(page) for name, page in samples.pages().items()}
    pages[urls.HOME] = pages["/sample/home"]
    pages[urls.HOME_LIVE] = render(samples.home_live())
    pages[urls.MODELS] = pages["/sample/models"]
    pages["/models/delay/2"] = pages["/sample/version"]
    pages["/promoted"] = pages["/sample/version-champion"]
    with serve(pages) as site:
        site.posts[urls.promote_url("delay", 2)] = "/promoted"
        yield site
