"""The path from files to a served model, and the way back from an answer to the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving_process import serving
from tests.small_project import ANN, open_project, release, write_project
from tidemill.access import Caller, Role
from tidemill.client import Client
from tidemill.core import ConflictError, ForbiddenError, NotFoundError, UsageError
from tidemill.governance import feature_row
from tidemill.models import load_predictor
from tidemill.pipelines import RunOptions
from tidemill.release import run_and_release
from tidemill.storage.events import EventQuery

ROW = {"parcel_id": "x1", "sent_at": "2013-02-17T08:00:00Z", "depot": "B", "weight": 15.0}


def test_an_answer_leads_back_to_the_data_it_came_from(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, released = release(tmp_path)
    with serving(workspace.home, "late") as address, Client(address) as client:
        answer = client.predict("late", [ROW], request_id="r-1")[0]
        why = workspace.evidence.why(ANN, answer.prediction_id)
    assert why.prediction.value == answer.value
    assert (why.version.reference, answer.model, why.revision.revision) == ("late/1", "late/1", 1)
    assert why.run is not None
    assert why.verdict is not None
    assert (why.run.run.id, why.run.run.status) == (released.run.run_id, "finished")
    assert why.run.params == {"n_trees": "20"}
    assert [step.step for step in why.steps] == ["training_set", "split_by_time", "train", "evaluate", "candidate"]
    assert [dataset.reference for dataset in why.datasets] == ["parcels@1"]
    assert (why.verdict.passed, why.verdict.id) == (True, released.releases[0].verdict.id)
    assert why.promotion is not None
    assert (why.promotion.version, why.promotion.by) == (1, "ann")
    row = feature_row(why.prediction)
    assert (row["depot"], row["weight"], why.prediction.key) == ("B", 15.0, "x1")
    assert row["n_sent"] > 0
    # The model, given that very row, answers that very number.
    package = workspace.registry.load_package(why.version)
    predictor = load_predictor(package, "onnx")
    columns = {column.name: [row[column.name]] for column in package.signature.inputs}
    assert predictor.predict(columns)[0] == pytest.approx(answer.value, abs=1e-6)


def test_every_change_left_one_entry_and_repeating_leaves_none(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    kinds = [event.kind for event in workspace.audit.list(ANN, EventQuery(limit=100))]
    assert sorted(kinds) == sorted(
        [
            "dataset.committed",
            "run.started",
            "run.finished",
            "gate.passed",
            "model.created",
            "model_version.registered",
            "model_version.promoted",
            "policy.recorded",
            "endpoint.deployed",
            "feature_view.materialized",
        ]
    )
    _, again = release(tmp_path)
    assert again.run.n_executed() == 0
    later = [event.kind for event in workspace.audit.list(ANN, EventQuery(limit=100))][: -len(kinds)]
    assert set(later) <= {"run.started", "run.finished", "gate.passed", "feature_view.materialized"}
    assert again.releases[0].revision is not None
    assert again.releases[0].revision.revision == 1


def test_a_refused_candidate_is_recorded_and_nothing_moves(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    write_project(tmp_path, minimum=0.999)
    _, refused = release(tmp_path, n_trees=5)
    assert not refused.releases[0].verdict.passed
    assert refused.releases[0].version is None
    verdicts = workspace.registry.list_verdicts(ANN, "late")
    assert [verdict.passed for verdict in verdicts] == [False, True]
    assert "0.999" in verdicts[0].verdict["checks"][0]["sentence"]
    assert workspace.registry.get(ANN, "late@champion").version == 1
    assert len(workspace.deployments.list_revisions(ANN, "late")) == 1


def test_a_candidate_worse_than_the_champion_on_the_same_rows_is_refused(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, first = release(tmp_path)
    assert "no champion" in first.releases[0].judged.checks[1].sentence
    module = tmp_path / "parcels.py"
    # A model that never saw a weight or a depot twice the same way knows less than the champion.
    module.write_text(
        module.read_text().replace('columns=["depot", "weight"]', 'columns=["weight"]').replace("20", "1")
    )
    _, second = release(tmp_path, n_trees=1)
    check = second.releases[0].judged.checks[1]
    assert not second.releases[0].verdict.passed
    assert (check.rule.kind, check.passed) == ("no_worse_than", False)
    assert workspace.registry.get(ANN, "late@champion").version == 1


def test_promotion_deployment_and_roll_back_move_one_pointer(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    release(tmp_path, n_trees=30)
    deployments, registry = workspace.deployments, workspace.registry
    assert registry.get(ANN, "late@champion").reference == "late/2"
    back = deployments.roll_back(ANN, "late")
    assert (back.reference, back.revision) == ("late/1", 3)
    assert registry.get(ANN, "late@champion").reference == "late/1"
    assert deployments.deploy(ANN, "late", "late/2").revision == 4
    assert deployments.deploy(ANN, "late", "late/2").revision == 4
    assert registry.promote(ANN, "late/2", "candidate").changed
    assert registry.get(ANN, "late/2").aliases == ("candidate",)
    assert [revision.reference for revision in deployments.list_revisions(ANN, "late")] == [
        "late/2",
        "late/1",
        "late/2",
        "late/1",
    ]


def test_a_rolled_back_version_stays_out_until_a_person_brings_it_back(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    release(tmp_path, n_trees=30)
    workspace.deployments.roll_back(ANN, "late")
    _, again = release(tmp_path, n_trees=30)
    assert again.releases[0].verdict.passed
    assert again.releases[0].revision is None
    assert "late/2 was rolled back by ann" in again.releases[0].note
    assert workspace.registry.get(ANN, "late@champion").version == 1
    done = workspace.promotions.promote(ANN, "late/2")
    assert done.promotion is not None
    assert (done.promotion.changed, [revision.reference for revision in done.revisions]) == (True, ["late/2"])
    _, after = release(tmp_path, n_trees=30)
    assert after.releases[0].note == ""


def test_why_tells_the_promotion_that_stood_when_the_answer_was_given(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    with serving(workspace.home, "late") as address, Client(address) as client:
        first = client.predict("late", [ROW])[0].prediction_id
    release(tmp_path, n_trees=30)
    workspace.promotions.promote(Caller("bob", role=Role.ADMIN), "late/1")
    why = workspace.evidence.why(ANN, first)
    assert why.promotion is not None
    assert (why.promotion.version, why.promotion.by, why.version.reference) == (1, "ann", "late/1")
    assert workspace.evidence.lineage(ANN, "late/1").promotion != why.promotion


def test_a_lost_snapshot_is_written_again_from_the_records(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    pointer = workspace.home / "serving" / "default" / "late" / "current"
    pointer.unlink()
    assert [revision.revision for revision in workspace.deployments.reconcile(ANN)] == [1]
    assert pointer.read_text() == "1.json"
    assert workspace.deployments.reconcile(ANN) == []


def test_names_that_are_not_there_are_answered_with_those_that_are(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    with pytest.raises(NotFoundError, match="Did you mean 'late'"):
        workspace.registry.get(ANN, "lat/1")
    with pytest.raises(NotFoundError, match="There is: 1"):
        workspace.registry.get(ANN, "late/7")
    with pytest.raises(NotFoundError, match="champion"):
        workspace.registry.get(ANN, "late@champoin")
    with pytest.raises(UsageError, match="write delay/3"):
        workspace.registry.get(ANN, "late")
    with pytest.raises(NotFoundError, match="late"):
        workspace.deployments.get(ANN, "lates")
    with pytest.raises(UsageError, match="32 hex digits"):
        workspace.evidence.why(ANN, "nonsense")
    with pytest.raises(NotFoundError, match="no prediction"):
        workspace.evidence.why(ANN, "01a1fde75d7f76c2a44ae69e3bc701d1")
    with pytest.raises(ConflictError, match="only ever served"):
        workspace.deployments.roll_back(ANN, "late")


def test_roles_and_projects_keep_callers_apart(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    viewer, stranger = Caller("eve", role=Role.VIEWER), Caller("mallory", "other", Role.ADMIN)
    with pytest.raises(ForbiddenError, match="needs deployer"):
        workspace.registry.promote(viewer, "late/1", "champion")
    with pytest.raises(ForbiddenError):
        workspace.deployments.deploy(viewer, "late", "late/1")
    _, project = open_project(tmp_path)
    with pytest.raises(ForbiddenError):
        run_and_release(workspace, project, Caller("ed", role=Role.EDITOR), None, {}, RunOptions())
    assert workspace.registry.list_models(stranger) == []
    assert workspace.deployments.list_endpoints(stranger) == []
    assert workspace.tracking.list_runs(stranger) == []
    assert workspace.audit.list(stranger, EventQuery()) == []
    with pytest.raises(NotFoundError):
        workspace.registry.get(stranger, "late/1")
