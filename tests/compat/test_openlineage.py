"""Runs are told as events of OpenLineage: valid, in order, nothing lost, whatever becomes of the receiver."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.compat.openlineage_schema import check_event
from tests.compat.receiver import Inbox, receiver
from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tidemill.compat import Lineage, LineageSender, receiver_of, send_for_a_while
from tidemill.compat.openlineage.datasets import RunDatasets
from tidemill.compat.openlineage.facets import Facets
from tidemill.compat.openlineage.run_events import WHOLE, Due, Recorded, RunEvents, due_events
from tidemill.core import UnavailableError, UsageError, iso
from tidemill.pipelines import RunOptions, RunParked, StepError, StepRun
from tidemill.server.scheduler import Scheduler
from tidemill.tracking import NewRun, Run, RunDetail
from tidemill.workspace import Workspace

PROJECT = """
import polars as pl
import tidemill as tm


@tm.source(files="*.csv", key="id", event_time="at", checks=[tm.not_null("id"), tm.between("size", 0, 10)])
def parcels(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(pl.col("at").str.to_datetime(time_zone="UTC"))


@tm.step
def load(source, least: int) -> pl.DataFrame:
    return source.rows.filter(pl.col("size") >= least).collect()


@tm.step
def total(rows: pl.DataFrame) -> float:
    if rows.height == 0:
        raise ValueError("nothing is left of geheim-geheim")
    return float(rows["size"].sum())


@tm.pipeline
def sums(least: int = 0):
    return total(load(parcels, least))
"""
WITHIN_S = 40.0
RUN_OF_TWO = [
    ("START", "sums"),
    ("START", "sums.load"),
    ("COMPLETE", "sums.load"),
    ("START", "sums.total"),
    ("COMPLETE", "sums.total"),
    ("COMPLETE", "sums"),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Sandbox]:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "p.csv").write_text("id,at,size\np1,2013-01-01T00:00:00,2\np2,2013-01-02T00:00:00,3\n")
    opened = open_sandbox(folder)
    opened.write(PROJECT)
    yield opened
    opened.workspace.database.close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiver() as opened:
        yield opened


def telling(house: Sandbox, url: str) -> Workspace:
    settings = dataclasses.replace(house.workspace.settings, openlineage=url)
    return dataclasses.replace(house.workspace, settings=settings)


def lineage(house: Sandbox, url: str, said: list[str] | None = None) -> Lineage:
    return Lineage(house.workspace, receiver_of(url, {}), (said if said is not None else []).append)


def silent(_: str) -> None:
    """Say nothing."""


def eventually(found: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_a_run_is_told_from_start_to_end_by_valid_events(house: Sandbox, inbox: Inbox) -> None:
    run = house.run()
    assert lineage(house, inbox.url).send_due() == 6
    assert inbox.told() == RUN_OF_TWO
    for event in inbox.events:
        check_event(event)
    assert set(inbox.paths) == {"/api/v1/lineage"}
    whole, load = inbox.events[-1], inbox.events[2]
    assert whole["run"]["runId"].replace("-", "") == run.run_id
    assert load["run"]["facets"]["parent"]["run"]["runId"] == whole["run"]["runId"]
    assert {event["run"]["runId"] for event in inbox.events[1:3]} == {load["run"]["runId"]}
    (read,) = load["inputs"]
    assert (read["namespace"], read["name"]) == ("tidemill://default", "parcels")
    assert read["facets"]["version"]["datasetVersion"] == "1"
    assert [each["name"] for each in read["facets"]["schema"]["fields"]] == ["id", "at", "size"]
    quality = read["inputFacets"]
    assert quality["dataQualityMetrics"]["rowCount"] == 2
    assert quality["dataQualityMetrics"]["columnMetrics"]["id"] == {"nullCount": 0, "distinctCount": 2}
    assert {each["assertion"] for each in quality["dataQualityAssertions"]["assertions"]} >= {"not_null", "between"}
    (made,) = load["outputs"]
    assert made["name"] == "sums.load.result"
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert made["outputFacets"]["outputStatistics"]["size"] > 0
    assert inbox.events[3]["inputs"][0]["name"] == "sums.load.result"
    assert [each["name"] for each in whole["inputs"]] == ["parcels"]
    assert [each["name"] for each in whole["outputs"]] == ["sums.total.result"]


def test_nothing_is_told_twice_and_a_reused_step_is_told_as_one(house: Sandbox, inbox: Inbox) -> None:
    house.run()
    teller = lineage(house, inbox.url)
    teller.send_due()
    assert teller.send_due() == 0
    house.run()
    assert lineage(house, inbox.url).send_due() == 6
    assert inbox.told() == RUN_OF_TWO * 2
    assert inbox.events[8]["run"]["facets"]["tidemill_step"]["state"] == "reused"


def test_a_failure_is_told_with_its_traceback_and_without_secrets(
    house: Sandbox, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "geheim-geheim")
    with pytest.raises(StepError):
        house.run(least=100)
    lineage(house, inbox.url).send_due()
    assert inbox.told()[-2:] == [("FAIL", "sums.total"), ("FAIL", "sums")]
    for event in inbox.events:
        check_event(event)
    facet = inbox.events[-2]["run"]["facets"]["errorMessage"]
    assert facet["message"].endswith("ValueError: nothing is left of [redacted]")
    assert "project.py" in facet["stackTrace"]
    assert "geheim" not in json.dumps(inbox.events)


def test_what_a_killed_run_left_is_aborted(house: Sandbox, inbox: Inbox) -> None:
    tracking = house.workspace.tracking
    run = tracking.start_run(ANN, NewRun("sums", "sums"))
    teller = lineage(house, inbox.url)
    assert teller.send_due() == 1
    assert teller.send_due() == 0
    tracking.end_run(ANN, run.id, "killed", "interrupted")
    teller.send_due()
    assert inbox.told() == [("START", "sums"), ("ABORT", "sums")]


def test_while_a_run_is_under_way_its_steps_are_told_as_they_come() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def at(second: int) -> str:
        return iso(start + timedelta(seconds=second))

    def step(position: int, state: str, begun: int, ended: int | None) -> StepRun:
        done = at(ended) if ended is not None else None
        blank: Any = {"code_digest": "", "cache_key": None, "key_parts": {}, "inputs": [], "outputs": []}
        return StepRun(
            "01a2000000007000800000000000000a", position, f"s{position}", state, reused_from=None, note="",
            started_at=at(begun), seconds=0.0, ended_at=done, **blank,
        )  # fmt: skip

    def recorded(status: str, *steps: StepRun) -> Recorded:
        ended = None if status == "running" else at(99)
        run = Run("01a2000000007000800000000000000a", "p", "p", status, at(0), ended, "ann", None, None, None)
        return Recorded(RunDetail(run, {}, {}, {}), steps, None)

    under_way = recorded("running", step(0, "executed", 1, 3), step(1, "running", 2, None), step(2, "waiting", 0, None))
    assert due_events(under_way, {}) == [
        Due(at(0), WHOLE, "START"),
        Due(at(1), 0, "START"),
        Due(at(2), 1, "START"),
        Due(at(3), 0, "COMPLETE"),
    ]
    sent = {WHOLE: "START", 0: "COMPLETE", 1: "START"}
    assert due_events(under_way, sent) == []
    killed = recorded("killed", step(0, "executed", 1, 3), step(1, "running", 2, None), step(2, "waiting", 0, None))
    assert due_events(killed, sent) == [Due(at(99), 1, "ABORT"), Due(at(99), WHOLE, "ABORT")]
    skipped = recorded("finished", step(0, "skipped", 1, 1), step(1, "caught", 2, 3))
    assert [(due.position, due.kind) for due in due_events(skipped, {WHOLE: "START"})] == [
        (1, "START"), (1, "FAIL"), (WHOLE, "COMPLETE"),
    ]  # fmt: skip


def test_what_a_receiver_does_not_take_comes_later_in_order(house: Sandbox, inbox: Inbox) -> None:
    house.run()
    inbox.status = 503
    with pytest.raises(UnavailableError, match="answers 503"):
        lineage(house, inbox.url).send_due()
    inbox.status = 201
    inbox.lose_answer = True
    with pytest.raises(UnavailableError, match="does not answer"):
        lineage(house, inbox.url).send_due()
    lineage(house, inbox.url).send_due()
    # The one whose answer was lost came again, right behind itself.
    assert inbox.told() == [RUN_OF_TWO[0], *RUN_OF_TWO]


def test_an_event_that_is_refused_for_good_is_left_out_and_said(house: Sandbox, inbox: Inbox) -> None:
    house.run()
    inbox.status = 422
    said: list[str] = []
    lineage(house, inbox.url, said).send_due()
    assert len(said) == 6
    assert "refuses an event with 422" in said[0]
    inbox.status = 201
    assert lineage(house, inbox.url).send_due() == 0


def test_a_thread_sends_while_the_receiver_comes_and_goes(house: Sandbox, inbox: Inbox) -> None:
    inbox.status = 500
    said: list[str] = []
    sender = LineageSender(telling(house, inbox.url), said.append, every_s=0.02)
    sender.start()
    try:
        house.run()
        eventually(lambda: inbox.n_asked >= 3, "it is tried again")
        assert inbox.events == []
        inbox.status = 201
        eventually(lambda: len(inbox.events) == 6, "all of it comes")
        house.run(least=1)
        eventually(lambda: len(inbox.events) == 12, "the next run comes too")
    finally:
        sender.stop()
    assert inbox.told() == RUN_OF_TWO * 2
    assert len(said) == 1
    assert said[0].startswith("lineage events wait: ")


def test_the_scheduler_sends_what_runs_do_meanwhile(house: Sandbox, inbox: Inbox) -> None:
    scheduler = Scheduler(telling(house, inbox.url))
    thread = threading.Thread(target=scheduler.run, daemon=True)
    thread.start()
    try:
        house.run()
        eventually(lambda: len(inbox.events) == 6, "all of it comes")
    finally:
        scheduler.stop()
        thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert inbox.told() == RUN_OF_TWO


def test_the_end_of_a_command_waits_a_moment_for_a_receiver_that_hangs(house: Sandbox, inbox: Inbox) -> None:
    house.run()
    inbox.status = None
    said: list[str] = []
    assert send_for_a_while(telling(house, inbox.url), said.append, seconds=0.3) is False
    assert said == ["lineage events wait: the receiver has not taken them; the next run or 'tidemill up' sends them"]
    inbox.status = 201
    inbox.go_on.set()
    assert send_for_a_while(telling(house, inbox.url), said.append, seconds=WITHIN_S) is True
    assert inbox.told() == RUN_OF_TWO


def test_a_file_takes_a_line_an_event(house: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"cut": ')
    house.run()
    assert send_for_a_while(telling(house, f"file:{file}"), silent, seconds=WITHIN_S)
    cut, *lines = file.read_text("utf-8").splitlines()
    assert cut == '{"cut": '
    for line in lines:
        check_event(json.loads(line))
    assert len(lines) == 6


def test_the_key_is_sent_and_never_shown(house: Sandbox, inbox: Inbox) -> None:
    house.run()
    environ = {"OPENLINEAGE_API_KEY": "k-1", "OPENLINEAGE_ENDPOINT": "in/here"}
    Lineage(house.workspace, receiver_of(inbox.url, environ), silent).send_due()
    assert {headers["authorization"] for headers in inbox.headers} == {"Bearer k-1"}
    assert set(inbox.paths) == {"/in/here"}
    inbox.status = 500
    house.run()
    url = inbox.url.replace("http://", "http://ann:geheim@")
    with pytest.raises(UnavailableError) as told:
        Lineage(house.workspace, receiver_of(url, environ), silent).send_due()
    assert "geheim" not in str(told.value)
    with pytest.raises(UsageError, match="http://, https:// or file:"):
        receiver_of("marquez:5000")


def test_an_encrypted_store_tells_no_messages(house: Sandbox) -> None:
    run = house.run()
    tracking, pipelines = house.workspace.tracking, house.workspace.pipelines
    recorded = Recorded(tracking.get_run(ANN, run.run_id), pipelines.steps(ANN, run.run_id), None)
    facets = Facets("1.0")
    events = RunEvents(recorded, facets, RunDatasets(house.workspace, ANN, facets), messages=False)
    failed = events.event(Due(recorded.steps[0].started_at, 0, "FAIL"), house.folder)
    check_event(failed)
    assert failed["run"]["facets"]["errorMessage"]["message"].endswith("which is encrypted")
    assert (
        events.event(Due(recorded.steps[0].started_at, WHOLE, "FAIL"), house.folder)["run"]["facets"]["tidemill_run"][
            "params"
        ]
        == {}
    )


BRANCHES = """
import tidemill as tm


@tm.step
def double(n: int) -> int:
    return 2 * n


@tm.step(catch=(ValueError,))
def odd(n: int) -> int:
    raise ValueError("it is even")


@tm.step
def many(numbers: list) -> bool:
    return len(numbers) > 2


@tm.step
def last(numbers: list, fail: bool) -> int:
    if fail:
        raise RuntimeError("no last one")
    return numbers[-1]


@tm.pipeline
def inner(n: int):
    return odd(n)


@tm.pipeline
def branches(fail: bool = False, ask: bool = False):
    doubled = double.map([1, 2, 3])
    few = tm.when(many(doubled), then=lambda: double(1), otherwise=lambda: double(2))
    asked = tm.approval("Go on?", show=few) if ask else None
    return inner(4), few, last(doubled, fail), asked
"""


def test_maps_branches_and_nested_pipelines_are_told_with_their_parent(house: Sandbox, inbox: Inbox) -> None:
    house.write(BRANCHES)
    runner, options = house.workspace.pipelines, RunOptions(park=True)
    runner.run(ANN, house.plan("branches"), house.folder, options)
    with pytest.raises(StepError):
        runner.run(ANN, house.plan("branches", fail=True), house.folder, options)
    with pytest.raises(RunParked):
        runner.run(ANN, house.plan("branches", ask=True), house.folder, options)
    runner.cancel(ANN, house.workspace.tracking.list_runs(ANN, limit=1)[0].id)
    lineage(house, inbox.url).send_due()
    for event in inbox.events:
        check_event(event)
    wholes = {event["run"]["runId"] for event in inbox.events if event["job"]["name"] == "branches"}
    steps = [event for event in inbox.events if event["run"]["runId"] not in wholes]
    assert {event["run"]["facets"]["parent"]["run"]["runId"] for event in steps} == wholes
    kinds = {name: [kind for kind, job in inbox.told() if job == name] for _, name in inbox.told()}
    assert kinds["branches"] == ["START", "COMPLETE", "START", "FAIL", "START", "ABORT"]
    assert kinds["branches.double"] == ["START", "COMPLETE"] * 3
    assert kinds["branches.inner.odd"] == ["START", "FAIL"] * 3
    assert kinds["branches.last"][:4] == ["START", "COMPLETE", "START", "FAIL"]
    assert kinds["branches.Go on?"] == ["START", "ABORT"]
    assert "branches.double#3" not in kinds  # the branch that was not taken
