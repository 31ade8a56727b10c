"""A version's way through its environments: gates on all evidence, approvers, what changes for whom, the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.small_project import ANN, MODULE, open_project, write_project
from tidemill.access import Caller, Role
from tidemill.core import ConflictError, ForbiddenError, UsageError, new_id
from tidemill.deployment import Wish
from tidemill.project import Project
from tidemill.registry import GateRefusedError, written
from tidemill.registry._tables import policy_table
from tidemill.release import Released, run_and_release
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace

BO, EVE = Caller("bo", role=Role.LABELLER), Caller("eve", role=Role.DEPLOYER)
GATED = """
@tm.model_test
def heavier_is_later(model, rows):
    return tm.directional(model, rows, rows.with_columns(pl.col("weight") + 5), "up", tolerance=0.2)


@tm.model_test
def the_depot_is_known(model):
    return tm.minimum_functionality(model, [{"depot": "B", "weight": 19.0, "n_sent": 10.0}], at_least=0.3)


def enough_rows(evidence):
    return evidence.report.n_rows >= 50, f"{evidence.report.n_rows} rows, 50 are asked"


gate = [
    tm.at_least("auc", MINIMUM),
    tm.group_gap_at_most("depot", "selection_rate", 1.0, min_rows=20),
    tm.parity(),
    tm.data_checks(),
    enough_rows,
]
late = tm.endpoint(
    "late",
    pipeline=lateness,
    gate=gate,
    environments={
        "staging": tm.policy([tm.latency_at_most(5000), tm.model_tests("heavier_is_later", most_failing=0.9)]),
        "production": tm.policy(
            [tm.no_worse_than("champion", margin=0.2, on="low"), tm.documents("CARD.md")],
            approvers=["bo", "eve"],
            four_eyes=True,
        ),
    },
)
"""


def write_gated(folder: Path, minimum: float = 0.6) -> None:
    """Write the project with two environments, and a document."""
    write_project(folder)
    module = MODULE.partition("\ngate = [")[0] + GATED
    (folder / "parcels.py").write_text(module.replace("MINIMUM", str(minimum)))
    (folder / "CARD.md").write_text("What this model is for.\n")


def run(folder: Path, caller: Caller = ANN, **params: object) -> tuple[Workspace, Project, Released]:
    workspace, project = open_project(folder)
    return workspace, project, run_and_release(workspace, project, caller, None, params)


def test_the_whole_way_of_a_version(tmp_path: Path) -> None:
    write_gated(tmp_path)
    workspace, project, released = run(tmp_path)
    first = released.releases[0]
    promotions, registry = workspace.promotions, workspace.registry
    assert first.verdict.passed
    assert first.revision is None
    assert "late/1 waits for bo or eve to approve it for production: 'tidemill approve" in first.note
    assert registry.get(ANN, "late/1").aliases == ("staging",)
    assert [request.state for request in first.requests] == ["approved", "pending"]
    staged = registry.get_verdict(ANN, first.requests[0].verdict_id)
    said = [check["sentence"] for check in staged.verdict["checks"]]
    assert any("single answers (onnx)" in each for each in said)
    assert any("1 of 1 tests of the model hold" in each for each in said)
    assert any(each.startswith("enough_rows: ") for each in said)

    # Asked again by the next run, it waits still, and is one question.
    _, _, again = run(tmp_path)
    assert "waits for bo or eve" in again.releases[0].note
    (request,) = promotions.waiting(ANN)
    assert promotions.waiting(ANN, mine=True) == []
    with pytest.raises(ForbiddenError, match="bo or eve may"):
        promotions.approve(ANN, request.id)

    done = promotions.approve(BO, request.id, "go")
    assert done.promotion is not None
    assert [(each.endpoint, each.reference) for each in done.revisions] == [("late", "late/1")]
    assert (workspace.home / "serving" / "default" / "late" / "current").exists()
    assert registry.get(ANN, "late@champion").reference == registry.get(ANN, "late@production").reference == "late/1"

    _, _, third = run(tmp_path)
    assert third.releases[0].note == ""
    assert len(workspace.deployments.list_revisions(ANN, "late")) == 1, "the next run releases nothing new"

    run(tmp_path, n_trees=30)
    (request,) = promotions.waiting(ANN)
    impact = request.impact
    assert impact["champion"] == "late/1"
    assert {each["metric"] for each in impact["metrics"]} >= {"auc", "log_loss"}
    assert {each["column"] for each in impact["slices"]} == {"depot"}
    assert workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/1", "the champion goes on"
    assert promotions.reject(EVE, request.id, "not now").request.state == "rejected"  # type: ignore[union-attr]
    _, _, after = run(tmp_path, n_trees=30)
    assert "not now" in after.releases[0].note, "only a person asks again for what a person rejected"

    # By hand, with the project's own rules, for production again.
    wish = Wish(note="please", own=project.own_rules("late"))
    asked = promotions.promote(ANN, "late/2", "production", wish).request
    assert asked is not None
    assert promotions.approve(EVE, asked.id, own=project.own_rules("late")).revisions[0].reference == "late/2"
    assert promotions.roll_back(ANN, "late").reference == "late/1"
    assert registry.get(ANN, "late/1").aliases == ("champion", "production")
    assert promotions.demote(ANN, "late", "staging").reference == "late/2"
    with pytest.raises(ConflictError, match="something must"):
        promotions.demote(ANN, "late", "production")
    workspace.database.close()


def test_what_a_gate_refuses_and_who_goes_round_it(tmp_path: Path) -> None:
    write_gated(tmp_path)
    workspace, project, _ = run(tmp_path)
    promotions = workspace.promotions
    # Without the project's code its own rule refuses, and says where it can be asked.
    refused = promotions.promote(EVE, "late/1", "production").request
    assert refused is not None
    assert refused.state == "refused"
    assert "enough_rows is a rule in the project's code, which is not loaded here" in refused.sentence
    with pytest.raises(GateRefusedError, match="governed by the gate of endpoint 'late'"):
        workspace.registry.promote(ANN, "late/1")
    with pytest.raises(ForbiddenError):
        promotions.promote(BO, "late/1", "production", Wish(break_glass="because"))
    with pytest.raises(UsageError, match="no request id"):
        promotions.promote(ANN, "late/1", "production", Wish(id="mine"))

    id_ = new_id()
    done = promotions.promote(EVE, "late/1", "production", Wish(id=id_, break_glass="nothing answers"))
    assert done.promotion is not None
    run(tmp_path, n_trees=30)
    with pytest.raises(GateRefusedError, match="late/2 never came in"):
        workspace.deployments.deploy(ANN, "late", "late/2")
    assert (done.promotion.changed, workspace.registry.get(ANN, "late@champion").version) == (True, 1)
    again = promotions.promote(EVE, "late/1", "production", Wish(id=id_, break_glass="nothing answers"))
    assert again.request is not None
    assert again.request.id == id_
    (event,) = workspace.audit.list(ANN, EventQuery(5, kind_prefix="break_glass"))
    assert event.data["reason"] == "nothing answers"
    assert event.data["passed"] is False, "what the gate would have said is kept"
    # A store of a time without policies: once it is opened its endpoint's gate is asked, whatever the door.
    workspace.database.write(lambda tx: tx.execute(sa.delete(policy_table)).close())
    workspace.database.close()
    workspace, project = open_project(tmp_path)
    promotions, registry, deployments = workspace.promotions, workspace.registry, workspace.deployments
    ways: list[Callable[[], object]] = [
        lambda: registry.promote(ANN, "late/2"),
        lambda: registry.environments.move_to_stage(ANN, "late/2", "Production", archive_others=False),
        lambda: registry.environments.remove_alias(ANN, "late", "champion"),
        lambda: deployments.deploy(ANN, "late", "late/2"),
        lambda: deployments.serve(ANN, "late", "late/2"),
    ]
    for way in ways:
        with pytest.raises(GateRefusedError, match="the gate of endpoint 'late'"):
            way()
    (adopted,) = promotions.policies(ANN, "late")
    assert (adopted.environment, adopted.recorded_by, adopted.rules) == (
        "champion",
        "upgrade",
        written(project.endpoints["late"].gate),
    )
    assert promotions.promote(ANN, "late/2").request.state == "refused"  # type: ignore[union-attr]
    deployments.declare(ANN, project.endpoints["late"])
    assert [each.environment for each in promotions.policies(ANN, "late")] == ["staging", "production"]
    workspace.database.close()
