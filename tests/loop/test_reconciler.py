"""What is declared and recorded against what is in place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.small_project import ANN, open_project, write_project
from tidemill.core import ManualClock, new_id
from tidemill.deployment import Endpoint
from tidemill.loop import Reconciler, every, on_drift
from tidemill.monitoring import drift
from tidemill.registry import Asked
from tidemill.release import run_and_release
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace


class Seconds:
    """The machine's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Endpoint]:
    folder = tmp_path_factory.mktemp("reconciled")
    write_project(folder)
    # The clock stands: what came after what is told by the log alone.
    workspace, project = open_project(folder, ManualClock(datetime(2013, 3, 1, tzinfo=UTC)))
    for n_trees in (20, 30):
        run_and_release(workspace, project, ANN, None, {"n_trees": n_trees})
    assert workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/2"
    return workspace, project.endpoints["late"]


def reconciler(workspace: Workspace) -> tuple[Reconciler, Seconds]:
    machine = Seconds()
    return Reconciler(workspace.database, workspace.deployments, workspace.registry, machine), machine


def serves(workspace: Workspace) -> tuple[str, str]:
    revision = workspace.deployments.list_revisions(ANN, "late")[0]
    return revision.reference, revision.reason


def test_nothing_is_done_when_nothing_is_apart(released: tuple[Workspace, Endpoint]) -> None:
    workspace, endpoint = released
    mending, _ = reconciler(workspace)
    n_events = len(workspace.audit.list(ANN, EventQuery(limit=1000)))
    assert mending.reconcile(ANN, [endpoint]) == []
    assert len(workspace.audit.list(ANN, EventQuery(limit=1000))) == n_events


def test_an_edited_declaration_is_recorded_once(released: tuple[Workspace, Endpoint]) -> None:
    workspace, endpoint = released
    mending, _ = reconciler(workspace)
    edited = replace(endpoint, monitors=(drift(),), retrain=(on_drift(), every("28d")), description="comes late")
    assert mending.reconcile(ANN, [edited]) == ["endpoint late: what is declared of it is recorded"]
    assert mending.reconcile(ANN, [edited]) == []
    stored = workspace.deployments.get(ANN, "late")
    assert stored.declared is not None
    assert stored.declared["retrain"] == ["on drift", "every 28d"]
    assert (stored.description, stored.revision) == ("comes late", 2)
    assert serves(workspace)[0] == "late/2"


def test_another_log_is_a_revision_that_the_data_plane_sees(released: tuple[Workspace, Endpoint]) -> None:
    workspace, endpoint = released
    mending, _ = reconciler(workspace)
    before = workspace.deployments.get(ANN, "late").revision
    mending.reconcile(ANN, [replace(endpoint, log="strict")])
    assert serves(workspace) == ("late/2", "declared with log strict")
    assert workspace.deployments.get(ANN, "late").revision == before + 1
    mending.reconcile(ANN, [endpoint])


def test_a_champion_that_a_crash_left_undeployed_is_deployed(released: tuple[Workspace, Endpoint]) -> None:
    workspace, endpoint = released
    mending, machine = reconciler(workspace)
    first = workspace.registry.get(ANN, "late/1")
    workspace.promotions.requests.ask(ANN, Asked(new_id(), "late/1", "champion", first.verdict_id))
    assert mending.reconcile(ANN, [endpoint]) == [], "it may be somebody's work in hand"
    assert serves(workspace)[0] == "late/2"
    machine.now += 3
    assert mending.reconcile(ANN, [endpoint]) == ["endpoint late: late/1 was promoted and is deployed now"]
    assert serves(workspace) == ("late/1", "promoted before a crash")
    assert mending.reconcile(ANN, [endpoint]) == []


def test_what_a_person_deployed_by_hand_is_left_alone(released: tuple[Workspace, Endpoint]) -> None:
    workspace, endpoint = released
    mending, machine = reconciler(workspace)
    workspace.deployments.deploy(ANN, "late", "late/2")
    for _ in range(3):
        machine.now += timedelta(hours=1).total_seconds()
        assert mending.reconcile(ANN, [endpoint]) == []
    assert serves(workspace)[0] == "late/2"


def test_a_missing_snapshot_is_written(released: tuple[Workspace, Endpoint]) -> None:
    workspace, endpoint = released
    mending, machine = reconciler(workspace)
    (folder,) = (workspace.home / "serving" / "default").iterdir()
    for file in folder.iterdir():
        if file.is_file():
            file.unlink()
    assert mending.reconcile(ANN, [endpoint]) == [], "a deployment may be at it"
    machine.now += 3
    (line,) = mending.reconcile(ANN, [endpoint])
    assert line.endswith("is in place again")
    assert mending.reconcile(ANN, [endpoint]) == []


def test_an_endpoint_that_was_never_deployed_is_nobodys_business(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, project = open_project(tmp_path)
    mending, _ = reconciler(workspace)
    assert mending.reconcile(ANN, list(project.endpoints.values())) == []
    assert workspace.deployments.list_endpoints(ANN) == []
