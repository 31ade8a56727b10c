"""A request with an id is answered and logged once, whatever happens between asking and asking again."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving.running import Running, running, until
from tests.serving.samples import REQUEST, ROW, deploy
from tidemill.client import Client
from tidemill.models import ModelPackage
from tidemill.serving import PredictionLog, RequestColumn

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def started(home: Path, free_port: int, package: ModelPackage) -> Iterator[Running]:
    """A data plane with the endpoint `delay`."""
    deploy(home, package)
    with running(home, free_port) as server:
        yield server


def _logged(home: Path, endpoint: str = "delay") -> list[str]:
    return [found.prediction_id for found in PredictionLog(home / "predictions").scan("default", endpoint)]


@pytest.mark.parametrize("endpoint", ["delay", "native", "strict", "featured"])
@pytest.mark.parametrize("n", [1, 3, 2_000])
def test_the_same_again_is_the_same_bytes_and_logged_once(
    shared: Running, shared_home: Path, endpoint: str, n: int
) -> None:
    rows = [{**ROW, "hour": hour % 24, "scheduled_at": None} for hour in range(n)]
    ask = {"path": f"/predict/{endpoint}", "request_id": f"same-{endpoint}-{n}"}
    first, second = shared.predict(*rows, **ask), shared.predict(*rows, **ask)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    ids = {prediction["prediction_id"] for prediction in first.json()["predictions"]}
    logged = Counter(_logged(shared_home, endpoint))
    assert len(ids) == n
    assert all(logged[id_] == 1 for id_ in ids)
    assert sum(found.request_id == ask["request_id"] for found in _scan(shared_home, endpoint)) == n


def _scan(home: Path, endpoint: str) -> Iterator[Any]:
    return PredictionLog(home / "predictions").scan("default", endpoint)


def test_the_same_id_for_another_body_is_a_conflict(shared: Running) -> None:
    assert shared.predict(ROW, request_id="once").status_code == 200
    other = shared.predict({**ROW, "hour": 8}, request_id="once")
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "conflict"
    assert "'once'" in other.json()["error"]["message"]
    assert "\n" not in other.json()["error"]["message"]


def test_an_id_belongs_to_its_endpoint_and_an_empty_one_is_none(shared: Running) -> None:
    answers = [
        shared.predict(ROW, request_id="of-its-endpoint", path=path).json()["predictions"]
        for path in ("/predict/delay", "/predict/native", "/predict/acme/other")
    ]
    assert len({answer[0]["prediction_id"] for answer in answers}) == 3
    assert [shared.predict({**ROW, "hour": hour}, request_id="").status_code for hour in (1, 2)] == [200, 200]


def test_a_refused_request_may_come_again_mended(shared: Running) -> None:
    assert shared.predict({**ROW, "hour": "late"}, request_id="mended").status_code == 400
    assert shared.predict(ROW, request_id="mended").status_code == 200


def test_the_same_at_the_same_time_is_computed_once(started: Running, home: Path) -> None:
    bodies = [
        {"rows": [{**ROW, "hour": turn % 24}] * n, "request_id": f"t-{turn}"} for turn, n in enumerate([1, 900] * 15)
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = [list(threads.map(lambda _, body=body: _post(started, body), range(8))) for body in bodies]
    assert all(len(set(each)) == 1 for each in answers)
    logged = _logged(home)
    assert len(logged) == len(set(logged)) == sum(len(body["rows"]) for body in bodies)


def _post(server: Running, body: dict[str, Any]) -> bytes:
    """Ask over a connection of its own."""
    connection = HTTPConnection("127.0.0.1", server.client.base_url.port or 0, timeout=30)
    try:
        connection.request("POST", "/predict/delay", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    assert response.status == 200, answer
    return answer


@linux_only
@pytest.mark.parametrize("durability", [pytest.param("normal", marks=pytest.mark.long), "strict"])
def test_a_killed_worker_has_answered_once_or_not_at_all(
    home: Path, free_port: int, package: ModelPackage, durability: str
) -> None:
    deploy(home, package, log=durability)
    answered: dict[str, list[str]] = {}
    n_batches, stop = 200, threading.Event()
    with running(home, free_port) as server, Client(str(server.client.base_url)) as client:
        killer = threading.Thread(target=_kill_now_and_then, args=(server, stop))
        killer.start()

        def ask(number: int) -> None:
            time.sleep(random.random() * 0.1)
            rows = [{**ROW, "hour": number % 24}] * (1 + number % 40)
            found = client.predict("delay", rows, request_id=f"batch-{number}")
            answered[f"batch-{number}"] = [prediction.prediction_id for prediction in found]

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(ask, range(n_batches)))
        stop.set()
        killer.join()
        again = client.predict("delay", [{**ROW, "hour": 7}] * 8, request_id="batch-7")
        assert [prediction.prediction_id for prediction in again] == answered["batch-7"]
        n_starts = server.stderr().count("answers with")
    assert n_starts > 3, "it was killed while it answered"
    by_request: dict[str, list[str]] = {}
    for found in _scan(home, "delay"):
        by_request.setdefault(found.request_id, []).append(found.prediction_id)
    assert by_request == answered


def _kill_now_and_then(server: Running, stop: threading.Event) -> None:
    for _ in range(10):
        pid = server.worker_pid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: _answers_again(server, pid, revision=1), "the next worker answers")  # noqa: B023 - called at once
        if stop.wait(0.1 + random.random() * 0.4):
            return


@linux_only
def test_a_promotion_and_a_restart_change_no_given_answer(
    home: Path, free_port: int, package: ModelPackage, other_package: ModelPackage
) -> None:
    deploy(home, package)
    ids = [f"r-{number}" for number in range(20)]
    with running(home, free_port) as server:
        given = [server.predict({**ROW, "hour": hour}, request_id=id_).content for hour, id_ in enumerate(ids)]
        more = (*REQUEST, RequestColumn("gate", "string", nullable=False))
        deploy(home, other_package, revision=2, request=more)
        until(lambda: server.report().get("revision") == 2, "revision 2 answers")
        refused = server.predict(ROW, request_id="new")
        assert refused.status_code == 400, "revision 2 asks for another column"
        assert [server.predict({**ROW, "hour": hour}, request_id=id_).content for hour, id_ in enumerate(ids)] == given
        pid = server.worker_pid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: _answers_again(server, pid, revision=2), "the next worker answers")
        assert [server.predict({**ROW, "hour": hour}, request_id=id_).content for hour, id_ in enumerate(ids)] == given
        reused = server.predict({**ROW, "hour": 3, "gate": "A1"}, request_id="r-2")
        assert reused.status_code == 409
    assert len(_logged(home)) == len(ids)


def _answers_again(server: Running, before: int, revision: int) -> bool:
    try:
        return server.report().get("revision") == revision and server.worker_pid() != before
    except (IndexError, httpx.TransportError):
        return False


def test_workers_of_one_store_know_each_others_answers(home: Path, free_port: int, package: ModelPackage) -> None:
    deploy(home, package)
    with running(home, free_port, "--workers", "2") as server:
        until(lambda: server.stderr().count("answers with") == 2, "both workers have loaded")
        given: dict[int, set[bytes]] = {}

        def ask(number: int) -> None:
            # Which worker takes a new connection is up to the kernel.
            body = {"rows": [{**ROW, "hour": number % 40 % 24}], "request_id": f"r-{number % 40}"}
            given.setdefault(number % 40, set()).add(_post(server, body))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(ask, range(400)))
    assert len(given) == 40
    assert all(len(answers) == 1 for answers in given.values())
    assert len(_logged(home)) == 40
    workers = {path.name[:2] for path in (home / "predictions").rglob("*.sealed")}
    assert workers == {"w1", "w2"}, "both have answered"


def test_a_log_that_cannot_be_read_answers_no_request_with_an_id(started: Running, home: Path) -> None:
    folder = home / "predictions" / "default" / "delay"
    (folder / "w7-01a1fe1b13e277dea90523d4134fb515-000001.open").mkdir(parents=True)
    refused = started.predict(ROW, request_id="unsure")
    assert refused.status_code == 503
    assert "cannot be read" in refused.json()["error"]["message"]
    assert started.predict(ROW).status_code == 200, "without an id nothing has to be looked for"
    (folder / "w7-01a1fe1b13e277dea90523d4134fb515-000001.open").rmdir()
    assert started.predict(ROW, request_id="unsure").status_code == 200
