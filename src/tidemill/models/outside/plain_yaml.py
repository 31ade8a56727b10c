"""The part of YAML in which MLmodel files are written: block mappings, block lists, quoted and plain scalars.

No anchors, no tags, no flow collections but the empty ones: what holds them is refused, since a file that nobody wrote
by the usual way is not to be guessed at.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tidemill.core import DamagedError

_MOST_BYTES = 4 << 20
_MOST_DEPTH = 40
_KEY = re.compile(r"((?:[^\s'\"#&*!|>%@`{}\[\],:-]|-(?=\S))[^:#]*?|'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"):(?:\s+(.*))?$")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_WORDS: dict[str, Any] = {"null": None, "~": None, "": None, "true": True, "false": False, "[]": [], "{}": {}}


def read_plain_yaml(data: bytes) -> dict[str, Any]:
    r"""Return the mapping that a text holds. Raises DamagedError for what is not read here.

    >>> read_plain_yaml(b"flavors:\n  onnx:\n    data: model.onnx\ntime: '2026'\n")
    {'flavors': {'onnx': {'data': 'model.onnx'}}, 'time': '2026'}
    """
    try:
        if len(data) > _MOST_BYTES:
            raise ValueError(f"it has {len(data):,} bytes, more than {_MOST_BYTES:,}")
        reader = _Reader(data.decode())
        found = reader.block(0, 0)
        if not isinstance(found, dict) or not reader.at_end():
            raise ValueError("it is no mapping")
    except (ValueError, IndexError) as error:
        raise DamagedError(f"the MLmodel file cannot be read ({error}); log the model again") from error
    return found


class _Reader:
    """Reads lines from the first to the last; each belongs to the block of its indentation."""

    def __init__(self, text: str) -> None:
        lines = (line.rstrip() for line in text.splitlines())
        self._lines = [line for line in lines if line != "---"]
        self._at = 0
        self._skip()

    def at_end(self) -> bool:
        return self._at >= len(self._lines)

    def block(self, least: int, depth: int) -> Any:
        if depth > _MOST_DEPTH:
            raise ValueError("it is nested too deeply")
        if self.at_end() or self._indent() < least:
            return None
        indent = self._indent()
        return self._list(indent, depth) if self._is_item() else self._mapping(indent, depth)

    def _mapping(self, indent: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self.at_end() and self._indent() == indent and not self._is_item():
            match = _KEY.match(self._lines[self._at].strip())
            if match is None:
                raise ValueError(f"line {self._at + 1} is no key with a value")
            key = str(self._scalar(match[1], quoted_only=True))
            found[key] = self._value(match[2] or "", indent, depth)
        return found

    def _list(self, indent: int, depth: int) -> list[Any]:
        found = []
        while not self.at_end() and self._indent() == indent and self._is_item():
            line = self._lines[self._at]
            rest = line.strip()[1:].strip()
            if _KEY.match(rest):  # a mapping that begins behind the dash
                self._lines[self._at] = line.replace("-", " ", 1)
                found.append(self._mapping(self._indent(), depth + 1))
            else:
                found.append(self._value(rest, indent, depth))
        return found

    def _value(self, rest: str, indent: int, depth: int) -> Any:
        quote = rest[:1]
        if quote in {"'", '"'}:
            return self._quoted(rest, quote)
        if rest[:1] in {"&", "*", "!", "|", ">", "%", "@", "`"} or (rest[:1] in {"[", "{"} and rest not in _WORDS):
            raise ValueError(f"line {self._at + 1} holds what is not read here: {rest[:40]!r}")
        self._next()
        if rest:
            return self._scalar(self._folded(rest, indent))
        if not self.at_end() and self._indent() == indent and self._is_item():
            return self._list(indent, depth + 1)  # lists may stand at the indentation of their key
        return self.block(indent + 1, depth + 1)

    def _folded(self, text: str, indent: int) -> str:
        while not self.at_end() and self._indent() > indent:
            text += " " + self._lines[self._at].strip()
            self._next()
        return text

    def _quoted(self, rest: str, quote: str) -> str:
        text = rest
        while not _is_closed(text, quote):
            self._at += 1
            line = self._lines[self._at].strip()
            if text.endswith("\\") and quote == '"':
                text = text[:-1] + line
            elif not line:
                text += "\n"
            else:
                text += line if text.endswith("\n") else " " + line
        self._next()
        return str(self._scalar(text, quoted_only=True))

    def _scalar(self, text: str, *, quoted_only: bool = False) -> Any:
        if text[:1] == "'":
            return text[1:-1].replace("''", "'")
        if text[:1] == '"':
            return json.loads(text.replace("\n", "\\n").replace("\\ ", " "), strict=False)
        if quoted_only:
            return text
        text = text.partition(" #")[0].rstrip()
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _NUMBER.fullmatch(text):
            return float(text) if set(text) & set(".eE") else int(text[:18])
        return text

    def _indent(self) -> int:
        line = self._lines[self._at]
        if "\t" in line[: len(line) - len(line.lstrip())]:
            raise ValueError(f"line {self._at + 1} is indented by a tabulator")
        return len(line) - len(line.lstrip(" "))

    def _is_item(self) -> bool:
        line = self._lines[self._at].strip()
        return line == "-" or line.startswith("- ")

    def _next(self) -> None:
        self._at += 1
        self._skip()

    def _skip(self) -> None:
        while not self.at_end() and (not self._lines[self._at].strip() or self._lines[self._at].lstrip()[0] == "#"):
            self._at += 1


def _is_closed(text: str, quote: str) -> bool:
    if len(text) < 2 or not text.endswith(quote):
        return False
    inner = text[1:]
    if quote == "'":
        return (len(inner) - len(inner.rstrip("'"))) % 2 == 1
    backslashes = len(inner[:-1]) - len(inner[:-1].rstrip("\\"))
    return backslashes % 2 == 0
