"""A candidate meets the champion on what the endpoint has answered lately, or says why not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.deployment.answered_project import N_ROWS, ask, edit, labels, write_answered
from tests.small_project import ANN, open_project, release
from tidemill.deployment import Release
from tidemill.evaluation import GateCheck, GateVerdict


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has answered 900 rows; none is labelled yet."""
    folder = tmp_path_factory.mktemp("answered")
    write_answered(folder).database.close()
    return folder


@pytest.fixture
def folder(answered: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(answered, tmp_path / "project"))


def label(folder: Path, n: int = N_ROWS, *, wrong: bool = False) -> None:
    """Record labels for the last `n` answers."""
    workspace, _ = open_project(folder)
    workspace.feedback.record(ANN, list(labels(workspace, n, wrong=wrong)))
    workspace.database.close()


def judged(folder: Path, n_trees: int = 40) -> tuple[Release, GateCheck]:
    """Release another candidate; return how it fared, and the check beside the champion."""
    workspace, released = release(folder, n_trees=n_trees)
    workspace.database.close()
    (check,) = [check for check in released.releases[0].judged.checks if check.rule.kind == "no_worse_than"]
    return released.releases[0], check


def test_a_candidate_is_compared_on_the_latest_labelled_answers(folder: Path) -> None:
    label(folder)
    release_, check = judged(folder)
    assert release_.judged.passed
    rows = check.judged_on
    assert rows is not None
    # Fourteen days of a row each 45 minutes, up to the last answer.
    assert (rows.kind, rows.n, rows.instead) == ("latest_labelled", 14 * 32, "")
    assert (rows.first_at[:10], rows.last_at[:10]) == ("2013-02-24", "2013-03-10")
    assert f" on {rows.n} labelled rows of 2013-02-24 to 2013-03-10, a difference of " in check.sentence
    assert check.candidate is not None
    assert check.champion is not None
    assert check.value == pytest.approx(check.candidate - check.champion)
    assert GateVerdict.from_json(release_.verdict.verdict).checks == release_.judged.checks


def test_the_labels_decide_and_not_the_holdout(folder: Path) -> None:
    label(folder)
    # A model that says the opposite is worse on rows of which neither has learnt, and the champion goes on.
    edit(folder, "return model.fit(known.pandas(), known.y)", "return model.fit(known.pandas(), 1 - known.y)")
    edit(folder, 'tm.at_least("auc", 0.6), ', "")
    release_, check = judged(folder)
    assert not release_.judged.passed
    assert release_.version is None
    assert "that is a loss of more than 0.050" in check.sentence
    assert check.judged_on is not None
    assert check.judged_on.kind == "latest_labelled"


def test_too_few_labels_fall_back_to_the_holdout_and_say_so(folder: Path) -> None:
    label(folder, 150)
    _, check = judged(folder)
    assert check.judged_on is not None
    assert check.judged_on.kind == "holdout"
    assert "rows of the candidate's holdout from 2013-02-06 to 2013-02-16" in check.sentence
    said = (
        "not on the latest labelled rows: only 150 answers from 2013-02-24 to 2013-03-10 have a label, 200 are needed"
    )
    assert said in check.sentence


def test_labels_of_one_class_fall_back_to_the_holdout(folder: Path) -> None:
    workspace, _ = open_project(folder)
    workspace.feedback.record(ANN, [type(each)(each.prediction_id, True, each.event_at) for each in labels(workspace)])
    workspace.database.close()
    _, check = judged(folder)
    assert "not on the latest labelled rows: all 448 labels from 2013-02-24 to 2013-03-10 are 1" in check.sentence


def test_rows_that_the_candidate_may_have_learnt_from_are_left_out(folder: Path) -> None:
    label(folder)
    edit(folder, 'rows="latest_labelled"', 'rows="latest_labelled", window="60d"')
    edit(folder, 'holdout="10d"', 'holdout="3d"')
    _, check = judged(folder)
    assert check.judged_on is not None
    # All 900 answers are in the window; those before the candidate's holdout begins are not its judges.
    assert check.judged_on.first_at > "2013-02-13"
    assert check.judged_on.n < N_ROWS


def test_an_input_that_was_never_logged_falls_back_to_the_holdout(folder: Path) -> None:
    label(folder)
    edit(folder, '.alias("n_sent"))', '.alias("n_sent"), pl.col("weight").mean().alias("mean_weight"))')
    release_, check = judged(folder)
    assert "not on the latest labelled rows: the input 'mean_weight' was not logged" in check.sentence
    assert check.judged_on is not None
    assert check.judged_on.kind == "holdout"
    assert release_.judged.passed


def test_answers_of_a_version_that_never_logged_an_input_are_left_out(folder: Path) -> None:
    edit(folder, '.alias("n_sent"))', '.alias("n_sent"), pl.col("weight").mean().alias("mean_weight"))')
    workspace, released = release(folder)
    assert released.releases[0].version is not None
    ask(workspace, range(N_ROWS, N_ROWS + 250))
    workspace.feedback.record(ANN, list(labels(workspace, 400)))
    workspace.database.close()
    _, check = judged(folder)
    assert check.judged_on is not None
    # Of the 400 with a label the last 250 know the new input.
    assert (check.judged_on.kind, check.judged_on.n) == ("latest_labelled", 250)


def test_an_endpoint_that_has_answered_nothing_is_judged_on_the_holdout(folder: Path) -> None:
    shutil.rmtree(folder / ".tidemill" / "predictions")
    _, check = judged(folder)
    assert "not on the latest labelled rows: the endpoint has answered nothing yet" in check.sentence


def test_labels_that_take_time_move_the_window_back(folder: Path) -> None:
    label(folder)
    edit(folder, "gate=gate,", 'gate=gate, monitors=[tm.performance("auc", label_delay="5d")],')
    _, check = judged(folder)
    assert check.judged_on is not None
    assert check.judged_on.last_at[:10] == "2013-03-05"


def test_labels_that_are_neither_0_nor_1_fall_back_to_the_holdout(folder: Path) -> None:
    workspace, _ = open_project(folder)
    coded = [type(each)(each.prediction_id, 2 - int(each.label), each.event_at) for each in labels(workspace)]
    workspace.feedback.record(ANN, coded)
    workspace.database.close()
    release_, check = judged(folder)
    assert check.judged_on is not None
    assert check.judged_on.kind == "holdout"
    assert "not on the latest labelled rows: of the answers from 2013-02-24 to 2013-03-10, " in check.sentence
    assert "of 448 labels are neither 0 nor 1, such as 2: " in check.sentence
    assert release_.judged.passed
