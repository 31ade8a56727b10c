"""The server says that it lives before it is loaded; whoever asks for more waits; what goes wrong ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.server.test_process import WITHIN_S, running
from tidemill.server.opening import Opening
from tidemill.server.process import listen, make_server

CREATE = "/api/2.0/mlflow/experiments/create"


def says(word: str) -> ASGIApp:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": word.encode()})

    return answer


@contextmanager
def opened(opening: Opening) -> Iterator[Callable[..., httpx.Response]]:
    with listen("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        web = make_server(opening)
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield lambda path, **headers: httpx.get(address + path, headers=headers, timeout=WITHIN_S)
        web.should_exit = True
        thread.join(WITHIN_S)


def test_health_is_answered_first_then_mlflow_then_the_rest() -> None:
    opening = Opening()
    with opened(opening) as get, ThreadPoolExecutor() as threads:
        assert (get("/health").status_code, get("/health").text) == (200, "OK")
        waiting: dict[str, Future[httpx.Response]] = {path: threads.submit(get, path) for path in (CREATE, "/ready")}
        foreign = threads.submit(get, "/health", host="evil.example")
        opening.open_door(says("door"))
        assert waiting[CREATE].result(WITHIN_S).text == "door"
        assert not waiting["/ready"].done()
        assert not foreign.done()  # it is refused by who knows the words
        opening.open(says("whole"))
        assert waiting["/ready"].result(WITHIN_S).text == foreign.result(WITHIN_S).text == "whole"
        assert [get(path).text for path in ("/health", CREATE)] == ["whole", "whole"]


def test_nobody_waits_for_what_is_never_opened() -> None:
    opening = Opening()
    with opened(opening) as get, ThreadPoolExecutor() as threads:
        waiting = [threads.submit(get, path) for path in (CREATE, "/ready")]
        opening.fail()
        for each in waiting:
            answer = each.result(WITHIN_S)
            assert (answer.status_code, answer.json()["error"]["code"]) == (502, "unavailable")


def test_a_mistake_that_is_found_late_ends_the_server(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "tidemill.toml").write_text('[retention]\nruns = "for ever and ever"\n')
    with running("tidemill.server", tmp_path, "--port", str(free_port)) as process:
        out, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, out) == (2, "")
    listening, mistake = err.splitlines()
    assert "listening on" in listening
    assert "for ever and ever" in mistake
