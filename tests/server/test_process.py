"""The server and the worker as processes: they start, answer, refuse and end cleanly."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.small_project import ANN
from tidemill import __version__
from tidemill.access import Role
from tidemill.app import open_workspace
from tidemill.core import Settings

WITHIN_S = 30


def start(module: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-m", module, "--folder", str(folder), *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextmanager
def running(module: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = start(module, folder, *arguments)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(port: int, path: str = "/health") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_healthy(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            assert get(port)[0] == 200
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"not healthy: {process.poll()}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_on_an_empty_folder_and_ends_cleanly(tmp_path: Path, free_port: int, number: int) -> None:
    with running("tidemill.server", tmp_path, "--port", str(free_port)) as process:
        wait_healthy(free_port, process)
        status, body = get(free_port, "/ready")
        assert (status, json.loads(body)) == (200, {"status": "ready", "version": __version__})
        assert get(free_port, "/")[0] == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=WITHIN_S)
        assert (process.returncode, out) == (0, "")
        assert err == f"tidemill server: listening on http://127.0.0.1:{free_port}, home {tmp_path / '.tidemill'}\n"


def test_a_second_start_finds_everything_as_it_was(tmp_path: Path, free_port: int) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / ".tidemill"))
    workspace.tokens.create(ANN, "robot", Role.VIEWER)
    workspace.database.close()
    for _ in range(2):
        with running("tidemill.server", tmp_path, "--port", str(free_port)) as process:
            wait_healthy(free_port, process)
            assert b'"robot"' in get(free_port, "/api/tokens")[1]
            process.terminate()
            process.wait(WITHIN_S)


def refused(module: str, folder: Path, *arguments: str) -> tuple[int, str]:
    process = start(module, folder, *arguments)
    _, err = process.communicate(timeout=WITHIN_S)
    assert err.count("\n") == 1, err
    return process.returncode, err


def test_a_port_in_use_is_one_line(tmp_path: Path, free_port: int) -> None:
    with running("tidemill.server", tmp_path, "--port", str(free_port)) as process:
        wait_healthy(free_port, process)
        code, line = refused("tidemill.server", tmp_path, "--port", str(free_port))
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{free_port} (Address already in use); choose another --port" in line


def test_it_does_not_listen_for_others_while_nobody_needs_a_token(tmp_path: Path, free_port: int) -> None:
    code, line = refused("tidemill.server", tmp_path, "--host", "0.0.0.0", "--port", str(free_port))
    assert code == 2
    assert "no token exists yet; make one with 'tidemill token create NAME --role admin'" in line


@pytest.mark.parametrize("module", ["tidemill.server", "tidemill.server.worker"])
def test_a_file_that_is_no_store_is_one_line(tmp_path: Path, module: str, free_port: int) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "records.db").write_text("not a database, and long enough to be looked at" * 10)
    port = ["--port", str(free_port)] if module == "tidemill.server" else []
    code, line = refused(module, tmp_path, "--home", str(tmp_path / "home"), *port)
    assert code == 1
    assert "is not a Tidemill store" in line


@pytest.mark.parametrize(("port", "words"), [("0", "port 0 is not a port"), ("70000", "choose one from 1 to 65535")])
def test_a_port_that_is_none_is_one_line(tmp_path: Path, port: str, words: str) -> None:
    code, line = refused("tidemill.server", tmp_path, "--port", port)
    assert code == 2
    assert words in line


def test_a_worker_ends_cleanly(tmp_path: Path) -> None:
    with running("tidemill.server.worker", tmp_path) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"tidemill worker: waiting for jobs, home {tmp_path / '.tidemill'}\n"
        process.terminate()
        process.wait(WITHIN_S)
        assert process.returncode == 0
