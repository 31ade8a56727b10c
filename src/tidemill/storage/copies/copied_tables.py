"""The tables of a store as they are copied: read in one order, written, found by key, and digested, on any backend.

They are those of `schema.sql`, with types that are no backend's. JSON is copied as the text that it is stored as: the
chain of events holds it byte by byte. What one store has sealed is opened on its way, and sealed anew for another.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from tidemill.storage.encryption.sealed_columns import SEALED_COLUMNS, ColumnSeal, seal_of
from tidemill.storage.records import Transaction
from tidemill.storage.statements import BIG, NOT_A_NUMBER

PIECE = 1000
EVENT = "event"
#: Each store has its own.
KEYRING = "store_keyring"
_MODULUS = 1 << 256

Row = tuple[Any, ...]


class _JsonText(FunctionElement[str]):
    """A column of JSON as it is stored."""

    inherit_cache = True
    type = sa.Text()


class _TextAsJson(FunctionElement[str]):
    """Text on its way into a column of JSON, as it stands."""

    inherit_cache = True
    type = sa.Text()


class _Number(TypeDecorator[Any]):
    """A number, or the word for what is none: so it can be told that two are the same."""

    impl = sa.Float
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Return what the driver is given."""
        return value if value != NOT_A_NUMBER or dialect.name == "sqlite" else math.nan

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """Return what the driver gave."""
        return NOT_A_NUMBER if isinstance(value, float) and math.isnan(value) else value


class _NextNumber(sa.Executable, sa.ClauseElement):
    """Let the numbers of new events follow those that were copied."""

    inherit_cache = True


@compiles(_JsonText)
@compiles(_TextAsJson)
def _plain(element: FunctionElement[str], compiler: SQLCompiler, **options: Any) -> str:
    return ", ".join(compiler.process(each, **options) for each in element.clauses)


@compiles(_JsonText, "postgresql")
def _json_text(element: _JsonText, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_plain(element, compiler, **options)} AS TEXT)"


@compiles(_TextAsJson, "postgresql")
def _text_as_json(element: _TextAsJson, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_plain(element, compiler, **options)} AS JSON)"


@compiles(_NextNumber)
def _by_itself(_element: _NextNumber, _compiler: SQLCompiler, **_options: Any) -> str:
    return "SELECT 1"


@compiles(_NextNumber, "postgresql")
def _set_next(_element: _NextNumber, _compiler: SQLCompiler, **_options: Any) -> str:
    return "SELECT setval(pg_get_serial_sequence('event', 'sequence'), (SELECT max(sequence) FROM event))"


@dataclass
class CopiedTable:
    """A table of the schema, as it is copied."""

    table: sa.Table
    key: Sequence[sa.Column[Any]] = field(init=False)

    def __post_init__(self) -> None:
        columns = list(self.table.columns)
        self._sealed_at = [
            (columns.index(self.table.c[name]), f"{self.name}.{name}") for name in SEALED_COLUMNS.get(self.name, ())
        ]
        self.key = tuple(self.table.primary_key.columns)
        self._key_at = [columns.index(each) for each in self.key]
        self._json_at = [at for at, each in enumerate(columns) if _is_json(each)]

    @property
    def name(self) -> str:
        return self.table.name

    def select(self) -> sa.Select[Any]:
        """Return the statement that reads all rows in the order of the primary key."""
        columns = [_JsonText(each).label(each.name) if _is_json(each) else each for each in self.table.columns]
        return sa.select(*columns).order_by(*self.key)

    def _among(self, keys: Sequence[Row]) -> sa.ColumnElement[bool]:
        if len(self.key) == 1:
            return self.key[0].in_([key[0] for key in keys])
        return sa.tuple_(*self.key).in_(keys)

    def _as_text(self, row: sa.Row[Any], seal: ColumnSeal | None) -> Row:
        values = list(row)
        for at in self._json_at:
            if isinstance(values[at], int | float):  # SQLite keeps a lone number as one
                values[at] = json.dumps(values[at])
        return tuple(values) if seal is None else self._opened(tuple(values), seal)

    def _opened(self, row: Row, seal: ColumnSeal) -> Row:
        """Return a row with the plaintext of its sealed columns; JSON stays text."""
        values = list(row)
        for at, name in self._sealed_at:
            if not self._is_null(values, at):
                sealed = json.loads(values[at]) if at in self._json_at else values[at]
                values[at] = seal.open(name, sealed)
        return tuple(values)

    def _sealed(self, row: Row, seal: ColumnSeal) -> Row:
        """Return a row as it is stored."""
        values = list(row)
        for at, name in self._sealed_at:
            if not self._is_null(values, at):
                sealed = seal.seal(name, values[at])
                values[at] = json.dumps(sealed) if at in self._json_at else sealed
        return tuple(values)

    def _is_null(self, values: list[Any], at: int) -> bool:
        return values[at] is None or (at in self._json_at and values[at] == "null")

    def _insert(self) -> sa.Insert:
        """Return the statement that writes a row, given as parameters by column."""
        return sa.insert(self.table).values(
            {each.name: _TextAsJson(_text_of(each)) for each in self.table.columns if _is_json(each)}
        )

    def _parameters(self, row: Row) -> dict[str, Any]:
        """Return a row as the parameters of `insert`."""
        return {
            (_text_name(each) if _is_json(each) else each.name): value
            for each, value in zip(self.table.columns, row, strict=True)
        }

    def key_of(self, row: Row) -> Row:
        """Return the primary key of a row."""
        return tuple([row[at] for at in self._key_at])

    def stream(self, tx: Transaction) -> Iterator[list[Row]]:
        """Yield all rows, in the order of their keys, a piece at a time."""
        seal = seal_of(tx)
        result = tx.execute(self.select().execution_options(yield_per=PIECE))
        for piece in result.partitions():
            yield [self._as_text(row, seal) for row in piece]

    def find(self, tx: Transaction, keys: Sequence[Row]) -> list[Row]:
        """Return the rows that have one of these keys, in no order."""
        seal = seal_of(tx)
        return [self._as_text(row, seal) for row in tx.execute(self.select().where(self._among(keys)))]

    def write(self, tx: Transaction, rows: Sequence[Row]) -> None:
        """Write rows whose keys are not there."""
        seal = seal_of(tx)
        if seal is not None and self._sealed_at:
            rows = [self._sealed(row, seal) for row in rows]
        if rows:
            tx.execute(self._insert(), [self._parameters(row) for row in rows])

    def delete(self, tx: Transaction, keys: Sequence[Row]) -> None:
        """Delete the rows with these keys."""
        if keys:
            tx.execute(sa.delete(self.table).where(self._among(keys)))

    def count(self, tx: Transaction) -> int:
        """Return how many rows there are."""
        return int(tx.scalar(sa.select(sa.func.count()).select_from(self.table)) or 0)

    def digest(self, tx: Transaction, meanwhile: Callable[[], object] = lambda: None) -> tuple[int, str]:
        """Return the number of rows and a digest of them all, in whatever order a store sorts text.

        meanwhile: called for each piece; a server ends a transaction that is idle for too long.
        """
        count, total = 0, 0
        for piece in self.stream(tx):
            meanwhile()
            count += len(piece)
            for row in piece:
                total += int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest())
        return count, f"{total % _MODULUS:064x}"


def _is_json(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.JSON)


def _text_name(column: sa.Column[Any]) -> str:
    return f"text_of_{column.name}"


def _text_of(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    return sa.bindparam(_text_name(column), type_=sa.Text())


def _copied_type(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """Return a type that holds whatever either backend does: SQLite tells no sizes of numbers."""
    if isinstance(kind, sa.Integer):
        return BIG
    return _Number() if isinstance(kind, sa.Float) else kind


def copied_tables() -> list[CopiedTable]:
    """Return the tables of all rooms as the newest schema has them, the events first.

    >>> [table.name for table in copied_tables()][0]
    'event'
    """

    def generic(_inspector: object, _table: object, column: dict[str, Any]) -> None:
        column["type"] = _copied_type(column["type"].as_generic())

    metadata = sa.MetaData()
    sa.event.listen(metadata, "column_reflect", generic)
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    script = (resources.files("tidemill.storage") / "schema.sql").read_text("utf-8")
    try:
        with engine.begin() as connection:
            for statement in script.split(";\n"):
                if statement.lstrip().startswith("CREATE TABLE"):  # indexes over expressions cannot be read back
                    connection.exec_driver_sql(statement)
            metadata.reflect(connection)
    finally:
        engine.dispose()
    found = [table for name, table in metadata.tables.items() if name != KEYRING]
    tables = sorted(found, key=lambda table: (table.name != EVENT, table.name))
    return [CopiedTable(table) for table in tables]


def continue_numbers(tx: Transaction) -> None:
    """Let the numbers of new events follow those that were copied, where the store does not see to it by itself."""
    tx.execute(_NextNumber())
