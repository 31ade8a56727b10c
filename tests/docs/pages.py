"""The documentation as data: its pages, their fenced blocks and their links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
_FENCE = re.compile(r"^```(?P<language>\w*)(?P<words>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: `words` are what follows its language, as ``file=shop.py`` or ``exit=1``.

    follows: nothing stands between it and the block before it.
    """

    page: Path
    line: int
    language: str
    words: dict[str, str]
    text: str
    follows: bool

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def documents() -> list[Path]:
    """Every page a reader may open, but for the decisions, whose links are looked at and no more."""
    names = ("README.md", "docs/README.md", "docs/benchmarks.md", "examples/flights/README.md")
    return [*(ROOT / name for name in names), *guides()]


def guides() -> list[Path]:
    """The guides by name."""
    return sorted(GUIDE.glob("*.md"))


def blocks(page: Path) -> list[Block]:
    """Return a page's fenced blocks in order."""
    text = page.read_text("utf-8")
    found, end = [], -1
    for fence in _FENCE.finditer(text):
        line = text.count("\n", 0, fence.start()) + 1
        words = dict(word.partition("=")[::2] for word in fence["words"].split())
        follows = end >= 0 and not text[end : fence.start()].strip()
        found.append(Block(page, line, fence["language"], words, fence["text"], follows))
        end = fence.end()
    return found


def links(page: Path) -> list[str]:
    """Return the targets of a page's links and pictures; what looks like one inside a block is none."""
    return [found["target"] for found in _LINK.finditer(_prose(page))]


def anchors(page: Path) -> set[str]:
    """Return the names under which a page's headings can be linked to, after GitHub's rule."""
    titles = [found["title"] for found in _HEADING.finditer(_prose(page))]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))
