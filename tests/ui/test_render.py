"""Every page renders, escapes what others named, and keeps to the content security policy."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from typing import ClassVar

import jinja2
import pytest

from tests.ui import samples
from tidemill.ui import render, static_files, urls, views

PAGES = samples.pages()
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NAV = {urls.HOME, urls.DATASETS, urls.BUNDLES, urls.PIPELINES, urls.RUNS, urls.MODELS, urls.ENDPOINTS, urls.AUDIT}


class Read(HTMLParser):
    """Tags with their attributes, and whether every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(params=PAGES, ids=list(PAGES))
def page(request: pytest.FixtureRequest) -> tuple[str, Read]:
    html = render(PAGES[request.param])
    return html, Read(html)


def test_a_page_is_whole(page: tuple[str, Read]) -> None:
    html, read = page
    assert html.lstrip().startswith("<!doctype html>")
    assert read.open == []
    assert len(read.all("h1")) == 1
    assert len(read.all("main")) == 1
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_a_page_needs_nothing_inline_and_nothing_from_elsewhere(page: tuple[str, Read]) -> None:
    _, read = page
    assert read.all("style") == []
    for tag, attributes in read.tags:
        assert not [name for name in attributes if name == "style" or re.match(r"on|hx-on", name)], (tag, attributes)
        for name in ("src", "href", "action", "hx-get", "hx-post"):
            address = attributes.get(name)
            assert address is None or address.startswith(("/", "#")), (tag, address)
    assert all((script.get("src") or "").startswith("/static/") for script in read.all("script"))
    assert read.all("script")


def test_a_trigger_never_needs_eval(page: tuple[str, Read]) -> None:
    html, read = page
    assert "js:" not in html
    assert "javascript:" not in html
    assert all("[" not in (attributes.get("hx-trigger") or "") for _, attributes in read.tags)


def test_every_picture_says_what_is_to_be_seen(page: tuple[str, Read]) -> None:
    _, read = page
    for picture in read.all("svg"):
        # A group holds links of its own, an image none.
        labelled = picture.get("role") in {"img", "group"} and len(picture.get("aria-label") or "") > 3
        assert labelled or picture.get("aria-hidden") == "true", picture


def test_every_field_and_button_has_a_name(page: tuple[str, Read]) -> None:
    html, read = page
    labelled = set(re.findall(r'<label for="([^"]+)"', html))
    for field in read.all("input"):
        assert field.get("type") == "hidden" or field.get("aria-label") or field.get("id") in labelled, field
    assert len([button for button in read.all("button") if "btn-primary" in (button.get("class") or "")]) <= 1


def test_a_page_leads_on(page: tuple[str, Read]) -> None:
    html, read = page
    if "menu" not in html:
        return
    addresses = {link.get("href") for link in read.all("a")}
    assert addresses >= NAV
    assert "Not here" in html or any((address or "").split("?")[0].endswith(".json") for address in addresses)


@pytest.mark.parametrize("name", PAGES)
def test_hostile_names_stay_text(name: str) -> None:
    html = render(samples.hostile(PAGES[name]))
    read = Read(html)
    assert read.open == []
    assert "<img src=x" not in html
    assert all((picture.get("src") or "").startswith("/") for picture in read.all("img"))
    assert all((script.get("src") or "").startswith("/static/") for script in read.all("script"))
    assert not [attributes for _, attributes in read.tags if "onerror" in attributes]
    assert "&lt;img src=x onerror=alert(1)&gt;" in html or "%3Cimg" in html
    assert "{{7*7}}" in html or "%7B%7B7" in html, "a template inside of a name is not run"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_reads_the_same_without_scripts(name: str) -> None:
    read = Read(render(PAGES[name]))
    assert not [tag for tag, attributes in read.tags if "hidden" in attributes and tag != "input"]
    for button in read.all("button"):
        assert button.get("type") == "submit" or "js-only" in (button.get("class") or ""), button


def test_a_link_that_is_no_path_of_this_site_is_plain_words() -> None:
    for url in ("javascript:alert(1)", "//elsewhere.example", "https://elsewhere.example"):
        page = dataclasses.replace(samples.model_page(), endpoints=(views.Link(text="delay", url=url),))
        html = render(page)
        assert url not in html
        assert "served by delay" in html


def test_a_missing_field_is_an_error_and_not_a_gap() -> None:
    class Nothing:
        template: ClassVar[str] = "models.html"

    with pytest.raises(jinja2.UndefinedError):
        render(Nothing())


def test_assets_carry_their_digest() -> None:
    html = render(samples.home(samples.home_live()))
    for name in ("tokens.css", "tidemill.css", "app.js", "htmx.min.js"):
        assert f"/static/{name}?v={static_files()[name]}" in html


def test_the_live_part_is_the_same_alone_and_within_home() -> None:
    live = samples.home_live()
    assert "<html" not in render(live)
    assert render(live).strip() in render(samples.home(live))


def test_home_answers_first() -> None:
    assert "1 endpoint serves, nothing waits for you." in render(samples.home_live())
    assert "1 of 3 endpoints needs attention, 1 thing waits for you." in render(samples.home_many())
    assert "tidemill demo" in render(samples.home_empty())


def test_what_can_be_done_says_what_will_happen() -> None:
    html = render(samples.version_page())
    assert "Promote delay/2 to champion" in html
    assert "Promoting delay/1 again undoes it." in html
    assert "<form" not in render(samples.champion_page())


def test_an_exact_time_stands_behind_each_told_one() -> None:
    html = render(samples.model_page())
    assert '<time datetime="2026-09-09T14:24:00Z" title="9 Sep 2026 14:24:00 UTC">6 min ago</time>' in html
