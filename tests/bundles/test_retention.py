"""Which bundles a line of retention lets go, and which stay whatever it says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.bundles.conftest import ANN
from tests.bundles.test_bundles import stored
from tidemill.app import open_workspace
from tidemill.bundles import RUN_TAG, UnpackedBundles
from tidemill.core import ConflictError, NotFoundError, load_settings
from tidemill.tracking import NewRun
from tidemill.workspace import Workspace

_NOW = timedelta(0)


def opened(folder: Path, *lines: str) -> Workspace:
    text = (folder / "tidemill.toml").read_text().partition("[retention]")[0]
    (folder / "tidemill.toml").write_text("\n".join([text, "[retention]", *lines]))
    return open_workspace(folder, load_settings(folder, environ={}))


def test_what_is_deployed_or_named_by_a_run_stays(folder: Path) -> None:
    workspace = opened(folder, 'bundles = "last 1"', 'runs = "last 1"')
    words = ("first", "before", "deployed", "withdrawn", "run before", "run", "nothing", "newest")
    known = {word: stored(workspace, word) for word in words}
    for word in ("first", "before", "deployed"):
        workspace.bundles.deploy(ANN, known[word].digest, "prod")
    workspace.bundles.deploy(ANN, known["withdrawn"].digest, "staging")
    workspace.bundles.deploy(ANN, "working-tree", "staging")
    for word in ("run before", "run"):
        run = workspace.tracking.start_run(ANN, NewRun("speech", word))
        workspace.tracking.set_tags(ANN, run.id, {RUN_TAG: known[word].digest})
        workspace.tracking.end_run(ANN, run.id)
    unpacked = UnpackedBundles(workspace.blobs, workspace.home)
    places = {word: unpacked.folder_of(known[word]) for word in ("first", "deployed")}
    going = {known[word].digest for word in ("first", "withdrawn", "run before", "nothing")}

    plan = workspace.collector.plan(ANN, _NOW)
    told = {each.kind: each for each in plan.retention}
    assert (set(told["bundles"].ids), told["bundles"].n_kept) == (going, 4)
    done = workspace.collector.collect(ANN, _NOW)
    assert {each.kind: set(each.ids) for each in done.retention}["bundles"] == going

    assert {each.digest for each in workspace.bundles.list(ANN)} == {each.digest for each in known.values()} - going
    assert {word: place.exists() for word, place in places.items()} == {"first": False, "deployed": True}
    workspace.collector.collect(ANN, _NOW)  # the blobs that were set aside
    for word in words:
        bundle = known[word]
        said = next(file.digest for file in bundle.files if file.path == "words/spoken.py")
        assert workspace.blobs.has(said) == (bundle.digest not in going), word
    assert workspace.bundles.roll_back(ANN, "prod").digest == known["before"].digest
    with pytest.raises(ConflictError, match="none to go back to"):
        workspace.bundles.roll_back(ANN, "prod")
    with pytest.raises(NotFoundError):
        workspace.bundles.deploy(ANN, known["nothing"].digest, "prod")
    again = stored(workspace, "nothing")
    assert workspace.bundles.deploy(ANN, again.digest, "prod").digest == known["nothing"].digest
    workspace.database.close()


def test_without_a_line_and_while_young_all_stay(folder: Path) -> None:
    for n_kept, line in ((2, ""), (4, 'bundles = "90d"')):  # the line is in a file of the bundle
        workspace = opened(folder, line)
        stored(workspace, "one")
        stored(workspace, "two")
        assert workspace.collector.collect(ANN, _NOW).blobs.deleted.n_blobs == 0
        assert len(workspace.bundles.list(ANN)) == n_kept
        workspace.database.close()
