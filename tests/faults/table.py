"""The table of faults at the end of a test run: injector, how many, how many were reached, lost, half, trouble."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.faults.trials import Outcome

_ROW, _NOTE = "fault table", "fault method"
Property = Callable[[str, object], None]


@dataclass(frozen=True)
class Row:
    """What one injector found."""

    injector: str
    count: int
    reached: int
    lost: int
    half: int
    trouble: int


def note_row(record_property: Property, injector: str, outcomes: Iterable[Outcome]) -> None:
    """Let the outcomes of an injector appear in the table."""
    found = list(outcomes)
    told = [each.findings for each in found]
    sums = [sum(len(getattr(each, word)) for each in told) for word in ("lost", "half", "trouble")]
    row = [injector, len(found), sum(each.reached for each in found), *sums]
    record_property(_ROW, json.dumps(row))


def note_missing(record_property: Property, sentence: str) -> None:
    """Let the run say that the machine cannot do a method, and what was done instead."""
    record_property(_NOTE, sentence)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, and what this machine could not do."""
    rows, notes = [], []
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == _ROW and getattr(report, "when", "") == "call":
                    rows.append(Row(*json.loads(value)))
                elif name == _NOTE:
                    notes.append(str(value))
    if not rows and not notes:
        return
    terminalreporter.section("faults")
    if rows:
        terminalreporter.write_line(f"{'injector':<44}{'count':>7}{'reached':>9}{'lost':>6}{'half':>6}{'trouble':>9}")
    for row in sorted(rows, key=lambda row: row.injector):
        terminalreporter.write_line(
            f"{row.injector:<44}{row.count:>7,}{row.reached:>9,}{row.lost:>6}{row.half:>6}{row.trouble:>9}"
        )
    for note in sorted(set(notes)):
        terminalreporter.write_line(note)
