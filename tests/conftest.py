"""What every room's tests may ask for: an empty home and a free port."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty folder to be a Tidemill home, apart from anything else the test writes."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
