"""Lists of experiments, keys that runs can be asked by, and jumping to any place of a list of runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.tracking import (
    NewRun,
    Order,
    RunQuery,
    count_experiments,
    experiment_glances,
    parse_order,
    parse_where,
    run_keys,
    run_place,
)
from tidemill.workspace import Workspace

N_RUNS = 30
ORDERS = ("", "metrics.auc DESC", "metrics.auc ASC", "attributes.run_name ASC", "params.depth DESC")
FILTERS = ("", "metrics.auc > 1", "params.depth != '2'", "tags.`the team` = 'a'")


@pytest.fixture(params=["sqlite", "postgres"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """Thirty runs of two experiments, some without the metric, one where it is no number."""
    folder = tmp_path
    records = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    opened = open_workspace(folder, Settings(home=folder / "home", records=records))
    for at in range(N_RUNS):
        run = opened.tracking.start_run(ANN, NewRun("trees" if at % 3 else "late/flights", f"run {at}"))
        opened.tracking.log_params(ANN, run.id, {"depth": at % 4})
        opened.tracking.set_tags(ANN, run.id, {"the team": "a"})
        if at % 5:
            opened.tracking.log_metrics(ANN, run.id, {"auc": math.nan if at == 7 else at % 6, "auc of all": 1.0})
        opened.tracking.end_run(ANN, run.id, "failed" if at % 10 == 9 else "finished")
    yield opened
    opened.database.close()


def test_experiments_are_listed_the_latest_active_first(workspace: Workspace) -> None:
    first, second = experiment_glances(workspace.database, ANN)[:2]
    assert (first.name, first.n_runs, len(first.latest)) == ("trees", 20, 20)
    assert (second.name, second.n_runs, second.latest[0].name) == ("late/flights", 10, "run 27")
    (found,) = experiment_glances(workspace.database, ANN, "FLI late")
    assert found == second
    assert count_experiments(workspace.database, ANN, "100%") == 0
    assert experiment_glances(workspace.database, ANN, at=1)[0] == second


def test_a_jump_leads_to_where_walking_leads(workspace: Workspace) -> None:
    for order, where in product(ORDERS, FILTERS):
        orders: tuple[Order, ...] = (parse_order(order),) if order else ()
        query = RunQuery(parse_where(where), orders)
        walked = [detail.run.id for detail in workspace.tracking.search_runs(ANN, query).runs]
        for skip in (1, len(walked) // 2, len(walked) - 1):
            after = run_place(workspace.database, ANN, query, skip)
            page = workspace.tracking.search_runs(ANN, RunQuery(query.where, orders, after=after))
            assert [detail.run.id for detail in page.runs] == walked[skip:], (order, where, skip)
        assert run_place(workspace.database, ANN, query, len(walked) + 1) is None


def test_keys_are_found_by_how_they_begin(workspace: Workspace) -> None:
    database = workspace.database
    assert run_keys(database, ANN, "metrics.au") == ["metrics.auc", "metrics.`auc of all`"]
    assert run_keys(database, ANN, "metrics.`auc o") == ["metrics.`auc of all`"]
    assert run_keys(database, ANN, "the") == ["tags.`the team`"]
    assert run_keys(database, ANN, "dep", ["trees"]) == ["params.depth"]
    assert run_keys(database, ANN, "attributes.sta") == ["attributes.status", "attributes.start_time"]
    assert run_keys(database, ANN, "", limit=3) == ["metrics.auc", "metrics.`auc of all`", "params.depth"]
    assert run_keys(database, ANN, "zz") == []
