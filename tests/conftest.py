"""What every room's tests may ask for: an empty home, a free port, and one browser a process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.faults.table import pytest_terminal_summary
from tests.object_store import KEY_ID, SECRET, make_bucket, object_store
from tests.ui.browser import CHROMIUM_OPTIONS, find_chromium
from tests.valkey_server import Valkey, running_valkey

__all__ = ["pytest_terminal_summary"]  # a hook of this run, which only the first conftest may bring

#: A busy machine is no counterexample.
settings.register_profile("tidemill", deadline=None)
settings.load_profile("tidemill")


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


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 endpoint, one a process."""
    with object_store() as address:
        yield address


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a new bucket, with credentials for it in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    return f"s3://{make_bucket(s3_endpoint)}/some/prefix?endpoint={s3_endpoint}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium. Playwright runs once in a process, so there is one for all rooms."""
    with sync_playwright() as playwright:
        program = find_chromium(bundled=Path(playwright.chromium.executable_path))
        chromium = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_OPTIONS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A real Valkey for all tests of a process; each takes a database of its own by `valkey.url()`."""
    with running_valkey() as server:
        yield server
