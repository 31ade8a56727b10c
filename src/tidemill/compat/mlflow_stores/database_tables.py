"""The tables of an MLflow database of any version: what columns are there is asked, and the others are empty."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tidemill.core import UnavailableError, UsageError

_NEEDED = ("experiments", "runs", "metrics", "params", "tags")
_AT_ONCE = 500


class Tables:
    """An opened database. Raises UnavailableError when it stops answering.

    writing: it is opened to be written too. Raises UsageError for a URL that names no MLflow database, UnavailableError
    when nothing answers there.
    """

    def __init__(self, url: str, *, writing: bool = False) -> None:
        parsed = checked_url(url)
        self.where = parsed.render_as_string(hide_password=True)
        self._engine = sa.create_engine(_opened(parsed, writing=writing), poolclass=sa.pool.NullPool)
        try:
            self.connection = self._connection = self._engine.connect()
            if parsed.get_backend_name() == "postgresql" and not writing:
                self._connection.execution_options(isolation_level="REPEATABLE READ")
            self._columns = self._look()
        except sa.exc.SQLAlchemyError as error:
            raise UnavailableError(f"{self.where} cannot be read: {first_line(error)}") from error
        missing = [name for name in _NEEDED if name not in self._columns]
        if missing:
            self.close()
            raise UsageError(f"{self.where} is no MLflow database: it has no table {missing[0]!r}")

    def has(self, table: str) -> bool:
        """Tell whether there is a table."""
        return table in self._columns

    def rows(self, table: str, order: Sequence[str] = (), **where: Any) -> Iterator[Mapping[str, Any]]:
        """Yield rows of a table as mappings; a column that it does not have is empty. where: values that are equal."""
        if not self.has(table):
            return
        source = self.table(table)
        statement = sa.select(source).order_by(*(source.c[name] for name in order if name in source.c))
        for name, value in where.items():
            if name in source.c:
                statement = statement.where(source.c[name] == value)
        for row in self._read(statement).mappings():
            yield _Sparse(row)

    def rows_among(self, table: str, column: str, values: Sequence[Any], **where: Any) -> Iterator[Mapping[str, Any]]:
        """Yield rows whose column has one of some values, those of a value one behind the other."""
        if not self.has(table):
            return
        source = self.table(table)
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            statement = sa.select(source).where(source.c[column].in_(some)).order_by(source.c[column])
            for name, value in where.items():
                statement = statement.where(source.c[name] == value)
            for row in self._read(statement).mappings():
                yield _Sparse(row)

    def points(self, run_ids: Sequence[str]) -> Iterable[Any]:
        """Yield run, key, step, milliseconds, value and whether it is not a number, of all points of some runs."""
        source = self.table("metrics")
        step = source.c.step if "step" in source.c else sa.literal(0)
        nan = source.c.is_nan if "is_nan" in source.c else sa.literal(value=False)
        columns = (source.c.run_uuid, source.c.key, step, source.c.timestamp, source.c.value, nan)
        statement = sa.select(*columns).where(source.c.run_uuid.in_(run_ids)).order_by(source.c.run_uuid)
        return self._read(statement.execution_options(yield_per=20_000))

    def ids(self, table: str, column: str, after: Any, limit: int, **where: Any) -> list[Any]:
        """Return the next values of a column, behind one, in order."""
        source = self.table(table)
        statement = sa.select(source.c[column]).order_by(source.c[column]).limit(limit)
        for name, value in where.items():
            statement = statement.where(source.c[name] == value)
        if after is not None:
            statement = statement.where(source.c[column] > after)
        return list(self._read(statement).scalars())

    def count(self, table: str) -> int:
        """Return how many rows a table has; none when it is not there."""
        if not self.has(table):
            return 0
        return int(self._read(sa.select(sa.func.count()).select_from(self.table(table))).scalar() or 0)

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table; none when it is not there."""
        return self._columns.get(table, [])

    def table(self, name: str) -> sa.TableClause:
        """Return a table."""
        return sa.table(name, *(sa.column(column) for column in self._columns[name]))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._engine.dispose()

    def _look(self) -> dict[str, list[str]]:
        inspector = sa.inspect(self._connection)
        return {name: [each["name"] for each in inspector.get_columns(name)] for name in inspector.get_table_names()}

    def _read(self, statement: sa.Executable) -> sa.CursorResult[Any]:
        try:
            return self._connection.execute(statement)
        except sa.exc.SQLAlchemyError as error:
            raise UnavailableError(f"{self.where} cannot be read: {first_line(error)}") from error


class _Sparse(dict[str, Any]):
    """A row whose missing columns are None."""

    def __missing__(self, _name: str) -> None:
        return None


def checked_url(url: str, *, is_new: bool = False) -> sa.URL:
    """Return the parts of a database's URL. is_new: the file may not be there yet. Raises UsageError."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise UsageError("that is no URL of a database; write sqlite:///PATH or postgresql://HOST/NAME") from None
    backend = parsed.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise UsageError(f"a database of {backend} is not read here; bring it over by its server's URL")
    if backend == "sqlite" and not (parsed.database and (is_new or Path(parsed.database).is_file())):
        raise UsageError(
            f"there is no file {parsed.database or ''!r}; write sqlite:////absolute/path or sqlite:///path"
        )
    if backend == "postgresql" and importlib.util.find_spec("psycopg") is None:
        raise UsageError("PostgreSQL needs its driver; run: pip install 'tidemill[postgres]'")
    return parsed


def _opened(url: sa.URL, *, writing: bool) -> sa.URL:
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    path, mode = Path(url.database or "").absolute(), "rw" if writing else "ro"
    return sa.URL.create("sqlite", database=f"file:{path.as_posix()}", query={"mode": mode, "uri": "true"})


def first_line(error: Exception) -> str:
    """Return the first line of what a database says."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().split("\n", maxsplit=1)[0]
