"""Runs that are logged to a server, which may be away, stop and start, or refuse."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import tidemill.recording as tm
from tests.recording.nursery import Nursery, Request, counted
from tests.recording.stored import QUIET
from tests.server.running import server
from tidemill.access import Caller, Role, local_caller
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import NotFoundError, Settings, TidemillError, UsageError, new_id
from tidemill.recording import sync
from tidemill.recording.recorder import PROCESS
from tidemill.server import ServerOptions
from tidemill.server.application import build_application
from tidemill.server.process import listen, make_server
from tidemill.workspace import Workspace

ANN = local_caller()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("served")
    opened = open_workspace(folder, Settings(home=folder / "home"))
    yield opened
    opened.database.close()


@pytest.fixture(scope="module")
def url(workspace: Workspace) -> Iterator[str]:
    with server(workspace) as address:
        yield address


@contextmanager
def serving_at(workspace: Workspace, port: int) -> Iterator[None]:
    """Serve a workspace at a port until the block ends."""
    with listen("127.0.0.1", port) as listener:
        changed = dataclasses.replace(workspace.settings, port=port)
        web = make_server(build_application(workspace, ServerOptions(workspace.folder, changed)))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            web.should_exit = True
            thread.join(20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def steps(workspace: Workspace, run_id: str, key: str = "loss") -> list[int]:
    return [point.step for point in workspace.tracking.metric_history(ANN, run_id, key)]


def test_a_run_on_a_server_is_as_one_in_a_folder(url: str, workspace: Workspace, tmp_path: Path) -> None:
    params = {"text": "é" * 5000}
    with tm.run("remote", params=params, url=url, home=tmp_path / "here", seed=3, system_metrics=False) as run:
        for step in range(12_000):
            tm.log_metric("loss", step / 7)
        for number in range(300):
            tm.log_param(f"p{number}", "x" * 5000)
        for value in (float("nan"), float("inf"), -float("inf")):
            tm.log_metric("odd", value)
        tm.log_text("kept", "notes/a b.txt")
        tm.log_dict({"large": "x" * (9 << 20)}, "large.json")
    detail = workspace.tracking.get_run(ANN, run.id)
    assert (detail.run.experiment, detail.run.status) == ("remote", "finished")
    assert steps(workspace, run.id) == list(range(12_000))
    assert [str(point.value) for point in workspace.tracking.metric_history(ANN, run.id, "odd")] == [
        "nan",
        "inf",
        "-inf",
    ]
    assert len(detail.params) == 301
    assert workspace.blobs.get(detail.tags["tidemill.environment"])
    assert list((tmp_path / "here" / "journals").iterdir()) == []
    with workspace.artifacts.open(ANN, run.id, "notes/a b.txt") as file:
        assert file.read() == b"kept"
    assert workspace.artifacts.get(ANN, run.id, "large.json").size > 9 << 20
    with tm.run(url=url, home=tmp_path / "here", run_id=run.id, **QUIET):
        tm.log_metric("loss", 0.0)
    assert steps(workspace, run.id)[-1] == 12_000


def test_a_server_that_comes_and_goes_loses_nothing(workspace: Workspace, tmp_path: Path) -> None:
    port = free_port()
    run = tm.run("away", url=f"http://127.0.0.1:{port}", home=tmp_path, **QUIET)
    logged = 0

    def log(n: int) -> None:
        nonlocal logged
        for _ in range(n):
            run.log_metric("loss", float(logged), logged)
            logged += 1

    def stored() -> int:
        try:
            return len(steps(workspace, run.id))
        except NotFoundError:
            return 0

    log(1000)
    for _ in range(3):
        before = stored()
        with serving_at(workspace, port):
            deadline = time.monotonic() + 60
            while stored() == before:
                log(10)
                assert time.monotonic() < deadline
                time.sleep(0.02)
        log(500)
    began = time.monotonic()
    run.finish()
    assert time.monotonic() - began < 30
    assert [path.suffix for path in (tmp_path / "journals").iterdir() if path.suffix != ".lock"] == [".journal"]
    PROCESS.leave(run.writer.target)  # as the end of this process would
    with serving_at(workspace, port):
        report = sync(Settings(home=tmp_path), {})
        assert (report.waiting, report.n_journals, report.runs) == ({}, 1, [run.id])
        assert sync(Settings(home=tmp_path), {}).n_journals == 0
    assert steps(workspace, run.id) == list(range(logged))
    assert workspace.tracking.get_run(ANN, run.id).run.status == "finished"


def test_a_process_killed_while_it_logs_to_a_server(
    nursery: Nursery, url: str, workspace: Workspace, tmp_path: Path
) -> None:
    for _ in range(3):
        request = Request(str(tmp_path), str(tmp_path / "record"), new_id(), url)
        child = nursery.bear(request)
        deadline = time.monotonic() + 60
        while counted(Path(request.record)) < 300:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        nursery.ended()
        report = sync(Settings(home=tmp_path), {})
        assert report.waiting == {}
        found = steps(workspace, request.run_id)
        assert found == list(range(len(found)))
        assert len(found) >= counted(Path(request.record))
        assert workspace.tracking.get_run(ANN, request.run_id).run.status == "killed"


def test_a_token_that_is_refused_waits_for_a_better_one(workspace: Workspace, tmp_path: Path) -> None:
    token = workspace.tokens.create(ANN, f"trainer-{new_id()}", Role.EDITOR)
    with server(workspace, "0.0.0.0") as address:
        began = time.monotonic()
        with tm.run(url=address, home=tmp_path, **QUIET) as run:
            tm.log_metric("loss", 1.0)
        assert time.monotonic() - began < 30
        PROCESS.leave(run.writer.target)
        assert len(sync(Settings(home=tmp_path), {}).waiting) == 1
        assert sync(Settings(home=tmp_path), {"TIDEMILL_TOKEN": token}).waiting == {}
    assert steps(workspace, run.id) == [0]


BATCH = {"journal": "j", "start": 0, "end": 1, "begin": {"name": "first", "experiment": "routes", "at": 5}}


def test_the_routes_answer_clearly(url: str, workspace: Workspace) -> None:
    run_id = new_id()
    path = f"/api/runs/{run_id}"

    def put(body: dict[str, object]) -> str:
        return str(httpx.put(f"{url}{path}", json=body).json()["run"]["name"])

    with Client(url) as client:
        assert put({"name": "first"}) == "first"
        assert put({"name": "other"}) == "first"
        assert client.post(f"{path}/log", {**BATCH, "points": [["a", "NaN", 3, 4]]}) == {"position": 1}
        assert client.post(f"{path}/log", {**BATCH, "points": [["a", 1.0, 9, 4]]}) == {"position": 1}
        assert client.post(f"{path}/heartbeat") == {"status": "running"}
        wrong = (
            {**BATCH, "points": [["a", "high", 3, 4]]},
            {**BATCH, "points": [["a", 1.0, 3]]},
            {**BATCH, "points": [["a", 1.0, 3.5, 4]]},
            {**BATCH, "points": [["a", 1.0, 3, 4]] * 5001},
            {**BATCH, "points": [["a", None, 3, 4]]},
            {**BATCH, "start": -1},
            {**BATCH, "finish": {"status": "done"}},
            {**BATCH, "surprise": 1},
            {"journal": "j"},
        )
        for body in wrong:
            with pytest.raises(UsageError) as told:
                client.post(f"{path}/log", {**body, "start": body.get("start", 1) or 1} if "start" in body else body)
            assert "\n" not in str(told.value)
        with pytest.raises(TidemillError, match="larger than 1 MiB"):
            client.post(f"{path}/log", {**BATCH, "params": {"a": "x" * (1 << 20)}})
        with pytest.raises(NotFoundError):
            client.post(f"/api/runs/{new_id()}/heartbeat")
        with pytest.raises(NotFoundError):
            client.post(f"/api/runs/{new_id()}/log", {"journal": "j", "start": 0, "end": 1})
        for strange in ("..%2f..%2fetc", "a%00b", "x" * 40, "run id"):
            with pytest.raises((UsageError, NotFoundError)):
                client.post(f"/api/runs/{strange}/log", BATCH)
        assert client.post(f"{path}/end", {"status": "failed", "error": "no"})["run"]["status"] == "failed"
        assert client.post(f"{path}/end", {"status": "finished"})["run"]["status"] == "failed"
    assert steps(workspace, run_id, "a") == [3]


def test_a_viewer_logs_nothing_and_projects_do_not_meet(workspace: Workspace) -> None:
    run_id = new_id()
    viewer = workspace.tokens.create(ANN, f"viewer-{run_id}", Role.VIEWER)
    other = workspace.tokens.create(Caller("eve", "other", Role.ADMIN), f"eve-{run_id}", Role.EDITOR)
    editor = workspace.tokens.create(ANN, f"editor-{run_id}", Role.EDITOR)
    with server(workspace, "0.0.0.0") as address:
        with Client(address, viewer) as client, pytest.raises(TidemillError, match="editor"):
            client.post(f"/api/runs/{run_id}/log", BATCH)
        for token in (other, editor):
            with Client(address, token) as client:
                assert client.post(f"/api/runs/{run_id}/log", {**BATCH, "params": {"by": token[-4:]}})["position"] == 1
    assert workspace.tracking.get_run(ANN, run_id).params == {"by": editor[-4:]}
