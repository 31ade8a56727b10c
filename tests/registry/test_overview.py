"""Lists of models: a stretch at a time, the latest changed first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.registry import NewVersion, count_models, count_versions, model_glances
from tidemill.tracking import NewRun, count_some_runs
from tidemill.workspace import Workspace


@pytest.fixture(params=["sqlite", "postgres"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """Five models, of which the first has two versions, the older one its champion."""
    records = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home", records=records))
    for at in range(5):
        opened.registry.catalogue.create_model(ANN, f"Model {at} 100%")
    for _ in range(2):
        opened.registry.catalogue.create_version(ANN, NewVersion("Model 0 100%", "s3://bucket/model"))
    opened.registry.promote(ANN, "Model 0 100%/1")
    yield opened
    opened.database.close()


def test_models_are_listed_the_latest_changed_first(workspace: Workspace) -> None:
    database = workspace.database
    pages = [model_glances(database, ANN, at=at, limit=2) for at in (0, 2, 4, 6)]
    names = [each.model.name for page in pages for each in page]
    assert names == [f"Model {at} 100%" for at in (0, 4, 3, 2, 1)]
    first, second = pages[0]
    assert (first.version and first.version.version, second.version) == (1, None)
    assert [each.model.name for each in model_glances(database, ANN, "100% 3 mod")] == ["Model 3 100%"]
    assert (count_models(database, ANN), count_models(database, ANN, "0_"), count_versions(database, ANN)) == (5, 0, 2)


def test_runs_are_counted_as_far_as_is_asked(workspace: Workspace) -> None:
    for at in range(4):
        workspace.tracking.start_run(ANN, NewRun("e", f"run {at}", attended=False))
    assert [count_some_runs(workspace.database, ANN, most) for most in (3, 10)] == [3, 4]
