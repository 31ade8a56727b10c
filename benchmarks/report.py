"""The measured promises as a page: a table, and a chart of ours beside the reference."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_HEAD = """Written by `make bench`, on {cores} cores, Python {python}. Each line measures a rival or the physical
reference in the same run; the ratio is the claim, the absolute figures are this machine's."""
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
 width="{width}" height="{height}"
 role="img" aria-label="Ours beside the reference, by benchmark" font-family="system-ui, sans-serif">
<rect width="{width}" height="{height}" fill="#ffffff"/>"""
Result = Mapping[str, Any]
_WIDTH, _LEFT, _BAR, _ROW = 760, 60, 15, 58


def write_report(results: Sequence[Result], docs: Path) -> Path:
    """Write ``benchmarks.md`` and its chart into a folder and return the page."""
    (docs / "pictures").mkdir(parents=True, exist_ok=True)
    (docs / "pictures" / "benchmarks.svg").write_text(_chart(results), "utf-8")
    page = docs / "benchmarks.md"
    page.write_text(_page(results), "utf-8")
    return page


def _page(results: Sequence[Result]) -> str:
    lines = [
        "# Benchmarks",
        "",
        _HEAD.format(cores=os.cpu_count(), python=platform.python_version()),
        "",
        "![Ours beside the reference](pictures/benchmarks.svg)",
        "",
        "| id | promise | ours | reference | ratio | goal | holds |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in results:
        cells = (
            each["id"],
            each["what"],
            f"{each['ours']:,} {each['unit']}",
            f"{each['against']}: {each['theirs']:,} {each['unit']}",
            each["ratio"],
            each["goal"],
            f"{'yes' if each['holds'] else 'no'} ({each.get('held', '-')})",
        )
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    known = {"id", "what", "ours", "unit", "against", "theirs", "ratio", "goal", "holds", "held"}
    lines += ["", "Measured beside:", ""]
    for each in results:
        more = ", ".join(f"{name} {value}" for name, value in each.items() if name not in known)
        lines.append(f"- {each['id']}: {more or 'nothing more'}")
    return "\n".join(lines) + "\n"


def _chart(results: Sequence[Result]) -> str:
    height = _ROW * len(results) + 10
    parts = [_SVG.format(width=_WIDTH, height=height)]
    for number, each in enumerate(results):
        top = 10 + number * _ROW
        largest = max(float(each["ours"]), float(each["theirs"])) or 1.0
        parts.append(f'<text x="8" y="{top + 20}" font-size="14" font-weight="600" fill="#14232b">{each["id"]}</text>')
        rows = ((each["ours"], "#0b6e75", "Tidemill"), (each["theirs"], "#b98a3e", each["against"]))
        for line, (value, colour, name) in enumerate(rows):
            width = max(2.0, 380 * float(value) / largest)
            y = top + line * (_BAR + 6)
            label = escape(f"{value:,} {each['unit']}  {name}")
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="3" fill="{colour}"/>')
            parts.append(f'<text x="{_LEFT + width + 8:.1f}" y="{y + 12}" font-size="12" fill="#51626b">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
