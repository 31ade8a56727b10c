"""Passes over a real store: what fires is done once, whoever looks and whoever is killed; what came of it is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.small_project import ANN, open_project, write_project
from tidemill.access import Caller, Role
from tidemill.core import ConflictError, Event, ForbiddenError, ManualClock, NotFoundError, iso
from tidemill.deployment import Endpoint
from tidemill.loop import Progress, Turn, every, on_drift
from tidemill.pipelines import PIPELINE_RUN
from tidemill.release import run_and_release
from tidemill.server.worker import Worker
from tidemill.storage.events import EventQuery
from tidemill.storage.queue import Job
from tidemill.workspace import Workspace

DAY = timedelta(days=1)
START = datetime(2013, 3, 4, tzinfo=UTC)
LOOP = Caller("loop", role=Role.DEPLOYER)
FAILPOINT = Path(__file__).with_name("failing_pass.py")


@dataclass
class Yard:
    """A store in which late/1 serves since START, and the endpoint as it is declared."""

    workspace: Workspace
    clock: ManualClock
    endpoint: Endpoint

    def turn(self) -> Progress:
        return self.workspace.loop.turn(LOOP, self.endpoint)

    def turns(self) -> list[Turn]:
        return self.workspace.loop.turns(ANN, "late")

    def drift(self, week: int, **changes: Any) -> None:
        """Say that a week has drifted, as monitoring does, and move the clock to its end."""
        drift(self.workspace, week, **changes)
        self.clock.set(max(self.clock.now(), START + (week + 1) * 7 * DAY))

    def work(self) -> bool:
        return Worker(self.workspace).work_once()

    def events(self, kind: str) -> list[dict[str, Any]]:
        query = EventQuery(limit=1000, kind_prefix=kind)
        return [each.data for each in self.workspace.audit.list(ANN, query)]

    def jobs(self) -> list[Job]:
        return [self.workspace.queue.get("default", turn.job_id) for turn in self.turns()]


def drift(workspace: Workspace, week: int, kind: str = "window.evaluated", **changes: Any) -> None:
    start = START + week * 7 * DAY
    data: dict[str, Any] = {
        "endpoint": "late",
        "monitor": "drift",
        "starts_at": iso(start),
        "ends_at": iso(start + 7 * DAY),
    }
    data |= {"verdict": "drifted", "version": "late/1", "whole": True, "n_drifted": 1, "column": "weight", "psi": 0.5}
    event = Event(kind, "late", data | changes)
    workspace.database.write(lambda tx: tx.emit("loop", "default", event))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released")
    write_project(folder)
    workspace, project = open_project(folder, ManualClock(START))
    run_and_release(workspace, project, ANN, None)
    workspace.database.close()
    return folder


@pytest.fixture
def yard(released: Path, tmp_path: Path) -> Iterator[Yard]:
    folder = tmp_path / "yard"
    shutil.copytree(released, folder)
    clock = ManualClock(START)
    workspace, project = open_project(folder, clock)
    endpoint = replace(project.endpoints["late"], retrain=(on_drift(),))
    yield Yard(workspace, clock, endpoint)
    workspace.database.close()


def test_a_window_fires_one_turn_with_its_job(yard: Yard) -> None:
    assert yard.turn().n_open == 0
    yard.drift(0)
    assert yard.turn().n_open == 1
    for _ in range(3):
        yard.turn()
    (turn,) = yard.turns()
    assert (turn.due_at, turn.trigger, turn.before, turn.fired_by) == (START + 7 * DAY, "drift", "late/1", "loop")
    assert turn.reason == "weight drifted (psi 0.50) in 2013-03-04 to 2013-03-10"
    (job,) = yard.jobs()
    assert (job.kind, job.state, job.created_by) == (PIPELINE_RUN, "queued", "loop")
    assert (job.payload["role"], job.payload["release"]) == ("deployer", True)
    (fired,) = yard.events("turn.fired")
    assert fired["job_id"] == job.id
    assert yard.workspace.loop.get(ANN, turn.id) == turn


def test_late_rows_and_other_endpoints_do_not_fire(yard: Yard) -> None:
    yard.turn()
    yard.drift(0, kind="window.revised")
    yard.drift(0, endpoint="other")
    yard.drift(0, version="late/0")
    yard.drift(0, whole=False)
    for _ in range(2):
        assert yard.turn().n_open == 0
    assert yard.turns() == []


def test_a_trigger_that_is_added_later_does_not_ask_for_the_past(yard: Yard) -> None:
    watched = replace(yard.endpoint, retrain=())
    yard.workspace.loop.turn(LOOP, watched)
    yard.drift(0)
    yard.clock.advance(DAY)
    yard.workspace.loop.turn(LOOP, watched)
    assert yard.turn().n_open == 0
    yard.drift(1)
    assert yard.turn().n_open == 1


def test_a_turn_without_news_is_unchanged_and_cools_down(yard: Yard) -> None:
    yard.drift(0)
    yard.turn()
    assert yard.work()
    assert yard.turn().n_open == 0
    (turn,) = yard.turns()
    assert (turn.state, turn.after) == ("unchanged", "late/1")
    assert turn.outcome == "what there is to learn from gave late/1 again"
    assert (turn.run_id, turn.seconds) != (None, None)
    (settled,) = yard.events("turn.settled")
    assert (settled["state"], settled["before"], settled["after"]) == ("unchanged", "late/1", "late/1")
    drift(yard.workspace, 1, starts_at=iso(START + 6 * DAY), ends_at=iso(START + 13 * DAY))
    yard.clock.set(START + 13 * DAY)
    for _ in range(2):
        assert yard.turn().said.startswith("held back, cooling down until 2013-03-18: weight drifted")
    yard.clock.set(START + 14 * DAY)
    assert yard.turn().said == ""
    yard.drift(2)
    assert yard.turn().n_open == 1


def test_a_refused_candidate_leaves_the_champion(yard: Yard) -> None:
    module = yard.workspace.folder / "parcels.py"
    module.write_text(
        module.read_text().replace('at_least("auc", 0.6)', 'at_least("auc", 0.99)').replace("= 20", "= 5")
    )
    yard.drift(0)
    yard.turn()
    assert yard.work()
    yard.turn()
    (turn,) = yard.turns()
    assert (turn.state, turn.after) == ("refused", "late/1")
    assert "at least 0.990" in turn.outcome
    assert turn.verdict_id is not None
    assert not yard.workspace.registry.get_verdict(ANN, turn.verdict_id).passed
    assert yard.workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/1"


def test_a_candidate_that_fails_to_train_is_one_line(yard: Yard) -> None:
    module = yard.workspace.folder / "parcels.py"
    text = module.read_text().replace(
        "    known = rows.labelled()\n", "    raise ValueError('out of trees\\nand hope')\n"
    )
    module.write_text(text)
    yard.drift(0)
    yard.turn()
    assert yard.work()
    yard.turn()
    (turn,) = yard.turns()
    assert (turn.state, turn.after) == ("failed", "late/1")
    assert turn.run_id is not None
    assert yard.workspace.tracking.get_run(ANN, turn.run_id).run.status == "failed"
    assert "out of trees and hope" in turn.outcome
    yard.drift(1)
    assert yard.turn().n_open == 1, "the next chance comes after the cool-down"


def test_a_cancelled_turn_has_failed(yard: Yard) -> None:
    yard.drift(0)
    yard.turn()
    (job,) = yard.jobs()
    yard.workspace.database.write(lambda tx: yard.workspace.queue.cancel(tx, "default", job.id))
    assert yard.turn().n_open == 0
    assert [(turn.state, turn.outcome) for turn in yard.turns()] == [("failed", "its job was cancelled")]


def test_a_window_that_does_not_count_is_said_until_the_next_one(yard: Yard) -> None:
    yard.turn()
    yard.drift(0, whole=False)
    for _ in range(3):
        said = yard.turn().said
        assert said.startswith("held back and not counted, since no one version answered the whole window: weight")
    (progress,) = yard.workspace.loop.progress(ANN)
    assert progress.said == said
    yard.drift(1, verdict="steady")
    assert yard.turn().said == ""


def test_a_turn_of_an_endpoint_that_is_no_longer_declared_is_settled(yard: Yard) -> None:
    loop = yard.workspace.loop
    yard.drift(0)
    yard.turn()
    assert not loop.settle(LOOP)
    assert yard.work()
    assert loop.settle(LOOP)
    (turn,) = yard.turns()
    assert (turn.state, turn.after) == ("unchanged", "late/1")
    assert [each["endpoint"] for each in yard.events("turn.settled")] == ["late"]
    assert not loop.settle(LOOP)


def test_an_endpoint_that_is_no_longer_declared_has_nothing_due(yard: Yard) -> None:
    loop, scheduled = yard.workspace.loop, replace(yard.endpoint, retrain=(every("28d"),))
    assert loop.turn(LOOP, scheduled).next_due_at is not None
    assert loop.retire(LOOP, {"late"}) == []
    assert (loop.retire(LOOP, {"later"}), loop.retire(LOOP, {"later"})) == (["late"], [])
    (progress,) = loop.progress(ANN)
    assert progress.next_due_at is None
    assert progress.said.startswith("no longer declared in the project")
    with pytest.raises(ConflictError, match="no longer declared in the project"):
        loop.retrain(LOOP, "late")
    back = loop.turn(LOOP, scheduled)
    assert (back.said, back.next_due_at is None) == ("", False)
    with pytest.raises(ForbiddenError):
        loop.settle(Caller("vi", role=Role.VIEWER))


def test_the_schedule_goes_on_when_nobody_asks(yard: Yard) -> None:
    yard.endpoint = replace(yard.endpoint, retrain=(every("28d"),))
    assert yard.turn().next_due_at == START + 28 * DAY
    yard.clock.set(START + 90 * DAY)
    assert yard.turn().n_open == 1
    (turn,) = yard.turns()
    assert (turn.trigger, turn.due_at) == ("schedule", START + 84 * DAY), "a downtime makes up for one due time"
    assert yard.work()
    assert yard.turn().n_open == 0
    assert yard.turn().next_due_at == START + 112 * DAY
    assert len(yard.turns()) == 1


def test_two_at_once_begin_one_turn(yard: Yard) -> None:
    workspaces = [open_project(yard.workspace.folder, yard.clock)[0] for _ in range(2)]
    troubles: list[BaseException] = []

    def look(workspace: Workspace) -> None:
        try:
            for _ in range(15):
                workspace.loop.turn(LOOP, yard.endpoint)
        except BaseException as error:  # noqa: BLE001 - told below
            troubles.append(error)

    for week in range(3):
        yard.drift(week)
        threads = [threading.Thread(target=look, args=(each,)) for each in workspaces]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not troubles
        assert len(yard.turns()) == week + 1
        assert yard.work()
    for each in workspaces:
        each.database.close()
    assert len(yard.events("turn.fired")) == 3


def test_a_turn_that_another_pass_settles_meanwhile_holds_back_no_window(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.turn()
    yard.drift(0)
    yard.turn()
    assert yard.work()
    yard.drift(1)
    other, _ = open_project(yard.workspace.folder, yard.clock)
    loop = yard.workspace.loop
    settle = loop._settle

    def settle_second(*arguments: Any) -> bool:
        assert other.loop.settle(LOOP), "the other pass is first"
        return settle(*arguments)

    monkeypatch.setattr(loop, "_settle", settle_second)
    assert yard.turn().n_open == 1
    assert [turn.due_at for turn in yard.turns()] == [START + 14 * DAY, START + 7 * DAY]
    other.database.close()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2])
def test_killed_between_any_two_writes_nothing_is_lost_or_doubled(yard: Yard, nth: int, moment: str) -> None:
    yard.drift(0)
    yard.workspace.database.close()
    command = [sys.executable, str(FAILPOINT), str(yard.workspace.folder), iso(yard.clock.now()), str(nth), moment]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert killed.returncode in {-9, 0}, killed.stderr
    assert yard.turn().n_open == 1
    assert len(yard.turns()) == len(yard.events("turn.fired")) == 1
    assert yard.work()
    assert not yard.work(), "one job"
    killed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert killed.returncode in {-9, 0}, killed.stderr
    assert yard.turn().n_open == 0
    assert len(yard.events("turn.settled")) == 1


def test_a_person_may_begin_a_turn(yard: Yard) -> None:
    turn = yard.workspace.loop.retrain(ANN, "late")
    assert (turn.trigger, turn.reason, turn.fired_by, turn.state) == ("hand", "asked for by ann", "ann", "running")
    with pytest.raises(ConflictError, match="is running"):
        yard.workspace.loop.retrain(ANN, "late")
    assert yard.work()
    yard.turn()
    again = yard.workspace.loop.retrain(ANN, "late")
    assert again.due_at > turn.due_at
    with pytest.raises(NotFoundError, match="Did you mean 'late'"):
        yard.workspace.loop.retrain(ANN, "lat")
    with pytest.raises(ForbiddenError):
        yard.workspace.loop.retrain(Caller("ed", role=Role.EDITOR), "late")


def test_what_goes_wrong_is_said_beside_the_progress(yard: Yard) -> None:
    yard.turn()
    yard.workspace.loop.note(LOOP, "late", "the last pass failed: no space left")
    (progress,) = yard.workspace.loop.progress(ANN)
    assert progress.said == "the last pass failed: no space left"
    yard.clock.advance(DAY)
    assert yard.turn().said == ""


def test_progress_that_is_no_news_is_stored_seldom(yard: Yard) -> None:
    first = yard.turn()
    yard.clock.advance(timedelta(seconds=3))
    assert yard.workspace.loop.turn(LOOP, yard.endpoint, timedelta(seconds=10)).reached_at == first.reached_at
    yard.clock.advance(timedelta(seconds=8))
    assert yard.workspace.loop.turn(LOOP, yard.endpoint, timedelta(seconds=10)).reached_at == yard.clock.now()
