"""The one filter grammar: text to comparisons, and back.

A filter is comparisons joined by AND; there is neither OR nor a bracket other than that of a list::

    filter      comparison ("and" comparison)* ["and"]
    comparison  name (operator value | [NOT] IN "(" text ("," text)* ")" | IS [NOT] NULL)
    name        [entity "."] key, where a key with spaces stands in `backticks` or "double quotes"
    operator    = != < <= > >= LIKE ILIKE RLIKE
    value       a number, or text in 'single' or "double" quotes

Within quotes the quote itself is written twice. Words are read in any case. What names mean, and which operators they
take, is said by a `Vocabulary`; what is read here is bound to statements as parameters only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from tidemill.core import UsageError

LONGEST_TEXT = 4096
MOST_CONDITIONS = 100
COMPARED = ("=", "!=", "<", "<=", ">", ">=")
LIKE, ILIKE, RLIKE = "LIKE", "ILIKE", "RLIKE"
IN, NOT_IN, IS_NULL, IS_NOT_NULL = "IN", "NOT IN", "IS NULL", "IS NOT NULL"
OPERATORS = (*COMPARED, LIKE, ILIKE, RLIKE, IN, NOT_IN, IS_NULL, IS_NOT_NULL)

Value = int | float | str | tuple[str, ...] | None

_SPACE = re.compile(r"\s*")
_SIGN = re.compile(r"[<>=!~]+")
_BARE = re.compile(r"[\w./:-]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?(?![\w.])")
_QUOTES = "'\"`"
_LEAST, _BEYOND = -(2**63), 2**63
_WRITTEN = "conditions such as metrics.auc > 0.7, params.depth = '3' or tags.team = 'a', joined by AND"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as it is written. entity: None for a bare name. value: None for IS NULL and IS NOT NULL."""

    entity: str | None
    key: str
    operator: str
    value: Value = None


class Name(NamedTuple):
    """What is asked about. entity: None for a bare name."""

    entity: str | None
    key: str


def read_filter(text: str) -> tuple[Comparison, ...]:
    """Return the comparisons of a filter; none for a blank one. Raises UsageError where it cannot be read.

    >>> read_filter("metrics.auc > 0.7 AND tags.`team name` LIKE 'a%'")[1]
    Comparison(entity='tags', key='team name', operator='LIKE', value='a%')
    """
    check_text(text)
    reader, found = _Reader(text), []
    while not reader.at_end():
        found.append(reader.comparison())
        if len(found) > MOST_CONDITIONS:
            raise UsageError(f"a filter of more than {MOST_CONDITIONS} conditions; use {MOST_CONDITIONS} at most")
        if not reader.at_end() and not reader.word("and"):
            raise reader.error("conditions are joined by AND; there is no OR, no BETWEEN and no bracket around them")
    return tuple(found)


def read_order(text: str) -> tuple[Name, bool]:
    """Return the name that an order is by, and whether it descends. Raises UsageError where it cannot be read.

    >>> read_order("metrics.auc DESC")
    (Name(entity='metrics', key='auc'), True)
    """
    check_text(text)
    reader = _Reader(text, "order")
    name = reader.name()
    descending = reader.word("desc")
    if not descending:
        reader.word("asc")
    if not reader.at_end():
        raise reader.error("write a name and then ASC or DESC, as in metrics.auc DESC")
    return name, descending


def read_name(text: str) -> Name:
    """Return a name that stands alone, as metrics.auc or status. Raises UsageError where it cannot be read."""
    check_text(text)
    reader = _Reader(text, "name")
    name = reader.name()
    if not reader.at_end():
        raise reader.error("write one name, as metrics.auc; put a key with spaces in `backticks`")
    return name


def print_comparison(each: Comparison) -> str:
    """Return the text that is read as this comparison.

    >>> print_comparison(Comparison("params", "my key", "=", "it's"))
    "params.`my key` = 'it''s'"
    """
    name = print_name(Name(each.entity, each.key))
    if each.value is None:
        return f"{name} {each.operator}"
    if isinstance(each.value, tuple):
        return f"{name} {each.operator} ({', '.join(_quoted(text) for text in each.value)})"
    return f"{name} {each.operator} {_quoted(each.value) if isinstance(each.value, str) else _printed(each.value)}"


def print_name(name: Name) -> str:
    """Return the text that is read as this name."""
    key = "`" + name.key.replace("`", "``") + "`"
    plain = name.key.isascii() and name.key.isidentifier() and (name.entity or not _is_operator_word(name.key))
    bare = name.key if plain else key
    return bare if name.entity is None else f"{name.entity}.{bare}"


def check_text(text: str) -> None:
    """Raise UsageError for a text that is too long, or that no store could hold."""
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"a filter of {len(text)} characters; use {LONGEST_TEXT} at most")
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise UsageError("a filter holds NUL or what is no Unicode, which nothing stored holds; leave it out")


class _Reader:
    """Reads a text from left to right, each character a fixed number of times."""

    def __init__(self, text: str, what: str = "filter") -> None:
        self._text, self._what = text, what
        self._at = 0

    def error(self, advice: str) -> UsageError:
        rest = self._text[self._at : self._at + 40]
        where = f"at {rest!r}" if rest.strip() else "at its end"
        begins = "Invalid clause(s) in filter string: " if self._what == "filter" else ""
        return UsageError(f"{begins}cannot read the {self._what} {where}; {advice}")

    def at_end(self) -> bool:
        self._skip()
        return self._at == len(self._text)

    def word(self, wanted: str) -> bool:
        """Take a word if it comes next, in any case."""
        self._skip()
        end = self._at + len(wanted)
        if self._text[self._at : end].lower() != wanted:
            return False
        if end < len(self._text) and (self._text[end].isalnum() or self._text[end] in "_."):
            return False
        self._at = end
        return True

    def comparison(self) -> Comparison:
        entity, key = self.name()
        operator = self._operator()
        if operator in {IS_NULL, IS_NOT_NULL}:
            return Comparison(entity, key, operator)
        if operator in {IN, NOT_IN}:
            return Comparison(entity, key, operator, self._texts(operator))
        return Comparison(entity, key, operator, self._value(operator))

    def name(self) -> Name:
        first = self._name_part(dots=False)
        self._skip()
        if not self._take("."):
            return Name(None, first)
        self._skip()
        return Name(first, self._name_part(dots=True))

    def _name_part(self, *, dots: bool) -> str:
        self._skip()
        if self._peek() in '`"':
            return self._quoted_text("a name")
        found = _BARE.match(self._text, self._at)
        if found is None:
            raise self.error(f"write {_WRITTEN}" if self._what == "filter" else "write a name, as metrics.auc")
        part = found[0] if dots else found[0].partition(".")[0]
        if not part:
            raise self.error("a name begins with a letter, as metrics.auc")
        self._at += len(part)
        return part

    def _operator(self) -> str:
        self._skip()
        sign = _SIGN.match(self._text, self._at)
        if sign is not None:
            if sign[0] not in COMPARED:
                raise self.error(f"{sign[0]!r} compares nothing; use one of {', '.join(OPERATORS)}")
            self._at = sign.end()
            return sign[0]
        for each in (LIKE, ILIKE, RLIKE, IN):
            if self.word(each.lower()):
                return each
        before = self._at
        if self.word("not") and self.word("in"):
            return NOT_IN
        self._at = before
        if self.word("is"):
            without = self.word("not")
            if self.word("null"):
                return IS_NOT_NULL if without else IS_NULL
        self._at = before
        raise self.error(f"a name is followed by one of {', '.join(OPERATORS)}")

    def _value(self, operator: str) -> Value:
        self._skip()
        if self._peek() in "'\"":
            return self._quoted_text("text")
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            raise self.error(
                f"Parameter value is either not quoted or unidentified quote types used: {operator} is followed by a "
                "number, or by text in quotes, as in 'a'"
            )
        self._at = found.end()
        return _number(found[0])

    def _texts(self, operator: str) -> tuple[str, ...]:
        advice = f"{operator} is followed by texts in quotes within brackets, as in ('a', 'b')"
        self._skip()
        if not self._take("("):
            raise self.error(advice)
        texts: list[str] = []
        while True:
            self._skip()
            if texts and self._take(")"):  # behind a last comma
                return tuple(texts)
            if self._peek() not in "'\"":
                raise self.error(advice)
            texts.append(self._quoted_text("text"))
            self._skip()
            if self._take(")"):
                return tuple(texts)
            if not self._take(","):
                raise self.error(advice)

    def _quoted_text(self, what: str) -> str:
        quote, parts, at = self._text[self._at], [], self._at + 1
        while True:
            end = self._text.find(quote, at)
            if end < 0:
                raise self.error(f"the quote {quote} that opens {what} is not closed")
            parts.append(self._text[at:end])
            at = end + 1
            if not self._text.startswith(quote, at):
                break
            parts.append(quote)
            at += 1
        self._at = at
        return "".join(parts)

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1] or "\0"

    def _take(self, char: str) -> bool:
        if self._peek() != char:
            return False
        self._at += 1
        return True


def _number(text: str) -> int | float:
    """Return a whole number of 64 bits as such, any other number as a float."""
    try:
        whole = int(text)
    except ValueError:
        return float(text)
    return whole if _LEAST <= whole < _BEYOND else float(text)


def _printed(value: float) -> str:
    if value in {float("inf"), float("-inf")}:
        return "1e999" if value > 0 else "-1e999"
    return repr(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_operator_word(key: str) -> bool:
    return key.lower() in {"and", "is", "not", "in", "like", "ilike", "rlike", "asc", "desc"}
