"""The process: dies without losing what it answered, stops cleanly, and stays light."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.serving.running import Running, launch, running, until
from tests.serving.samples import ROW, deploy
from tidemill.models import ModelPackage
from tidemill.serving import PredictionLog

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _call_until_dead(server: Running, answered: list[str], stop: threading.Event) -> None:
    with httpx.Client(base_url=server.client.base_url, timeout=10) as client:
        while not stop.is_set():
            try:
                answer = client.post("/predict/delay", json={"rows": [ROW] * 3})
            except httpx.TransportError:
                continue
            if answer.status_code == 200:  # else the next worker is still loading
                answered.extend(prediction["prediction_id"] for prediction in answer.json()["predictions"])


@linux_only
@pytest.mark.parametrize("durability", ["normal", "strict"])
def test_a_killed_worker_loses_no_answered_prediction_and_comes_back(
    home: Path, free_port: int, package: ModelPackage, durability: str
) -> None:
    deploy(home, package, log=durability)
    answered: list[str] = []
    with running(home, free_port) as server:
        stop = threading.Event()
        callers = [threading.Thread(target=_call_until_dead, args=(server, answered, stop)) for _ in range(3)]
        for caller in callers:
            caller.start()
        until(lambda: len(answered) > 100, "it answers")
        time.sleep(random.random() * 0.05)
        n_before = len(answered)
        os.kill(server.worker_pid(), signal.SIGKILL)
        until(lambda: len(answered) > n_before + 100, "the next worker answers")
        stop.set()
        for caller in callers:
            caller.join()
    log = PredictionLog(home / "predictions")
    logged = {found.prediction_id for found in log.scan("default", "delay")}
    assert set(answered) <= logged
    assert log.damage("default", "delay") == []
    assert not list((home / "predictions").rglob("*.open"))


@linux_only
def test_a_worker_whose_supervisor_was_killed_leaves_the_port(
    home: Path, free_port: int, package: ModelPackage
) -> None:
    deploy(home, package)
    with running(home, free_port) as server:
        worker = server.worker_pid()
        server.stop(signal.SIGKILL)
        until(lambda: not Path(f"/proc/{worker}").exists(), "the worker ends")
    with running(home, free_port) as server:
        assert server.predict(ROW).status_code == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_what_is_under_way_and_seals_the_log(
    home: Path, free_port: int, package: ModelPackage, how: signal.Signals
) -> None:
    deploy(home, package)
    answered: list[str] = []
    broken: list[str] = []
    with running(home, free_port) as server:

        def call() -> None:
            with httpx.Client(base_url=server.client.base_url, timeout=10) as client:
                while True:
                    try:
                        body = client.post("/predict/delay", json={"rows": [ROW] * 50}).json()
                    except httpx.ConnectError:
                        return
                    except httpx.TransportError as error:
                        # An idle connection may be closed under a request; a begun answer may not be cut.
                        broken.append(repr(error))
                        return
                    answered.extend(prediction["prediction_id"] for prediction in body["predictions"])

        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        until(lambda: len(answered) > 2_000, "it answers")
        assert server.stop(how) == 0
        for caller in callers:
            caller.join()
    assert not any("incomplete" in error for error in broken)
    logged = {found.prediction_id for found in PredictionLog(home / "predictions").scan("default", "delay")}
    assert set(answered) <= logged
    assert not list((home / "predictions").rglob("*.open"))


def test_two_workers_share_the_port_and_keep_logs_of_their_own(
    home: Path, free_port: int, package: ModelPackage
) -> None:
    deploy(home, package)
    ids = []
    with running(home, free_port, "--workers", "2") as server:
        for _ in range(40):
            answer = httpx.post(f"{server.client.base_url}/predict/delay", json={"rows": [ROW]}, timeout=30)
            if answer.status_code == 200:  # the second worker may still be loading
                ids += [prediction["prediction_id"] for prediction in answer.json()["predictions"]]
    log = PredictionLog(home / "predictions")
    assert all(log.find(id_) for id_ in ids)
    assert len(list((home / "predictions").glob(".w*.lock"))) == 2


def test_it_starts_on_an_empty_folder_that_is_not_there_yet(home: Path, free_port: int) -> None:
    (home / "logs").mkdir()
    process = launch(home / "new" / "home", free_port)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{free_port}") as client:

            def answers() -> bool:
                try:
                    return client.get("/endpoints").text == '{"endpoints":[]}'
                except httpx.TransportError:
                    return False

            until(answers, "it answers")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_it_loads_no_library_of_the_control_plane() -> None:
    heavy = "sqlalchemy alembic polars pandas fastapi starlette uvicorn jinja2 lightgbm onnx sklearn httpx typer rich"
    code = f"import sys, tidemill.serving.process; print([name for name in {heavy.split()!r} if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@linux_only
def test_it_stays_below_its_memory_goal(home: Path, free_port: int, package: ModelPackage) -> None:
    deploy(home, package)
    with running(home, free_port) as server:
        for _ in range(100):
            assert server.predict(ROW).status_code == 200
        kib = 0
        for pid in (server.process.pid, server.worker_pid()):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            kib += int(text.partition("\nPss:")[2].split()[0])
    assert kib / 1024 <= 120
