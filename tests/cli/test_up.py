"""One command brings everything up, keeps it up, and takes it down."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.running import alive, eventually, free_ports, healthy, up
from tests.cli.test_commands import tidemill
from tests.small_project import ANN, open_project, release, write_project
from tidemill.client import Client

ROW = {"depot": "B", "weight": 15.0, "sent_at": None}


def test_an_empty_folder_comes_up_and_goes_down_clean(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        with Client(running.ready["pages"]) as client:
            assert client.get("/ready")["status"] == "ready"
            assert client.get("/api/models") == {"models": []} or client.get("/api/models") == []
        assert running.stop() == 0
        eventually(lambda: not any(alive(pid) for pid in running.ready["pids"].values()), "the end of every child")
    with up(tmp_path) as again:
        assert again.stop(signal.SIGTERM) == 0


def test_a_second_start_finds_everything_as_it_was(tmp_path: Path) -> None:
    write_project(tmp_path)
    release(tmp_path)
    answers = []
    for _ in range(2):
        with up(tmp_path) as running, Client(f"http://127.0.0.1:{running.port + 1}") as client:
            eventually(lambda: any(e["revision"] for e in client.get("/endpoints")["endpoints"]), "a loaded endpoint")
            answers.append(client.predict("late", [ROW])[0])
    assert answers[0].value == answers[1].value
    workspace, _ = open_project(tmp_path)
    assert {each.prediction_id for each in workspace.predictions.recent(ANN, "late", 10)} == {
        answer.prediction_id for answer in answers
    }
    for answer in answers:
        assert workspace.evidence.why(ANN, answer.prediction_id).version.reference == "late/1"


def test_a_killed_child_is_started_again_and_no_answer_is_lost(tmp_path: Path) -> None:
    write_project(tmp_path)
    release(tmp_path)
    with up(tmp_path) as running, Client(f"http://127.0.0.1:{running.port + 1}") as client:
        eventually(lambda: any(e["revision"] for e in client.get("/endpoints")["endpoints"]), "a loaded endpoint")
        before = client.predict("late", [ROW])[0]
        for name, port in (("server", running.port), ("serving", running.port + 1)):
            running.kill(name)
            eventually(lambda port=port: healthy(port), f"{name} again")  # type: ignore[misc]
        running.kill("worker")
        eventually(lambda: any(e["revision"] for e in client.get("/endpoints")["endpoints"]), "a loaded endpoint")
        after = client.predict("late", [ROW])[0]
        assert after.value == before.value
        with Client(running.ready["pages"]) as server:
            for each in (before, after):
                assert server.get(f"/api/predictions/{each.prediction_id}")


def test_children_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        pids = list(running.ready["pids"].values())
        running.process.kill()
        eventually(lambda: not any(alive(pid) for pid in pids), "the end of every child")
        eventually(lambda: not healthy(running.port) and not healthy(running.port + 1), "free ports")


def test_a_queued_run_is_executed_by_the_worker_and_released(tmp_path: Path) -> None:
    write_project(tmp_path)
    with up(tmp_path) as running, Client(running.ready["pages"]) as client:
        job_id = client.post("/api/runs", {"pipeline": "lateness", "params": {"n_trees": 10}})["job_id"]
        eventually(lambda: client.get(f"/api/jobs/{job_id}")["state"] not in {"queued", "leased"}, "the end of the job")
        job = client.get(f"/api/jobs/{job_id}")
        assert job["state"] == "done", job
        with Client(f"http://127.0.0.1:{running.port + 1}") as serving:
            eventually(lambda: any(e["revision"] for e in serving.get("/endpoints")["endpoints"]), "an endpoint")
            assert serving.predict("late", [ROW])[0].model == "late/1"


@pytest.mark.parametrize("taken", [0, 1])
def test_a_port_in_use_is_one_line_and_nothing_is_started(tmp_path: Path, taken: int) -> None:
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + taken)):
        done = subprocess.run(
            [sys.executable, "-m", "tidemill", "up", "--port", str(port)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"port {port + taken}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_listening_to_others_without_a_token_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tidemill", "up", "--host", "0.0.0.0", "--port", str(free_ports())],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "token create" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_free_ports_are_found_and_addresses_can_be_opened(tmp_path: Path) -> None:
    made = tidemill(tmp_path, "token", "create", "ann", "--role", "admin")
    assert made.returncode == 0
    with up(tmp_path, 0, "--host", "0.0.0.0", "--allow-host", "models.example.org") as running:
        for address in (running.ready["pages"], running.ready["predict"].partition("/predict")[0]):
            with Client(address) as client:
                assert client.get("/ready")
            named = httpx.get(f"{address}/health", headers={"Host": "models.example.org"})
            foreign = httpx.get(f"{address}/health", headers={"Host": "evil.example.org"})
            assert (named.status_code, foreign.status_code) == (200, 403)


def test_an_address_of_six_is_written_in_brackets(tmp_path: Path) -> None:
    with up(tmp_path, 0, "--host", "::1") as running, Client(running.ready["pages"]) as client:
        assert running.ready["pages"].startswith("http://[::1]:")
        assert client.get("/ready")


def test_a_mistake_that_a_child_tells_is_one_clean_line(tmp_path: Path) -> None:
    done = tidemill(tmp_path, "up", "--host", "0.0.0.0", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: host '0.0.0.0' is reachable from other machines")
