"""The sample pages behind an address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui import samples
from tests.ui.browser import PageServer, serve
from tidemill.ui import render, urls


@pytest.fixture
def site() -> Iterator[PageServer]:
    """The sample pages by their sample name, and the few that lead to each other by their own address."""
    pages = {f"/sample/{name}": render(page) for name, page in samples.pages().items()}
    pages[urls.HOME] = pages["/sample/home"]
    pages[urls.HOME_LIVE] = render(samples.home_live())
    pages[urls.MODELS] = pages["/sample/models"]
    pages["/models/delay/2"] = pages["/sample/version"]
    pages["/promoted"] = pages["/sample/version-champion"]
    pages[f"{urls.run_url(samples.RUN_ID)}/picture"] = ""
    with serve(pages) as site:
        site.made["/api/metrics/history"] = lambda _: {"curves": []}
        site.posts[urls.promote_url("delay", 2)] = "/promoted"
        yield site
