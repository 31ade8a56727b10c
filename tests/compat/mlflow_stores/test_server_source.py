"""A running server as the source: ours by its MLflow door, and long, MLflow's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compat.mlflow_stores.conftest import Opened
from tests.compat.mlflow_stores.running import mlflow_server
from tests.server.running import server
from tidemill.access import local_caller
from tidemill.compat.mlflow_stores import import_store
from tidemill.core import UsageError

ME = local_caller()
WITHIN_S = 90.0


def test_our_own_server_is_a_source(by_hand: Path, opened: Opened) -> None:
    ours, other = opened(), opened()
    import_store(ours, str(by_hand))
    with server(ours) as address:
        report = import_store(other, address)
        again = import_store(other, address)
    assert (report.runs.new, report.n_points, report.different) == (3, 18, [])
    assert (again.runs.new, again.n_points) == (0, 0)
    run = other.tracking.list_runs(ME)[0]
    assert other.tracking.get_run(ME, run.id).params == ours.tracking.get_run(ME, run.id).params


def test_another_server_is_told(opened: Opened) -> None:
    ours = opened()
    with server(ours) as address, pytest.raises(UsageError, match="is no MLflow server"):
        import_store(opened(), f"{address}/pages")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_all_of_mlflows_own_server_arrives(mlflow_database: str, opened: Opened, tmp_path: Path) -> None:
    ours, other = opened(), opened()
    import_store(other, mlflow_database)
    with mlflow_server(mlflow_database, tmp_path) as address:
        report = import_store(ours, address)
    assert (report.runs.new, report.logged_models.new, report.versions.new, report.different) == (3, 1, 2, [])
    for run in other.tracking.list_runs(ME):
        for key in other.tracking.get_run(ME, run.id).metrics:
            points = other.tracking.metric_history(ME, run.id, key)
            assert list(map(repr, ours.tracking.metric_history(ME, run.id, key))) == list(map(repr, points))
