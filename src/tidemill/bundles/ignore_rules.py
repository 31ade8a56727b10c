"""The rules of `.gitignore` and `.tidemillignore`: which paths somebody does not want to be taken along.

Source: gitignore(5). Of several rules that fit a path the last one wins, and inner files come after outer ones; what
lies below an ignored folder is never looked at. `.tidemillignore` has the same form and comes after `.gitignore`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

GIT, OWN = ".gitignore", ".tidemillignore"


@dataclass(frozen=True)
class IgnoreRule:
    """One line of such a file.

    pattern: matches paths relative to the folder that the rules are read for, with forward slashes.
    keeps: the line begins with ``!``: what fits it is taken along. of: the file, and the line as it is written.
    """

    pattern: re.Pattern[str]
    keeps: bool
    only_folders: bool
    of: str
    line: str

    def fits(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether the rule speaks of a path."""
        return (is_folder or not self.only_folders) and self.pattern.fullmatch(path) is not None


def read_rules(folder: Path, base: str = "") -> list[IgnoreRule]:
    """Return the rules that the files of one folder hold, in order.

    base: the folder's path relative to the one that the rules are for; it starts with ``../`` for one above.
    """
    rules: list[IgnoreRule] = []
    for name in (GIT, OWN):
        try:
            text = (folder / name).read_text("utf-8", "replace")
        except OSError:
            continue
        rules += [rule for line in text.splitlines() if (rule := parse_rule(line, base, name)) is not None]
    return rules


def rules_above(folder: Path) -> list[IgnoreRule]:
    """Return the rules of the folders above, up to that of the git repository, outermost first; none outside one."""
    above = []
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            break
        above.append(parent)
    else:
        return []
    rules = _excluded(parent / ".git" / "info" / "exclude", folder.relative_to(parent).as_posix())
    for outer in reversed([*above[1:], parent] if parent != folder else []):
        inside = folder.relative_to(outer).as_posix()
        try:
            lines = (outer / GIT).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        rules += [rule for line in lines if (rule := _from_above(line, inside, GIT)) is not None]
    return rules


def last_word(rules: list[IgnoreRule], path: str, *, is_folder: bool) -> IgnoreRule | None:
    """Return the rule that decides about a path; None when none speaks of it."""
    return next((rule for rule in reversed(rules) if rule.fits(path, is_folder=is_folder)), None)


def parse_rule(line: str, base: str = "", of: str = GIT) -> IgnoreRule | None:
    """Read a line; None for an empty one and a comment.

    >>> rule = parse_rule("build/")
    >>> rule.fits("a/build", is_folder=True), rule.fits("a/build", is_folder=False)
    (True, False)
    """
    parsed = _parse(line)
    if parsed is None:
        return None
    keeps, only_folders, anchored, pattern = parsed
    start = re.escape(base.rstrip("/") + "/") if base.strip("/") else ""
    middle = "" if anchored else "(?:.*/)?"
    expression = _compiled(start + middle + _expression(pattern))
    return None if expression is None else IgnoreRule(expression, keeps, only_folders, of, line.strip())


def _excluded(file: Path, inside: str) -> list[IgnoreRule]:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [rule for line in lines if (rule := _from_above(line, "" if inside == "." else inside, file.name))]


def _from_above(line: str, inside: str, of: str) -> IgnoreRule | None:
    """Read a line of a file further up: what is anchored there counts only when it leads into this folder."""
    parsed = _parse(line)
    if parsed is None:
        return None
    keeps, only_folders, anchored, pattern = parsed
    if not inside or not anchored:
        return parse_rule(line, "", of)
    if not pattern.startswith(f"{inside}/"):
        return None
    expression = _compiled(_expression(pattern.removeprefix(f"{inside}/")))
    return None if expression is None else IgnoreRule(expression, keeps, only_folders, of, line.strip())


def _parse(line: str) -> tuple[bool, bool, bool, str] | None:
    line = line.rstrip("\r\n")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    keeps = line.startswith("!")
    line = line[1:] if keeps else line
    only_folders = line.endswith("/")
    line = line.rstrip("/") if only_folders else line
    anchored = "/" in line
    pattern = line.removeprefix("/")
    return (keeps, only_folders, anchored, pattern) if pattern else None


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> re.Pattern[str] | None:
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:
        return None  # git, too, takes a broken pattern for one that fits nothing


def _expression(pattern: str) -> str:
    """Return a pattern as a regular expression."""
    parts = pattern.split("/")
    found = []
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if part == "**":
            found.append(".+" if last else "(?:.*/)?")
            continue
        found.append(_part(part) + ("" if last else "/"))
    return "".join(found)


def _part(part: str) -> str:
    """Return what stands between two slashes as a regular expression."""
    found: list[str] = []
    place = 0
    while place < len(part):
        letter = part[place]
        place += 1
        if letter == "*":
            if not found or found[-1] != "[^/]*":
                found.append("[^/]*")
        elif letter == "?":
            found.append("[^/]")
        elif letter == "\\" and place < len(part):
            found.append(re.escape(part[place]))
            place += 1
        elif (
            letter == "["
            and (end := part.find("]", place + 2 if part[place : place + 1] in {"!", "^"} else place + 1)) > 0
        ):
            inner = part[place:end]
            negated = inner[:1] in {"!", "^"}
            inner = (inner[1:] if negated else inner).replace("\\", "\\\\").replace("[", "\\[")
            found.append(f"(?!/)[{'^' if negated else ''}{inner}]")
            place = end + 1
        else:
            found.append(re.escape(letter))
    return "".join(found)
