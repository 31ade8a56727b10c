"""The client: answers as records, the server's refusals as this package's own errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.serving_process import serving
from tests.small_project import release, write_project
from tidemill.client import Client
from tidemill.core import ConflictError, NotFoundError, TidemillError, UnavailableError, UsageError

ROW = {"depot": "B", "weight": 15.0, "sent_at": datetime(2013, 2, 16, tzinfo=UTC)}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("client")
    write_project(folder)
    workspace, _ = release(folder)
    with serving(workspace.home, "late") as address, Client(address) as opened:
        yield opened


def test_rows_are_answered_in_order_each_with_an_id_of_its_own(client: Client) -> None:
    answers = client.predict("late", [ROW | {"weight": float(weight)} for weight in range(50)], request_id="batch-1")
    assert len({answer.prediction_id for answer in answers}) == 50
    assert {answer.model for answer in answers} == {"late/1"}
    alone = [client.predict("late", [ROW | {"weight": float(weight)}])[0].value for weight in range(0, 50, 10)]
    assert [answer.value for answer in answers[::10]] == alone


@pytest.mark.parametrize(
    ("endpoint", "rows", "kind", "said"),
    [
        ("latte", [ROW], NotFoundError, "Did you mean"),
        ("late", [ROW | {"weight": "heavy"}], UsageError, "weight"),
        ("late", [ROW, ROW | {"depot": 3}], UsageError, "depot"),
        ("late", [ROW | {"wieght": 1.0}], UsageError, "wieght"),
        ("late", [{}], UsageError, "depot"),
    ],
)
def test_a_refusal_comes_back_as_one_line(
    client: Client, endpoint: str, rows: list[dict[str, Any]], kind: type[TidemillError], said: str
) -> None:
    with pytest.raises(kind) as caught:
        client.predict(endpoint, rows)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nobody_there_is_told_from_a_refusal() -> None:
    with Client("http://127.0.0.1:9") as nobody, pytest.raises(UnavailableError, match="tidemill up"):
        nobody.predict("late", [ROW])


@pytest.fixture
def flaky(client: Client) -> Iterator[Flaky]:
    """Something between the client and the data plane that breaks connections."""
    with Flaky(client) as flaky:
        yield flaky


class Flaky:
    """Passes requests on to a data plane, and breaks the first few: before they arrive, after, or with a 503."""

    def __init__(self, client: Client) -> None:
        self.breaks: list[str] = []
        self.n_requests = 0
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                flaky.n_requests += 1
                how = flaky.breaks.pop(0) if flaky.breaks else ""
                if how == "before":
                    self.close_connection = True
                    return
                answer, status = json.dumps(client.post(self.path, body)).encode(), 200
                if how == "after":
                    self.close_connection = True
                    return
                if how == "busy":
                    answer, status = b'{"error": {"code": "unavailable", "message": "loading"}}', 503
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Flaky:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_request_with_an_id_is_sent_again_until_it_is_answered(client: Client, flaky: Flaky) -> None:
    flaky.breaks = ["before", "after", "busy", "after"]
    with Client(flaky.url) as through:
        answers = through.predict("late", [ROW, ROW], request_id="broken")
    assert flaky.n_requests == 5
    assert answers == client.predict("late", [ROW, ROW], request_id="broken"), "it was answered the first time"


def test_a_request_without_an_id_is_sent_once(flaky: Flaky) -> None:
    flaky.breaks = ["after"]
    with Client(flaky.url) as through, pytest.raises(UnavailableError):
        through.predict("late", [ROW])
    assert flaky.n_requests == 1


def test_asking_again_ends_after_its_time_and_no_refusal_is_asked_again(flaky: Flaky) -> None:
    flaky.breaks = ["busy"] * 100
    with Client(flaky.url, retry_s=0.3) as through, pytest.raises(UnavailableError, match="loading"):
        through.predict("late", [ROW], request_id="bounded")
    assert 3 <= flaky.n_requests <= 6
    flaky.breaks = []
    with Client(flaky.url) as through:
        through.predict("late", [ROW], request_id="mine")
    flaky.breaks = ["busy"]
    with Client(flaky.url, retry_s=0) as once, pytest.raises(UnavailableError):
        once.predict("late", [ROW], request_id="once")


def test_the_id_of_another_request_is_a_conflict(client: Client) -> None:
    client.predict("late", [ROW], request_id="taken")
    with pytest.raises(ConflictError, match="'taken'"):
        client.predict("late", [ROW, ROW], request_id="taken")
