"""LIKE as both databases mean it alike: % any text, _ any character, no escapes; with case, or without.

SQLite's LIKE knows no case and its GLOB does, PostgreSQL has LIKE and ILIKE. Without case is without that of A to Z.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_GLOB = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
_STORM = re.compile("%%+")


def like(value: sa.ColumnElement[str], pattern: str, *, any_case: bool) -> sa.ColumnElement[bool]:
    """Return that a text is like a pattern."""
    pattern = _STORM.sub("%", pattern)
    kind = _AnyCase if any_case else _Like
    return kind(value, sa.literal(pattern), sa.literal(glob_of(pattern)))


def glob_of(pattern: str) -> str:
    """Return the pattern of SQLite's GLOB that is meant.

    >>> glob_of("a%[_]*")
    'a*[[]?][*]'
    """
    return "".join(_GLOB.get(char, char) for char in pattern)


class _Like(FunctionElement[bool]):
    name = "like"
    type = sa.Boolean()
    inherit_cache = True


class _AnyCase(FunctionElement[bool]):
    name = "ilike"
    type = sa.Boolean()
    inherit_cache = True


@compiles(_Like)
def _glob(element: _Like, compiler: SQLCompiler, **options: Any) -> str:
    value, _, glob = (compiler.process(each, **options) for each in _parts(element))
    return f"({value} GLOB {glob})"


@compiles(_Like, "postgresql")
def _like(element: _Like, compiler: SQLCompiler, **options: Any) -> str:
    value, pattern = (compiler.process(each, **options) for each in _parts(element)[:2])
    return f"({value} LIKE {pattern} ESCAPE '')"


@compiles(_AnyCase)
def _like_without_case(element: _AnyCase, compiler: SQLCompiler, **options: Any) -> str:
    value, pattern = (compiler.process(each, **options) for each in _parts(element)[:2])
    return f"({value} LIKE {pattern})"


@compiles(_AnyCase, "postgresql")
def _ilike(element: _AnyCase, compiler: SQLCompiler, **options: Any) -> str:
    value, pattern = (compiler.process(each, **options) for each in _parts(element)[:2])
    return f"({value} ILIKE {pattern} ESCAPE '')"


def _parts(element: FunctionElement[bool]) -> list[sa.ColumnElement[Any]]:
    return list(element.clauses)
