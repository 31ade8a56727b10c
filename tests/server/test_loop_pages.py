"""The pages of the loop over a store whose loop has really turned: tide line, windows, turns, home, events."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from tests.cli.running import eventually
from tests.loop.world import DAY, FIRST, HEAVIER, World, release_first, write_watched_project
from tests.server.running import server
from tests.serving_process import serving
from tests.small_project import ANN, open_project
from tidemill.client import Client
from tidemill.core import StoredClock, new_id
from tidemill.deployment import Endpoint
from tidemill.feedback import NewLabel
from tidemill.loop import Turn
from tidemill.server.worker import Worker
from tidemill.workspace import Workspace

_WEEKS = 7
Json = dict[str, Any]


@dataclass
class Mill:
    """A store whose loop has turned, and the server before it."""

    workspace: Workspace
    endpoint: Endpoint
    address: str

    def turns(self) -> list[Turn]:
        return self.workspace.loop.turns(ANN, "late")

    def told(self, path: str) -> Json:
        found = httpx.get(f"{self.address}{path}.json")
        assert found.status_code == 200, found.text
        return cast(Json, found.json())

    def shown(self, path: str) -> str:
        found = httpx.get(f"{self.address}{path}")
        assert found.status_code == 200, found.text
        return found.text


@pytest.fixture(scope="module")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mill]:
    """Seven weeks: the parcels become heavier in the third, the loop promotes, and a person asks for a turn."""
    folder = tmp_path_factory.mktemp("pages")
    write_watched_project(folder)
    clock = StoredClock(folder / "clock")
    clock.set(FIRST)
    release_first(folder, clock).database.close()
    workspace, project = open_project(folder, clock)
    endpoint, world = project.endpoints["late"], World(folder)
    with serving(folder / ".tidemill", "late", clock=clock.path) as plane:
        with Client(plane) as client:
            for number in range(7 * _WEEKS):
                _live(workspace, clock, client, (world, number))
                if workspace.loop.turn(ANN, endpoint).n_open:
                    assert Worker(workspace).work_once()
                    _wait_for_the_newest(workspace, client)
        _quarantine(workspace, world)
        workspace.loop.turn(ANN, endpoint)
        with server(workspace, serving_port=urlsplit(plane).port) as address:
            yield Mill(workspace, endpoint, address)
    workspace.database.close()


def _wait_for_the_newest(workspace: Workspace, client: Client) -> None:
    """Wait until the data plane answers with what was deployed last: a week passes here sooner than it looks again."""
    newest = workspace.deployments.list_revisions(ANN, "late")[0].revision
    eventually(lambda: client.get("/endpoints")["endpoints"][0]["revision"] == newest, f"revision {newest}")


def _live(workspace: Workspace, clock: StoredClock, client: Client, lived: tuple[World, int]) -> None:
    world, number = lived
    day = FIRST + number * DAY
    clock.set(day)
    if number:
        world.write_file(day - DAY)
    if number > 1:
        workspace.feedback.record(ANN, world.labels(day - 2 * DAY))
    clock.set(day + DAY - timedelta(minutes=20))
    world.ask(client, day)


def _quarantine(workspace: Workspace, world: World) -> None:
    known = world.ids[FIRST][0]
    given = next(iter(world.labels(FIRST)))
    workspace.feedback.record(ANN, [NewLabel(new_id(FIRST), 1.0), NewLabel(known, not given.label, given.event_at)])


def test_the_endpoint_says_whether_it_is_all_right(mill: Mill) -> None:
    told = mill.told("/endpoints/late")
    promoted = [turn for turn in mill.turns() if turn.state == "promoted"]
    assert promoted
    serves = mill.workspace.deployments.list_revisions(ANN, "late")[0].reference
    assert told["sentence"].startswith(f"{serves} serves since ")
    assert "AUC 0." in told["sentence"]
    assert "100 % labelled" in told["sentence"]
    assert re.search(r"\d+ turns?: \d+ promoted", told["sentence"])
    assert "the next look is when events reach" in told["sentence"]
    assert told["card"]["station"] == "Watch"
    assert told["loop"]["n_turns"] == len(mill.turns())
    assert [turn["turn_id"] for turn in told["loop"]["turns"]] == [turn.id for turn in mill.turns()]


def test_the_tide_line_holds_the_stored_windows(mill: Mill) -> None:
    windows = mill.told("/endpoints/late")["loop"]["windows"]
    stored = mill.workspace.monitoring.windows(ANN, "late", "performance", 100)
    values = {each.starts_at.date().isoformat(): each for each in stored}
    assert len(windows) >= _WEEKS - 1
    measured = [window for window in windows if window["value"]]
    assert measured
    for window in measured:
        record = values[window["starts_at"][:10]]
        assert window["n_rows"] == record.n_rows
        assert window["value"]["value"] == pytest.approx(cast(Any, record.result).served.value)
    later = [window for window in measured if window["versions"][0]["text"] != "late/1"]
    assert later
    assert all(window["never_retrained"]["value"] < window["value"]["value"] for window in later[-1:])
    page = mill.shown("/endpoints/late")
    assert page.count('class="tide-window"') == len(windows)
    for turn in mill.turns():
        assert f'href="/endpoints/late/turns/{turn.id}"' in page


def test_every_link_of_the_loop_leads_somewhere(mill: Mill) -> None:
    pages, seen = ["/endpoints/late", "/", "/audit?q=turn", "/audit?q=window", "/audit?q=labels"], set[str]()
    for path in pages:
        for link in re.findall(r'href="(/(?:endpoints|audit|runs|models)[^"]*)"', mill.shown(path)):
            seen.add(html.unescape(link))
    assert any("/windows/" in link for link in seen)
    assert any("/turns/" in link for link in seen)
    for link in sorted(seen):
        assert httpx.get(mill.address + link).status_code == 200, link


def test_a_turn_says_why_what_ran_how_it_was_judged_and_what_serves(mill: Mill) -> None:
    turn = next(turn for turn in reversed(mill.turns()) if turn.state == "promoted")
    told = mill.told(f"/endpoints/late/turns/{turn.id}")
    assert "so a candidate was trained and promoted" in told["sentence"]
    assert told["turn"]["trigger"] == turn.trigger
    assert told["turn"]["before"]["text"] == turn.before
    assert told["turn"]["after"]["text"] == turn.after
    assert told["window"]["starts_at"][:10] == cast(Any, turn.window_starts_at).date().isoformat()
    assert [link["kind"] for link in told["chain"]] == ["fired", "run", "gate", "serves"]
    assert told["gate"]["passed"] is True
    assert told["turn"]["decided"]["estimate"]["value"] > 0.5
    assert told["since"]
    assert all(window["versions"][0]["text"] == turn.after for window in told["since"][:1])
    shown = mill.shown(f"/endpoints/late/turns/{turn.id}")
    assert cast(str, turn.run_id) in shown


def test_a_window_tells_each_column_and_who_answered(mill: Mill) -> None:
    told = mill.told(f"/endpoints/late/windows/{HEAVIER:%Y-%m-%d}")
    assert told["window"]["drifted"] is True
    assert told["columns"][0]["name"] == "weight"
    assert told["columns"][0]["psi"] > told["columns"][0]["limit"]
    assert {column["role"] for column in told["columns"]} == {"input", "answer"}
    assert sum(share["n_rows"] for share in told["served"]) == told["window"]["n_rows"]
    assert told["turn"]["url"].startswith("/endpoints/late/turns/")
    assert "weight" in told["sentence"]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/endpoints/late/windows/2013-02-19", "no window that starts at"),
        ("/endpoints/late/windows/yesterday", "no start of a window"),
        ("/endpoints/late/turns/nothing", "turn"),
        ("/endpoints/other/windows/2013-02-18", "endpoint"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(mill: Mill, path: str, word: str) -> None:
    for found in (httpx.get(mill.address + path), httpx.get(f"{mill.address}{path}.json")):
        assert found.status_code == 404
        assert word in html.unescape(found.text)


def test_a_turn_of_another_endpoint_is_not_shown_here(mill: Mill) -> None:
    assert httpx.get(f"{mill.address}/endpoints/other/turns/{mill.turns()[0].id}").status_code == 404


def test_labels_in_quarantine_stand_on_the_endpoints_page(mill: Mill) -> None:
    quarantine = mill.told("/endpoints/late")["quarantine"]
    assert quarantine["n"] == 2
    assert {reason for reason, _ in quarantine["reasons"]} == {
        "unknown prediction",
        "contradicts the label given before",
    }
    assert "tidemill labels late" in mill.shown("/endpoints/late")


def test_home_shows_the_last_window_and_what_the_loop_did(mill: Mill) -> None:
    live = mill.told("/home")["live"]
    (card,) = live["endpoints"]
    assert card["history_of"] == "windows"
    assert len(card["history"]) > 2
    assert "labelled" in card["metric_note"]
    assert {fact["label"] for fact in card["facts"]} >= {"Drift", "Last turn"}
    words = " ".join(happening["words"] for happening in live["happenings"])
    assert "turn of its loop" in words


def test_the_audit_trail_leads_to_windows_and_turns(mill: Mill) -> None:
    for asked, kind in (("turn", "turn.fired"), ("window", "window.evaluated"), ("labels", "labels.recorded")):
        rows = cast(list[Json], httpx.get(f"{mill.address}/audit.json?q={asked}").json()["events"])
        assert kind in {row["kind"] for row in rows}
        assert any(row["subject"]["url"] for row in rows)


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
def test_every_page_of_the_loop_fits_and_is_quiet(mill: Mill, browser: Browser, width: int) -> None:
    said: list[str] = []
    pictures = os.environ.get("TIDEMILL_UI_PICTURES", "")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    turn = mill.turns()[-1]
    for path in (
        "/",
        "/endpoints/late",
        f"/endpoints/late/turns/{turn.id}",
        f"/endpoints/late/windows/{HEAVIER:%Y-%m-%d}",
    ):
        page.goto(mill.address + path)
        assert page.locator("h1").count() == 1
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, path
        if pictures:
            page.screenshot(path=Path(pictures) / f"loop{path.replace('/', '_')[:24]}-{width}.png", full_page=True)
    page.goto(f"{mill.address}/endpoints/late")
    page.locator(".tide-mark").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/turns/{turn.id}")
    page.close()
    assert not said


def test_a_turn_is_asked_for_by_the_button(mill: Mill, browser: Browser) -> None:
    """From here on a turn goes on; the next test ends it."""
    before = len(mill.turns())
    page = browser.new_page()
    page.goto(f"{mill.address}/endpoints/late")
    page.get_by_role("button", name="Retrain late now").click()
    page.get_by_role("heading", name="Turn of").wait_for()
    assert len(mill.turns()) == before + 1
    page.goto(f"{mill.address}/endpoints/late")
    assert page.get_by_role("button", name="Retrain late now").count() == 0
    assert "retraining" in page.inner_text("h1")
    assert mill.told("/endpoints/late")["card"]["station"] == "Train"
    assert "fired by hand" in mill.told("/endpoints/late")["sentence"]
    assert "asked for by" in mill.told(f"/endpoints/late/turns/{mill.turns()[0].id}")["sentence"].lower()
    page.close()


def test_a_turn_that_failed_says_why_and_what_goes_on(mill: Mill) -> None:
    module = mill.workspace.folder / "parcels.py"
    module.write_text(module.read_text().replace("known = rows.labelled()", "raise ValueError('out of parcels')"))
    assert Worker(mill.workspace).work_once()
    mill.workspace.loop.turn(ANN, mill.endpoint)
    turn = mill.turns()[0]
    assert turn.state == "failed"
    told = mill.told(f"/endpoints/late/turns/{turn.id}")
    assert "but the turn failed" in told["sentence"]
    assert "out of parcels" in told["sentence"]
    assert f"{turn.before} goes on serving" in told["sentence"]
    assert "run" in [link["kind"] for link in told["chain"]]
    assert "1 failed" in mill.told("/endpoints/late")["sentence"]
    assert "failed" in {happening["kind"] for happening in mill.told("/home")["live"]["happenings"]}


def test_an_endpoint_that_is_watched_and_has_no_window_yet(tmp_path: Path) -> None:
    write_watched_project(tmp_path, "tm.every('28d')")
    clock = StoredClock(tmp_path / "clock")
    clock.set(FIRST)
    workspace = release_first(tmp_path, clock)
    with server(workspace, serving_port=1) as address:
        page = httpx.get(f"{address}/endpoints/late").text
        for words in ("No window is over yet", "No turn has been fired yet", "every 28d", "Retrain late now"):
            assert words in page
        assert "Not watched yet" not in page
    workspace.database.close()
