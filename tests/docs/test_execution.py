"""README and guides are executed: each page by a reader who types what it says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import GUIDE, ROOT, blocks, guides
from tests.docs.reader import Reader, leave

START = GUIDE / "start.md"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that the first guide makes, with which all others go on."""
    folder = tmp_path_factory.mktemp("docs") / "shop"
    folder.mkdir()
    with Reader(folder) as reader:
        reader.read(blocks(START))
    leave(folder)
    return folder


#: Their rooms have tests of their own for what these guides do.
LONG = {"ci", "components", "encryption", "environments", "executors", "tuning"}


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(each, marks=[pytest.mark.long] if each.stem in LONG else [], id=each.stem)
        for each in guides()
        if each != START
    ],
)
def test_a_guide_does_what_it_says(page: Path, shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    with Reader(folder) as reader:
        reader.read(blocks(page))


@pytest.mark.parametrize("page", ["README.md", "examples/flights/README.md"])
def test_the_flights_are_as_they_are_told(page: str, tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        reader.read(blocks(ROOT / page))


def test_the_project_file_in_the_readme_is_the_one_of_the_example() -> None:
    named = "examples/flights/flights.py"
    (shown,) = [block for block in blocks(ROOT / "README.md") if block.words.get("file") == named]
    assert shown.text == (ROOT / named).read_text("utf-8")
