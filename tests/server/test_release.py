"""Running a pipeline and releasing what it offers: what is moved, and what is left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_project import ANN, open_project, release, write_project
from tidemill.access import Caller, Role
from tidemill.core import ForbiddenError, UsageError
from tidemill.release import run_and_release
from tidemill.storage.events import EventQuery


def test_a_release_serves_and_brings_the_features_online_as_far_as_the_data_reach(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, released = release(tmp_path)
    (found,) = released.releases
    assert found.version is not None
    assert found.revision is not None
    (done,) = released.materialized
    assert (done.view, done.n_keys) == ("depot_load", 3)
    reach = workspace.datasets.get(ANN, "parcels").last_event_at
    assert done.until.date() >= reach.date()
    (known,) = workspace.features.online_read(ANN, "depot_load", [("B",)])
    assert known is not None
    assert known.event_at <= done.until
    workspace.database.close()


def test_releasing_again_changes_nothing(tmp_path: Path) -> None:
    write_project(tmp_path)
    release(tmp_path)[0].database.close()
    workspace, again = release(tmp_path)
    assert again.run.n_executed() == 0
    assert again.materialized == []
    (found,) = again.releases
    assert (found.version and found.version.version, found.revision and found.revision.revision) == (1, 1)
    kinds = [event.kind for event in workspace.audit.list(ANN, EventQuery())]
    assert [kinds.count(kind) for kind in ("endpoint.deployed", "model_version.promoted", "dataset.committed")] == [
        1
    ] * 3
    workspace.database.close()


def test_a_refused_candidate_moves_nothing(tmp_path: Path) -> None:
    write_project(tmp_path, minimum=0.99)
    workspace, released = release(tmp_path)
    (found,) = released.releases
    assert not found.judged.passed
    assert (found.version, found.promotion, found.revision, released.materialized) == (None, None, None, [])
    assert workspace.registry.list_models(ANN) == []
    assert workspace.deployments.list_endpoints(ANN) == []
    workspace.database.close()


def test_a_pipeline_that_offers_nothing_says_what_to_return(tmp_path: Path) -> None:
    write_project(tmp_path)
    module = tmp_path / "parcels.py"
    module.write_text(module.read_text().replace("return tm.candidate(model, report, fit, holdout)", "return report"))
    with pytest.raises(UsageError, match="returned EvaluationReport; end its body with"):
        release(tmp_path)


def test_who_may_not_release_is_told_before_anything_runs(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, project = open_project(tmp_path)
    with pytest.raises(ForbiddenError, match="this needs deployer"):
        run_and_release(workspace, project, Caller("ed", role=Role.EDITOR), None)
    assert workspace.tracking.list_runs(ANN) == []
    workspace.database.close()


def test_the_report_of_a_candidate_is_logged_to_its_run_once_and_again_when_reused(tmp_path: Path) -> None:
    write_project(tmp_path, minimum=0.99)
    workspace, first = release(tmp_path)
    metrics = workspace.tracking.get_run(ANN, first.run.run_id).metrics
    assert metrics["auc"].value == first.run.result.report.metrics["auc"].value
    assert {point.step for point in metrics.values()} == {0}
    workspace.database.close()
    workspace, again = release(tmp_path)
    assert again.run.n_executed() == 0
    reused = workspace.tracking.get_run(ANN, again.run.run_id).metrics
    assert {key: point.value for key, point in reused.items()} == {key: point.value for key, point in metrics.items()}
    workspace.database.close()
