"""The trials of a tuning are on the page of its run, in its twin, and in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.server.running import server
from tests.small_project import release
from tests.tuning.test_tune_step import edit, write_tuned
from tidemill.cli import main


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project tuned twice: the second run reuses the study, of which one trial failed."""
    folder = tmp_path_factory.mktemp("tuned")
    write_tuned(folder)
    edit(folder, "known = rows.labelled()", "assert params['num_leaves'] < 10, 'too wide'\n    known = rows.labelled()")
    for _ in range(2):
        workspace, _ = release(folder)
        workspace.database.close()
    return folder


def test_the_page_of_a_run_shows_the_study_that_it_reused(tuned: Path) -> None:
    workspace, released = release(tuned)
    with server(workspace) as address:
        path = f"{address}/runs/{released.run.run_id}"
        page, twin = httpx.get(path).text, httpx.get(f"{path}.json").json()
    (study,) = twin["studies"]
    assert (study["step"], study["metric"], study["names"]) == ("train", "AUC", ["learning_rate", "num_leaves"])
    assert [trial["number"] for trial in study["trials"]] == [1, 2, 3]
    assert sum(trial["chosen"] for trial in study["trials"]) == 1
    assert "Tuning of train" in page
    assert 'aria-label="trial 1 0.' in page
    assert "3 trials, trained on 956 rows, judged by AUC on the 218 of the last 7d" in page
    workspace.database.close()


def test_the_terminal_lists_the_trials(tuned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, released = release(tuned)
    run_id = released.run.run_id
    workspace.database.close()
    with pytest.raises(SystemExit):
        main(("runs", run_id, "--folder", str(tuned)))
    told = capsys.readouterr().out
    assert "tuning of train: 956 rows learnt from, 218 of the last 7d judged on; * is the one chosen" in told
    assert "trial  learning_rate  num_leaves  auc" in told
    with pytest.raises(SystemExit):
        main(("runs", run_id, "--folder", str(tuned), "--json"))
    (study,) = json.loads(capsys.readouterr().out)["studies"]
    assert study["trials"][0]["params"] == {"num_leaves": 7, "learning_rate": 0.1}
