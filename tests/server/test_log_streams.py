"""Logs over HTTP: pages of lines, and live by server-sent events, for many at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tests.server.running import server
from tidemill.pipelines.executors.port import LogLine
from tidemill.tracking import NewRun

WITHIN_S = 40.0
PROJECT = """
import polars as pl
import tidemill as tm

@tm.step
def load(n: int) -> pl.DataFrame:
    return pl.DataFrame({"n": list(range(n))})

@tm.pipeline
def loaded(n: int = 30):
    return load(n)
"""


class Listener:
    """Somebody who listens to a stream, in a thread of their own."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.events: list[tuple[str, str, Any]] = []
        self.status = 0
        self._thread = threading.Thread(target=self._listen, args=(url, headers or {}), daemon=True)
        self._thread.start()

    def texts(self) -> list[str]:
        return [data["text"] for kind, _, data in self.events if kind == "line"]

    def join(self) -> None:
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive(), self.events

    def _listen(self, url: str, headers: dict[str, str]) -> None:
        with httpx.stream("GET", url, headers=headers, timeout=WITHIN_S) as answer:
            self.status = answer.status_code
            told: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    told[name] = value
                elif "event" in told:
                    self.events.append((told["event"], told["id"], json.loads(told["data"])))
                    told = {}


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[tuple[Sandbox, str]]:
    sandbox = open_sandbox(tmp_path / "project")
    sandbox.write(PROJECT)
    with server(sandbox.workspace) as url:
        yield sandbox, url
    sandbox.workspace.database.close()


def eventually(found: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def begin(sandbox: Sandbox) -> str:
    return sandbox.workspace.tracking.start_run(ANN, NewRun("loaded", "loaded")).id


def line(text: str, task: str = "0.1") -> LogLine:
    return LogLine(task, time.time(), "stdout", text)


def test_a_stream_tells_lines_as_they_come_and_ends_with_the_run(yard: tuple[Sandbox, str]) -> None:
    sandbox, url = yard
    run_id = begin(sandbox)
    with sandbox.workspace.step_logs.writer("default", run_id) as writer:
        writer(line("before anybody listened"))
        writer.flush()
        address = f"{url}/api/runs/{run_id}/logs/stream"
        listener, of_second = Listener(address), Listener(f"{address}?position=1")
        eventually(lambda: listener.texts() == ["before anybody listened"], "what was there comes first")
        writer(line("while somebody listens"))
        writer(line("of the second step", "1.1"))
        eventually(lambda: len(listener.texts()) == 3, "what is new comes by itself")
        assert of_second.texts() in ([], ["of the second step"])
    sandbox.workspace.tracking.end_run(ANN, run_id)
    listener.join()
    of_second.join()
    assert listener.texts() == ["before anybody listened", "while somebody listens", "of the second step"]
    assert [id_ for _, id_, _ in listener.events] == ["1", "2", "3", "3"]
    assert listener.events[-1][::2] == ("end", {"status": "finished"})
    assert of_second.texts() == ["of the second step"]


def test_a_stream_goes_on_behind_the_last_event_that_was_seen(yard: tuple[Sandbox, str]) -> None:
    sandbox, url = yard
    run_id = begin(sandbox)
    with sandbox.workspace.step_logs.writer("default", run_id) as writer:
        for number in range(1200):
            writer(line(f"line {number}"))
    sandbox.workspace.tracking.end_run(ANN, run_id, "failed")
    address = f"{url}/api/runs/{run_id}/logs/stream"
    whole, rest = Listener(address), Listener(address, {"last-event-id": "1198"})
    whole.join()
    rest.join()
    assert whole.texts() == [f"line {number}" for number in range(1200)]
    assert rest.texts() == ["line 1198", "line 1199"]
    assert rest.events[-1][2] == {"status": "failed"}
    wrong = httpx.get(address, headers={"last-event-id": "1; drop"})
    assert (wrong.status_code, "Last-Event-ID" in wrong.text) == (400, True)
    assert httpx.get(f"{url}/api/runs/nope/logs/stream").status_code == 404
    assert httpx.head(address).status_code == 200


def test_many_listeners_hold_no_thread_and_others_are_answered(yard: tuple[Sandbox, str]) -> None:
    sandbox, url = yard
    run_id = begin(sandbox)
    address = f"{url}/api/runs/{run_id}/logs/stream"
    listeners = [Listener(address) for _ in range(45)]
    eventually(lambda: all(listener.status == 200 for listener in listeners), "all are let in")
    assert httpx.get(f"{url}/api/runs/{run_id}", timeout=WITHIN_S).status_code == 200
    with sandbox.workspace.step_logs.writer("default", run_id) as writer:
        writer(line("to all"))
    sandbox.workspace.tracking.end_run(ANN, run_id)
    for listener in listeners:
        listener.join()
        assert listener.texts() == ["to all"]


def test_steps_outputs_and_lines_are_told_as_json(yard: tuple[Sandbox, str]) -> None:
    sandbox, url = yard
    run = sandbox.run()
    with sandbox.workspace.step_logs.writer("default", run.run_id) as writer:
        for number in range(3):
            writer(line(f"line {number}"))

    def get(path: str) -> Any:
        answer = httpx.get(f"{url}{path}", timeout=WITHIN_S)
        return answer.json() if answer.status_code == 200 else answer.status_code

    told = get(f"/api/runs/{run.run_id}/steps")
    assert (told["status"], told["totals"]["n_executed"]) == ("finished", 1)
    (step,) = told["steps"]
    assert {"inputs", "outputs", "key_parts", "cache_key", "cpu_seconds", "peak_memory_bytes", "cost"} <= step.keys()
    look = get(f"/api/runs/{run.run_id}/steps/0/outputs/result")
    assert (look["kind"], look["n_rows"], len(look["rows"])) == ("table", 30, 20)
    assert get(f"/api/runs/{run.run_id}/steps/0/outputs/other") == 404
    assert get(f"/api/runs/{run.run_id}/steps/9/outputs/result") == 404
    page = get(f"/api/runs/{run.run_id}/logs?after=1&limit=1")
    assert [each["text"] for each in page["lines"]] == ["line 1"]
    assert get(f"/api/runs/{run.run_id}/logs?limit=0") == 400
    assert [each["run_id"] for each in get("/api/steps?step=load&state=executed")["steps"]] == [run.run_id]
    assert get("/api/steps?state=nope") == 400
    assert get("/api/runs/nope/steps") == 404
