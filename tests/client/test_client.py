"""The client: answers as records, the server's refusals as this package's own errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.serving_process import serving
from tests.small_project import release, write_project
from tidemill.client import Client
from tidemill.core import NotFoundError, TidemillError, UnavailableError, UsageError

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
