"""A turn whose version waits for approval says so, holds nothing up, and goes on or ends as it is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.server.running import server
from tests.small_project import ANN, open_project, write_project
from tidemill.access import Caller
from tidemill.core import ManualClock
from tidemill.deployment import Wish
from tidemill.loop import Turn
from tidemill.release import run_and_release
from tidemill.server.scheduler import Scheduler
from tidemill.server.worker import Worker
from tidemill.workspace import Workspace

BO = Caller("bo")
STEPS = 'environments={"staging": tm.policy(approvers=["bo"]), "production": tm.policy(approvers=["bo"])}, description='


class Yard:
    """A store in which late/1 serves, and a scheduler that looks at it."""

    def __init__(self, folder: Path) -> None:
        write_project(folder, n_rows=600)
        self.module = folder / "parcels.py"
        self.module.write_text(self.module.read_text().replace("description=", STEPS))
        self.clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
        self.workspace, project = open_project(folder, self.clock)
        run_and_release(self.workspace, project, ANN, None)
        for environment in ("staging", "production"):
            self.workspace.promotions.promote(ANN, "late/1", environment, Wish(break_glass="the first"))

    def turn(self, n_trees: int) -> Turn:
        """Let another model be trained by hand, and return the turn."""
        self.module.write_text(self.module.read_text().replace("n_trees: int = 20", f"n_trees: int = {n_trees}"))
        begun = self.workspace.loop.retrain(ANN, "late")
        assert Worker(self.workspace).work_once()
        return self.after_a_pass(begun.id)

    def after_a_pass(self, turn_id: str) -> Turn:
        assert Scheduler(self.workspace).pass_once()
        return self.workspace.loop.get(ANN, turn_id)

    def waiting(self) -> tuple[str, str]:
        (request,) = self.workspace.promotions.waiting(ANN)
        return request.id, request.environment


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    return Yard(tmp_path_factory.mktemp("waiting"))


def test_a_turn_goes_on_when_it_was_approved_and_ends_when_nobody_answers(yard: Yard) -> None:
    workspace: Workspace = yard.workspace
    turn = yard.turn(n_trees=30)
    request, environment = yard.waiting()
    assert (turn.state, turn.after, turn.request_id, environment) == ("waiting", "late/1", request, "staging")
    assert turn.outcome.startswith("late/2 waits for bo to approve it for staging: 'tidemill approve")
    assert (turn.is_running, turn.ended_at is None) == (False, True)
    assert yard.after_a_pass(turn.id) == turn, "until somebody answers nothing comes of it"

    workspace.promotions.approve(BO, request)
    turn = yard.after_a_pass(turn.id)
    request, environment = yard.waiting()
    assert (turn.state, turn.request_id, environment) == ("waiting", request, "production")
    with server(workspace) as address:
        page = httpx.get(f"{address}/endpoints/late/turns/{turn.id}").text
        assert "the gate let it pass: late/2 waits for bo" in page
        assert f"/promotions/{request}" in page
        loop = httpx.get(f"{address}/endpoints/late.json").json()["loop"]
        assert (loop["n_waiting"], loop["n_refused"]) == (1, 0)
        assert httpx.get(f"{address}/api/turns/{turn.id}").json()["request_id"] == request

    workspace.promotions.approve(BO, request)
    turn = yard.after_a_pass(turn.id)
    assert (turn.state, turn.after, turn.outcome) == ("promoted", "late/2", "approved by bo")
    assert turn.ended_at == yard.clock.now()
    assert workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/2"

    yard.module.write_text(yard.module.read_text().replace("n_trees: int = 30", "n_trees: int = 20"))
    turn = yard.turn(n_trees=40)
    assert turn.state == "waiting"
    yard.clock.advance(timedelta(days=15))
    turn = yard.after_a_pass(turn.id)
    assert turn.state == "refused"
    assert turn.outcome.startswith("late/3 did not come into staging: expired, nobody had answered until 2026-03-15")
    assert workspace.promotions.waiting(ANN) == []
