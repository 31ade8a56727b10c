"""Tables as the API and the page tell of them: filled ones, older versions, and what is asked for wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import polars as pl
import pytest

from tests.server.running import server
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.workspace import Workspace

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    opened.tables.create("shop/A&B", {"order": pl.Int64, "at": pl.Datetime("us", "UTC"), "raw": pl.Binary})
    rows = {"order": [1, 2], "at": [AT, None], "raw": [b"\x00a", b""]}
    opened.tables.append("shop/A&B", pl.DataFrame(rows), once="first")
    opened.tables.append("shop/A&B", pl.DataFrame({"order": [3], "price": [float("nan")]}))
    yield opened
    opened.database.close()


def test_a_filled_table_is_told_by_the_api_and_shown_on_the_page(workspace: Workspace) -> None:
    with server(workspace) as address, httpx.Client(base_url=address) as client:
        (line,) = client.get("/api/tables").json()["tables"]
        assert (line["name"], line["version"], line["n_rows"], line["n_columns"]) == ("shop/A&B", 2, 3, 4)
        told = client.get("/api/tables", params={"name": "shop/A&B"}).json()
        assert {row["order"] for row in told["rows"]} == {1, 2, 3}
        assert [(each["change"], each["n_added"]) for each in told["versions"]] == [
            ("create", 0),
            ("append", 2),
            ("append", 1),
        ]
        older: dict[str, str | int] = {"name": "shop/A&B", "version": 1, "limit": 1}
        told = client.get("/api/tables", params=older).json()
        assert (told["version"], told["n_rows"], len(told["rows"]), "price" in told["columns"]) == (1, 2, 1, False)
        page = client.get("/storage").text
        assert "shop/A&amp;B" in page
        assert "shop/A&B" not in page


ASKED_WRONGLY: list[tuple[dict[str, str | int], int]] = [
    ({"name": "none"}, 404),
    ({"name": "../../etc"}, 400),
    ({"name": ""}, 400),
    ({"name": "shop/A&B", "version": -1}, 404),
    ({"name": "shop/A&B", "version": 9}, 404),
    ({"name": "shop/A&B", "version": 1 << 70}, 404),
    ({"name": "shop/A&B", "version": "x"}, 400),
    ({"name": "shop/A&B", "limit": 0}, 400),
]


def test_what_is_asked_for_wrongly_is_told(workspace: Workspace) -> None:
    with server(workspace) as address, httpx.Client(base_url=address) as client:
        for asked, status in ASKED_WRONGLY:
            answer = client.get("/api/tables", params=asked)
            assert answer.status_code == status, (asked, answer.text)
            assert answer.json()["error"]["message"]
