"""A running server as the target: ours by its MLflow door, and long, MLflow's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compat.mlflow_stores import written_by_hand
from tests.compat.mlflow_stores.conftest import Opened
from tests.compat.mlflow_stores.running import mlflow_server
from tests.server.running import server
from tidemill.access import local_caller
from tidemill.compat.mlflow_stores import export_store, import_store
from tidemill.workspace import Workspace

ME = local_caller()
FIRST = written_by_hand.run_id(0)


def test_what_is_here_is_there_once_and_marked(by_hand: Path, opened: Opened) -> None:
    written_by_hand.registry(by_hand)
    ours, other = opened(), opened()
    import_store(ours, str(by_hand))
    ours.tracking.changes.delete(ME, written_by_hand.run_id(2))
    with server(other) as address:
        report = export_store(ours, address)
        again = export_store(ours, address)
    assert (report.different, report.left_out) == ([], [])
    assert (report.runs.new, report.verified, report.n_points, report.n_files) == (3, 3, 18, 5)
    assert (report.logged_models.new, report.versions.new, report.aliases.new, report.traces.new) == (1, 2, 1, 1)
    counts = (again.experiments, again.runs, again.logged_models, again.registered_models, again.versions, again.traces)
    assert [each.new for each in counts] == [0] * 6
    assert (again.n_points, again.n_files, again.different) == (0, 0, [])
    runs = {run.name: run for run in other.tracking.list_runs(ME)}
    assert set(runs) == {"run 0", "run 1"}
    detail = other.tracking.get_run(ME, runs["run 0"].id)
    assert detail.tags["tidemill.run_id"] == FIRST
    assert detail.params == ours.tracking.get_run(ME, FIRST).params
    assert detail.run.started_at == ours.tracking.get_run(ME, FIRST).run.started_at
    with other.artifacts.open(ME, detail.run.id, "a.txt") as file:
        assert file.read() == b"of run 0"
    trace = other.tracking.traces.get(ME, written_by_hand.TRACE_ID)
    assert (trace.state, trace.duration_ms, trace.name, trace.run_id) == ("ERROR", 12, "ask", detail.run.id)
    versions = other.registry.catalogue.arrivals.versions(ME, "net")
    assert [version.version for version in versions] == [1, 3]
    assert versions[0].run_id == detail.run.id
    assert other.registry.catalogue.get_model(ME, "net").aliases == {"champion": 3}


def test_what_was_half_exported_is_filled(by_hand: Path, opened: Opened) -> None:
    ours, other = opened(), opened()
    import_store(ours, str(by_hand))
    with server(other) as address:
        export_store(ours, address)
        run = next(run for run in other.tracking.list_runs(ME) if run.name == "run 1")
        other.tracking.set_tags(ME, run.id, {"tidemill.run_id": f"{written_by_hand.run_id(1)} arriving"})
        report = export_store(ours, address)
    assert (report.runs.new, report.runs.there, report.different) == (1, 2, [])
    assert len(other.tracking.list_runs(ME)) == 3
    assert len(other.tracking.metric_history(ME, run.id, "m0")) == 3


@pytest.mark.long
@pytest.mark.timeout(900)
def test_mlflows_own_server_takes_all_and_gives_it_back(mlflow_database: str, opened: Opened, tmp_path: Path) -> None:
    ours, again = opened(), opened()
    import_store(ours, mlflow_database)
    with mlflow_server(f"sqlite:///{tmp_path}/mlflow.db", tmp_path) as address:
        report = export_store(ours, address)
        more = export_store(ours, address)
        back = import_store(again, address)
    assert (report.different, report.left_out) == ([], [])
    assert (report.runs.new, more.runs.new, more.versions.new, more.n_files) == (3, 0, 0, 0)
    assert (back.runs.new, back.versions.new, back.different) == (3, report.versions.new, [])
    assert _histories(again) == _histories(ours)


def _histories(rooms: Workspace) -> list[str]:
    """Return the histories of all runs, which have other ids on a server."""
    found = []
    for each in rooms.tracking.departures.experiments(ME):
        for ids in rooms.tracking.departures.run_ids(ME, each.id):
            for _, histories in rooms.tracking.departures.histories(ME, ids):
                found.append(repr(sorted((key, sorted(map(repr, its))) for key, its in histories.items())))
    return sorted(found)
