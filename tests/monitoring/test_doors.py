"""The windows of an endpoint, on the command line and over the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.cli.test_commands import as_json, tidemill
from tests.monitoring.world import DAY, START, open_world
from tests.server.running import server
from tests.small_project import open_project
from tidemill.client import Client
from tidemill.core import NotFoundError, UsageError


@dataclass(frozen=True)
class Place:
    """A store with windows, and the address of its server."""

    folder: Path
    url: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("windows")
    world = open_world(folder)
    for day in range(8):
        ids = world.ask(START + day * DAY, weight=0 if day < 7 else 12)
        world.label(ids, START + (day + 1) * DAY)
    world.ask(START + 8 * DAY + DAY / 24, 10)
    world.clock.set(START + 16 * DAY)
    world.look()
    world.writer.close()
    world.workspace.database.close()
    workspace, _ = open_project(folder)
    with server(workspace) as url:
        yield Place(folder, url)
    workspace.database.close()


def test_the_table_has_a_line_for_each_window(place: Place) -> None:
    done = tidemill(place.folder, "monitor")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split("  ")[0] == "window"
    assert lines[1].startswith("2013-03-11  110 ")
    assert "labels are waited for" in lines[1]
    assert "drifted: weight" in lines[1]
    assert lines[2].startswith("2013-03-04  700   auc 0.")
    assert "100%" in lines[2]
    assert lines[2].rstrip().endswith("steady")
    assert len(tidemill(place.folder, "monitor", "late", "--limit", "1").stdout.splitlines()) == 2


def test_one_window_shows_each_column_and_number(place: Place) -> None:
    done = tidemill(place.folder, "monitor", "late", "--window", "2013-03-04")
    assert done.returncode == 0, done.stderr
    for part in ("late/1 700", "never retrained", "on its holdout", "n_sent", "weight", "depot", "answer"):
        assert part in done.stdout
    found = as_json(place.folder, "monitor", "late", "--window", "2013-03-04")
    assert {each["monitor"] for each in found} == {"drift", "performance"}
    assert found[0]["starts_at"] == "2013-03-04T00:00:00.000000Z"


def test_mistakes_are_one_line(place: Place) -> None:
    for arguments, said in (
        (("monitor", "lat"), "Did you mean 'late'?"),
        (("monitor", "--window", "2013-03-05"), "no drift window of endpoint 'late'"),
        (("monitor", "--window", "monday"), "is not an instant"),
        (("monitor", "--window", "9999-12-31T23:59:59-12:00"), "is not of the years 1 to 9999 in UTC"),
    ):
        done = tidemill(place.folder, *arguments)
        assert done.returncode != 0
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B01:00"])
def test_a_window_beyond_the_calendar_is_refused_over_the_api(place: Place, at: str) -> None:
    answer = httpx.get(f"{place.url}/api/endpoints/late/windows/drift/{at}")
    assert answer.status_code == 400
    assert "is not of the years 1 to 9999 in UTC" in answer.json()["error"]["message"]


def test_the_api_gives_the_same(place: Place) -> None:
    with Client(place.url) as client:
        found = client.get("/api/endpoints/late/windows")
        assert [each["monitor"] for each in found["windows"]] == ["drift", "drift", "performance"]
        assert found["watermark"] > "2013-03-12"
        one = client.get("/api/endpoints/late/windows/performance/2013-03-04T00:00:00Z")
        assert one["result"]["served"]["n"] == 700
        assert one["coverage"] == 1.0
        assert len(client.get("/api/endpoints/late/windows", monitor="performance")["windows"]) == 1
        with pytest.raises(NotFoundError, match="no performance window"):
            client.get("/api/endpoints/late/windows/performance/2013-03-11")
        with pytest.raises(NotFoundError, match="Did you mean 'late'"):
            client.get("/api/endpoints/lat/windows")
        with pytest.raises(UsageError, match="not an instant"):
            client.get("/api/endpoints/late/windows/drift/now")
        with pytest.raises(NotFoundError, match=r"no monitor 'foo'\. There is: drift, performance\."):
            client.get("/api/endpoints/late/windows/foo/2013-03-04T00:00:00Z")
