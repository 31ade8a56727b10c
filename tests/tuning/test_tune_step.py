"""In a pipeline tuning is a step like any other: reused while rows, space, settings and the training code stay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.small_project import ANN, open_project, release, write_project
from tidemill.core import UsageError
from tidemill.pipelines import StepError
from tidemill.tuning import studies_of

SPACE = '{"num_leaves": tm.integer(3, 15), "learning_rate": tm.real(0.02, 0.3, log=True)}'
TUNED = f"""
    params, study = tm.tune(train, fit, {SPACE}, n_trials=3, holdout="7d", params=HAD, seed=seed)
    model = train(fit, params)
"""


def write_tuned(folder: Path) -> None:
    """The small project with a tuned training."""
    write_project(folder)
    edit(folder, "def train(rows: tm.TrainingSet, n_trees: int):", "def train(rows: tm.TrainingSet, params: dict):")
    edit(folder, "n_estimators=n_trees, num_leaves=7", "n_estimators=15, **params")
    edit(folder, "    model = train(fit, n_trees)\n", TUNED)
    edit(folder, "def lateness(n_trees: int = 20):", "def lateness(seed: int = 0):")
    edit(folder, "@tm.step\n", 'HAD = {"num_leaves": 7, "learning_rate": 0.1}\n\n\n@tm.step\n')


def edit(folder: Path, old: str, new: str) -> None:
    module = folder / "parcels.py"
    text = module.read_text()
    assert old in text, old
    module.write_text(text.replace(old, new))


def states(folder: Path, **params: object) -> dict[str, str]:
    """Run it and return what became of each step."""
    workspace, released = release(folder, **params)
    workspace.database.close()
    return {step.step: step.state for step in released.run.steps}


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has run once."""
    folder = tmp_path_factory.mktemp("tuned")
    write_tuned(folder)
    assert set(states(folder).values()) == {"executed"}
    return folder


@pytest.fixture
def tuned(first_run: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(first_run, tmp_path / "project"))


def test_an_unchanged_tuning_is_reused_with_its_study(tuned: Path) -> None:
    workspace, released = release(tuned)
    assert {step.state for step in released.run.steps} == {"reused"}
    (study,) = studies_of(released.run.steps, workspace.blobs)
    assert study.step == "train"
    assert study.trials[0].params == {"num_leaves": 7, "learning_rate": 0.1}
    tuning = next(step for step in released.run.steps if step.step == "tune")
    assert [each["reference"] for each in tuning.inputs] == ["the code of step 'train'", "step 2 fit"]
    assert [output["name"] for output in tuning.outputs] == ["params", "study"]
    assert tuning.outputs[1]["summary"].startswith("trial ")
    workspace.database.close()


def test_editing_the_training_tunes_again(tuned: Path) -> None:
    edit(tuned, "n_jobs=1", "n_jobs=1, min_child_samples=30")
    found = states(tuned)
    assert (found["split_by_time"], found["tune"], found["train"]) == ("reused", "executed", "executed")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tm.integer(3, 15)", "tm.integer(3, 16)"),
        ("log=True", "log=False"),
        ("n_trials=3", "n_trials=2"),
        ('holdout="7d"', 'holdout="6d"'),
        ('"learning_rate": 0.1}', '"learning_rate": 0.11}'),
    ],
)
def test_editing_what_is_searched_tunes_again(tuned: Path, old: str, new: str) -> None:
    edit(tuned, old, new)
    assert states(tuned)["tune"] == "executed"


def test_the_seed_may_be_a_param(tuned: Path) -> None:
    assert states(tuned, seed=3)["tune"] == "executed"
    assert states(tuned, seed=3)["tune"] == "reused"


def test_a_helper_that_the_training_reaches_counts(tuned: Path) -> None:
    edit(tuned, "@tm.step\n", "def weights():\n    return 1\n\n\n@tm.step\n")
    edit(tuned, "known = rows.labelled()", "known = rows.labelled()\n    weights()")
    assert states(tuned)["tune"] == "executed"
    assert states(tuned)["tune"] == "reused"
    edit(tuned, "return 1\n", "return 2\n")
    assert states(tuned)["tune"] == "executed"


def test_a_training_that_is_never_cached_is_tuned_each_time(tuned: Path) -> None:
    edit(tuned, "@tm.step\n", "@tm.step(cache=False)\n")
    assert states(tuned)["tune"] == "executed"
    assert states(tuned)["tune"] == "executed"


def test_a_wrong_space_is_told_before_anything_runs(tuned: Path) -> None:
    edit(tuned, "tm.integer(3, 15)", "12")
    workspace, project = open_project(tuned)
    with pytest.raises(UsageError, match="the search space has 12 for 'num_leaves'"):
        workspace.pipelines.plan(ANN, project.pipeline(None), tuned)
    workspace.database.close()


def test_twenty_settings_are_tried_unless_another_number_is_given(tuned: Path) -> None:
    edit(tuned, "n_trials=3, ", "")
    workspace, project = open_project(tuned)
    graph = project.pipeline(None).trace()
    (tuning,) = [node for node in graph.nodes if node.step.name == "tune"]
    assert tuning.arguments["plan"].n_trials == 20
    workspace.database.close()


def test_a_tuning_without_a_model_fails_the_step_in_one_line(tuned: Path) -> None:
    edit(tuned, "known = rows.labelled()", "raise OSError('no disk')")
    with pytest.raises(StepError) as told:
        release(tuned)
    said = "step 'tune' failed: none of 3 trials gave a model that can be judged by auc; the first: OSError: no disk"
    assert str(told.value).startswith(said)
    assert "(at parcels.py:" in str(told.value)
