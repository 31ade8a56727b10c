"""What is served as it lies: vendored files are the pinned ones, colours have contrast, scripts need no eval."""

from __future__ import annotations

import hashlib
import re

import pytest

from tidemill.ui import static_folder

TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", (static_folder() / "tokens.css").read_text("utf-8")
    )
}
SURFACES = ("paper", "panel", "sunk")
TEXT = [
    *((ink, surface) for ink in ("ink", "ink-2", "ink-3", "tide") for surface in SURFACES),
    *((tone, surface) for tone in ("good", "warn", "bad") for surface in ("panel", f"{tone}-soft")),
    *((ink, "tide-soft") for ink in ("ink", "ink-2", "ink-3", "tide", "tide-deep")),
    ("on-tide", "tide"),
    ("on-tide", "tide-deep"),
]
SHAPES = [(shape, "panel") for shape in ("tide", "c1", "c2", "c3", "c4", "c5", "c6", "sand")] + [("tide", "sunk")]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_contrast_is_aa(theme: int, pairs: list[tuple[str, str]], least: float) -> None:
    weak = {
        f"{ink} on {surface}": round(ratio, 2)
        for ink, surface in pairs
        if (ratio := contrast(TOKENS[ink][theme], TOKENS[surface][theme])) < least
    }
    assert weak == {}


def test_styles_use_the_tokens_only() -> None:
    styles = "".join((static_folder() / f"{name}.css").read_text("utf-8") for name in ("tidemill", "runs"))
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", styles) == []
    assert "url(" not in styles
    assert "@import" not in styles
    defined = set(re.findall(r"--([\w-]+):", (static_folder() / "tokens.css").read_text("utf-8")))
    assert set(re.findall(r"var\(--([\w-]+)\)", styles)) <= defined


def test_vendored_files_are_the_pinned_ones() -> None:
    pinned = (static_folder() / "VENDORED.txt").read_text("utf-8")
    digest = hashlib.sha256((static_folder() / "htmx.min.js").read_bytes()).hexdigest()
    assert digest in pinned
    assert "4.0.1" in pinned
    assert "Zero-Clause BSD" in (static_folder() / "htmx.LICENSE.txt").read_text("utf-8")


def test_the_vendored_charts_are_the_pinned_ones() -> None:
    pinned = (static_folder() / "VENDORED.txt").read_text("utf-8")
    for name in ("uplot.min.js", "uplot.min.css"):
        assert hashlib.sha256((static_folder() / name).read_bytes()).hexdigest() in pinned
    assert "uPlot 1.6.32" in pinned
    assert "MIT License" in (static_folder() / "uplot.LICENSE.txt").read_text("utf-8")


OWN = sorted(path.name for path in static_folder().glob("*.js") if not path.name.endswith(".min.js"))


@pytest.mark.parametrize("name", OWN)
def test_scripts_never_write_markup(name: str) -> None:
    script = (static_folder() / name).read_text("utf-8")
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|cssText", script) == []
    )
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", script) == []


@pytest.mark.parametrize("name", ["app.js", "run.js", "theme.js"])
def test_scripts_write_text_and_never_markup(name: str) -> None:
    script = (static_folder() / name).read_text("utf-8")
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b", script)
        == []
    )
