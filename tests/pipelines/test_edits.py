"""Edits by chance, of code of every kind: a cached result is what a fresh execution returns, and no-ops hit."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.pipelines.edited_projects import FEATURES, Counts, EditedProject, edit_many

#: One of every sort in `make test`, all in the long run.
_SOME = ("deep", "closure", "decorator", "inherited", "registered", "import inside", "getattr", "patched")


def _hold(counts: Counts) -> None:
    assert not counts.stale, counts.stale[:3]
    assert counts.hits
    assert len(counts.needless) < 0.01 * counts.no_ops, (len(counts.needless), counts.no_ops, counts.needless[:3])


def test_a_cached_result_is_what_a_fresh_execution_returns(tmp_path: Path) -> None:
    counts = edit_many(tmp_path, seed=4, projects=3, edits=20)
    assert counts.edits == 60
    _hold(counts)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 20))
def test_ten_thousand_edits_give_no_stale_hit(tmp_path: Path, seed: int) -> None:
    _hold(edit_many(tmp_path, seed=seed, projects=40, edits=25))


@pytest.mark.parametrize(
    "feature", [name if name in _SOME else pytest.param(name, marks=pytest.mark.long) for name in FEATURES]
)
def test_an_edit_of_each_kind_changes_the_key(tmp_path: Path, feature: str) -> None:
    project = EditedProject(tmp_path / "one", random.Random(1))
    project.folder.mkdir()
    (project.folder / "tidemill.toml").write_text('module = "project.py"\n')
    project.used = [feature]
    before, result, doubts = project.load()
    assert not doubts
    assert project.load()[:2] == (before, result)
    project.numbers["environment" if feature.startswith("environment") else feature] = 4
    after, other, _ = project.load()
    assert other != result
    assert after != before
