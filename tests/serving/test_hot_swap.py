"""Swapping revisions while requests come: nobody notices, and a bad revision changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving.running import Running, running, until
from tests.serving.samples import ROW, VIEW, deploy
from tidemill.models import ModelPackage, load_predictor
from tidemill.serving import PredictionLog, RequestColumn, withdraw_snapshot

N_SWITCHES = 40


@dataclass
class Seen:
    """What the callers got while things changed."""

    answers: list[tuple[str, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@contextmanager
def _callers(server: Running, n: int = 4) -> Iterator[Seen]:
    """Callers that ask without a pause, half of them with a new connection each time."""
    seen, stop = Seen(), threading.Event()

    def call(keep: bool) -> None:
        with httpx.Client(base_url=server.client.base_url, timeout=30) as client:
            while not stop.is_set():
                try:
                    headers = {} if keep else {"connection": "close"}
                    answer = client.post("/predict/delay", json={"rows": [ROW]}, headers=headers)
                    body = answer.json()
                    seen.answers.append((body["model"], body["predictions"][0]["value"]))
                except (httpx.HTTPError, KeyError, ValueError) as error:
                    seen.failures.append(repr(error))

    threads = [threading.Thread(target=call, args=(index % 2 == 0,)) for index in range(n)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _expected(package: ModelPackage) -> float:
    return float(load_predictor(package, "onnx").predict({name: [value] for name, value in ROW.items()})[0])


def test_no_request_fails_or_mixes_revisions_in_many_swaps(
    home: Path, free_port: int, package: ModelPackage, other_package: ModelPackage
) -> None:
    packages = (other_package, package)
    deploy(home, package, 1)
    with running(home, free_port) as server:
        with _callers(server) as seen:
            for revision in range(2, N_SWITCHES + 2):
                deploy(home, packages[revision % 2], revision)
                until(lambda wanted=revision: server.report()["revision"] == wanted, "the swap")  # type: ignore[misc]
                assert server.predict(ROW).json()["revision"] == revision
        assert server.stop() == 0
    assert seen.failures == []
    assert len(seen.answers) > N_SWITCHES
    values = [_expected(package) for package in packages]
    assert values[0] != values[1]
    assert all(value == values[int(model.removeprefix("delay/")) % 2] for model, value in seen.answers)
    logged = list(PredictionLog(home / "predictions").scan("default", "delay"))
    assert len(logged) == len(seen.answers) + N_SWITCHES


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _break(home: Path, package: ModelPackage, how: str) -> str:
    """Deploy a bad second revision and return what must be said about it."""
    folder = home / "serving" / "default" / "delay"
    changes: dict[str, dict[str, Any]] = {
        "a column no model knows": {"request": (RequestColumn("carrier", "string"), RequestColumn("hour", "integer"))},
        "text for a number": {"request": tuple(RequestColumn(name, "string") for name in ROW)},
        "a view without its key": {"views": (VIEW,), "request": (RequestColumn("hour", "integer"),)},
        "another runtime": {"runtime": "quantum"},
        "a newer format": {"format": 99},
        "another digest": {"package_digest": "0" * 64},
    }
    if how in changes:
        deploy(home, package, 2, **changes[how])
        return {
            "a column no model knows": "neither the request nor a view gives",
            "text for a number": "as a number, the snapshot gives string",
            "a view without its key": "looked up by 'carrier', which no request column gives",
            "another runtime": "There is no runtime 'quantum'",
            "a newer format": "upgrade tidemill",
            "another digest": "digest",
        }[how]
    if how == "a damaged model":
        files = {**package.files, "model.onnx": b"not a model"}
        deploy(home, ModelPackage(files), 2)
        return "model.onnx does not load"
    if how == "no pointer":
        folder.joinpath("current").unlink()
        return "current is missing"
    folder.joinpath("2.json").write_text("{")
    pointer = folder / "next"
    pointer.write_text("2.json")
    pointer.replace(folder / "current")
    return "is not a snapshot"


@pytest.mark.parametrize(
    "how",
    [
        "a column no model knows",
        "text for a number",
        "a view without its key",
        "another runtime",
        "a newer format",
        "another digest",
        "a damaged model",
        "no pointer",
        "half a snapshot",
    ],
)
def test_a_bad_revision_leaves_the_old_one_answering(
    home: Path, free_port: int, package: ModelPackage, other_package: ModelPackage, how: str
) -> None:
    deploy(home, package, 1)
    with running(home, free_port) as server, _callers(server, n=2) as seen:
        wanted = _break(home, other_package, how)
        until(lambda: server.report()["error"] is not None, "the error is reported")
        report = server.report()
        assert wanted in report["error"]
        assert report["revision"] == 1
        assert server.predict(ROW).json()["model"] == "delay/1"
        lines = [line for line in server.stderr().splitlines() if "was not loaded" in line]
        assert len(lines) == 1
        assert "default/delay was not loaded, revision 1 goes on answering" in lines[0]
        deploy(home, other_package, 3)
        until(lambda: server.report()["revision"] == 3, "a good revision ends it")
        assert server.report()["error"] is None
    assert seen.failures == []


def test_a_flipped_bit_in_a_model_is_never_served(home: Path, free_port: int, package: ModelPackage) -> None:
    deploy(home, package, 1)
    _flip(home / "serving" / "default" / "delay" / "models" / package.digest / "model.onnx")
    with running(home, free_port) as server:
        answer = server.predict(ROW)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert "model.onnx has digest" in answer.json()["error"]["message"]
        deploy(home, package, 1)
        until(lambda: server.predict(ROW).status_code == 200, "the restored file is loaded")


def test_endpoints_come_and_go_while_it_runs(home: Path, free_port: int, package: ModelPackage) -> None:
    with running(home, free_port) as server:
        assert server.predict(ROW).status_code == 404
        deploy(home, package)
        until(lambda: server.predict(ROW).status_code == 200, "the new endpoint answers")
        withdraw_snapshot(home / "serving", "default", "delay")
        until(lambda: server.predict(ROW).status_code == 404, "the withdrawn endpoint is gone")
        assert server.report() == {}
        deploy(home, package, 2)
        until(lambda: server.predict(ROW).status_code == 200, "it is deployed again")
