"""What `tidemill ci` found: checks in the order in which they ran, as a table, Markdown or JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Literal
from xml.etree import ElementTree as ET

State = Literal["passed", "failed", "skipped"]
PASSED: State = "passed"
FAILED: State = "failed"
SKIPPED: State = "skipped"
#: What XML 1.0 has no form for.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class CiCheck:
    """One check. group: code, data, steps, pipeline, model or gate. line: what was found; details: more lines of it."""

    group: str
    name: str
    state: State
    seconds: float
    line: str
    details: str = ""


@dataclass(frozen=True)
class CiReport:
    """All checks of a bundle. digest: of what was checked. code: where it was taken from, in words.

    notes: what was not looked at, in words.
    """

    project: str
    digest: str
    commit: str | None
    code: str
    started_at: str
    checks: tuple[CiCheck, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not any(check.state == FAILED for check in self.checks)

    @property
    def seconds(self) -> float:
        """How long the checks took together."""
        return sum(check.seconds for check in self.checks)

    def sentence(self) -> str:
        """Say it in one line."""
        counts = {state: sum(check.state == state for check in self.checks) for state in (PASSED, FAILED, SKIPPED)}
        told = ", ".join(f"{n} {state}" for state, n in counts.items() if n)
        return f"{'passed' if self.passed else 'failed'}: {told or 'nothing to check'} in {self.seconds:.1f} s"

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            **asdict(self),
            "passed": self.passed,
            "seconds": self.seconds,
            "checks": [asdict(c) for c in self.checks],
        }

    def markdown(self) -> str:
        """Return the report as a Markdown page: a table, then the details of what failed."""
        lines = [f"## tidemill ci: {self.project}", "", f"**{_cell(self.sentence())}**, {_cell(self.code)}", ""]
        lines += ["| | check | took | |", "|---|---|---:|---|"]
        marks = {PASSED: "✅", FAILED: "❌", SKIPPED: "–"}
        for each in self.checks:
            where = f"{each.group}: {each.name}"
            lines.append(f"| {marks[each.state]} | {_cell(where)} | {each.seconds:.2f} s | {_cell(each.line)} |")
        lines += ["", *(f"- {_cell(note)}" for note in self.notes)] if self.notes else []
        for each in self.checks:
            if each.state == FAILED and each.details:
                fence = "`" * (max(map(len, re.findall("`+", each.details)), default=2) + 1)
                lines += ["", f"### {each.group}: {each.name}", "", fence + "text", each.details.rstrip(), fence]
        return "\n".join(lines) + "\n"

    def junit(self) -> str:
        """Return the report as JUnit XML, a suite for each group of checks."""
        root = ET.Element("testsuites")
        for number, (group, checks) in enumerate(_grouped(self.checks)):
            attributes = {"name": group, "package": _xml(self.project), "id": str(number)}
            attributes |= {"timestamp": self.started_at[:19], "hostname": "localhost"} | _counts(checks)
            suite = ET.SubElement(root, "testsuite", attributes)
            properties = ET.SubElement(suite, "properties")
            for name, value in (("digest", self.digest), ("code", self.code)):
                ET.SubElement(properties, "property", {"name": name, "value": _xml(value)})
            for check in checks:
                _case(suite, check, self.project)
            told = "\n".join(f"{check.name}: {check.line}" for check in checks)
            ET.SubElement(suite, "system-out").text = _xml(told)
            ET.SubElement(suite, "system-err").text = ""
        ET.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _grouped(checks: tuple[CiCheck, ...]) -> Iterator[tuple[str, tuple[CiCheck, ...]]]:
    order = list(dict.fromkeys(check.group for check in checks))
    ordered = sorted(checks, key=lambda check: order.index(check.group))
    for group, found in groupby(ordered, key=lambda check: check.group):
        yield group, tuple(found)


def _counts(checks: tuple[CiCheck, ...]) -> dict[str, str]:
    seconds = sum(check.seconds for check in checks)
    counts = {"tests": str(len(checks)), "failures": _n(checks, FAILED), "errors": "0", "skipped": _n(checks, SKIPPED)}
    return counts | {"time": f"{seconds:.3f}"}


def _n(checks: tuple[CiCheck, ...], state: State) -> str:
    return str(sum(check.state == state for check in checks))


def _case(suite: ET.Element, check: CiCheck, project: str) -> None:
    told = {"name": _xml(check.name), "classname": _xml(f"{project}.{check.group}"), "time": f"{check.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", told)
    if check.state == FAILED:
        failure = ET.SubElement(case, "failure", {"message": _xml(check.line), "type": "failed"})
        failure.text = _xml(check.details or check.line)
    elif check.state == SKIPPED:
        ET.SubElement(case, "skipped")


def _xml(text: str) -> str:
    return _NOT_XML.sub("�", text)


def _cell(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return escaped.replace("<", "&lt;").replace("`", "'")
