"""Statements that SQLite and PostgreSQL say differently, said once, so that no room asks which of them it has.

What both say alike is plain SQLAlchemy. The rest is here: inserting what may be there already, taking rows and values
out of one JSON text (the fastest way to hand over a batch), and reading JSON as the text that is stored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

# A whole number that may pass two thousand million; SQLite numbers its rows by INTEGER columns only.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOT_A_NUMBER = "NaN"


class Real(TypeDecorator[float]):
    """A number that may be infinite or not a number. It comes after all others in both databases.

    SQLite takes NaN for NULL, so there it is kept as a text, which no numeric column can take for a number.
    """

    impl = sa.Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: sa.Dialect) -> Any:
        """Return what the driver is given."""
        return NOT_A_NUMBER if value is not None and math.isnan(value) and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> float | None:  # noqa: ARG002
        """Return what the driver gave."""
        return float(value) if isinstance(value, str) else value


def spelled(value: float, dialect: str) -> float | str:
    """Return a number as it is handed to a driver by itself (SQLite) or within a JSON text (PostgreSQL).

    >>> spelled(float("nan"), "sqlite"), spelled(float("-inf"), "postgresql"), spelled(0.5, "sqlite")
    ('NaN', '-Infinity', 0.5)
    """
    if math.isnan(value):
        return NOT_A_NUMBER
    if math.isinf(value) and dialect != "sqlite":
        return "Infinity" if value > 0 else "-Infinity"
    return value


def insert_or_ignore(table: sa.Table) -> TextClause:
    """Return an insert that leaves a row alone which is there already; it takes a value for every column.

    >>> print(insert_or_ignore(sa.Table("t", sa.MetaData(), sa.Column("a", sa.String))))
    INSERT INTO "t" ("a") VALUES (:a) ON CONFLICT DO NOTHING
    """
    return _typed(f"{_insert(table)} ON CONFLICT DO NOTHING", table)


def upsert(table: sa.Table, *, largest: Sequence[str] = ()) -> TextClause:
    """Return an insert that replaces the row of the same primary key; it takes a value for every column.

    largest: columns that keep the larger of the two values.

    >>> table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.String, primary_key=True), sa.Column("b", sa.String))
    >>> print(upsert(table))
    INSERT INTO "t" ("a", "b") VALUES (:a, :b) ON CONFLICT ("a") DO UPDATE SET "b" = excluded."b"
    """
    keys = [column.name for column in table.primary_key]
    mine = f'"{table.name}"'
    changes = [
        f'"{name}" = CASE WHEN {mine}."{name}" > excluded."{name}" THEN {mine}."{name}" ELSE excluded."{name}" END'
        if name in largest
        else f'"{name}" = excluded."{name}"'
        for name in table.c.keys()  # noqa: SIM118 - a collection of columns, not a dictionary
        if name not in keys
    ]
    return _typed(f"{_insert(table)} ON CONFLICT ({_names(keys)}) DO UPDATE SET {', '.join(changes)}", table)


def insert_json_rows(
    table: sa.Table, given: Sequence[str], fields: Sequence[str], *, ignore: bool = False
) -> TextClause:
    """Return an insert of rows that come as one JSON text `:rows`, an array of arrays of the columns `fields`.

    given: columns with one value for all rows, by parameters of their names. ignore: rows that are there already stay.
    """
    values = [f":{name}" for name in given]
    sqlite = values + [f"value ->> {at}" for at in range(len(fields))]
    postgresql = values + [_postgres_field(at, table.c[name]) for at, name in enumerate(fields)]
    into = f'INSERT INTO "{table.name}" ({_names([*given, *fields])})'
    end = " WHERE true ON CONFLICT DO NOTHING" if ignore else ""
    parameters = [sa.bindparam(name, type_=table.c[name].type) for name in given]
    parameters.append(sa.bindparam("rows", type_=sa.Text()))
    return _PerDialect(
        f"{into} SELECT {', '.join(sqlite)} FROM json_each(:rows){end}",  # noqa: S608 - names of declared columns
        f"{into} SELECT {', '.join(postgresql)} FROM json_array_elements(CAST(:rows AS JSON)){end}",  # noqa: S608
        parameters,
    )


def json_values(parameter: str) -> sa.Select[tuple[str]]:
    """Return a select of the texts in a parameter that is a JSON array of texts, to be asked with `in_`."""
    values = _JsonValues(sa.bindparam(parameter, type_=sa.Text())).table_valued(sa.column("value", sa.Text))
    return sa.select(values.c.value)


class JsonText(sa.types.TypeDecorator[str]):
    """A JSON column as the very text that is stored, byte by byte."""

    impl = sa.Text
    cache_ok = True

    def bind_expression(self, bindparam: sa.BindParameter[str]) -> Any:
        """Write text as JSON."""
        return _AsJson(bindparam)

    def column_expression(self, column: sa.ColumnElement[Any]) -> Any:
        """Read JSON as text."""
        return _AsText(column)


class _PerDialect(TextClause):
    """A statement in two wordings with the same parameters."""

    inherit_cache = True

    def __init__(self, sqlite: str, postgresql: str, parameters: Sequence[sa.BindParameter[Any]]) -> None:
        super().__init__(sqlite)
        self._bindparams = {parameter.key: parameter for parameter in parameters}
        self.postgresql = TextClause(postgresql)
        self.postgresql._bindparams = self._bindparams


class _JsonValues(FunctionElement[str]):
    name = "json_each"
    inherit_cache = True


class _AsJson(FunctionElement[str]):
    type = sa.Text()
    inherit_cache = True


class _AsText(FunctionElement[str]):
    type = sa.Text()
    inherit_cache = True


@compiles(_PerDialect)
def _in_sqlite(element: _PerDialect, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.visit_textclause(element, **options))  # type: ignore[no-untyped-call]


@compiles(_PerDialect, "postgresql")
def _in_postgresql(element: _PerDialect, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.visit_textclause(element.postgresql, **options))  # type: ignore[no-untyped-call]


@compiles(_JsonValues)
def _values_in_sqlite(element: _JsonValues, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_JsonValues, "postgresql")
def _values_in_postgresql(element: _JsonValues, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


@compiles(_AsJson)
@compiles(_AsText)
def _as_it_stands(element: FunctionElement[str], compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_AsJson, "postgresql")
def _as_json(element: _AsJson, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS JSON)"


@compiles(_AsText, "postgresql")
def _as_text(element: _AsText, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"


def _insert(table: sa.Table) -> str:
    names = list(table.c.keys())
    values = ", ".join(f":{name}" for name in names)
    return f'INSERT INTO "{table.name}" ({_names(names)}) VALUES ({values})'  # noqa: S608 - names of declared columns


def _names(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _typed(text: str, table: sa.Table) -> TextClause:
    return sa.text(text).bindparams(*(sa.bindparam(column.name, type_=column.type) for column in table.c))


def _postgres_field(at: int, column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.Integer):
        return f"CAST(value ->> {at} AS BIGINT)"
    if isinstance(column.type, sa.Float | Real):
        return f"CAST(value ->> {at} AS DOUBLE PRECISION)"
    return f"value ->> {at}"
