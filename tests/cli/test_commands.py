"""The commands, as a person types them: what they print, and how they end."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.serving_process import serving
from tests.small_project import write_project
from tidemill.app import open_workspace
from tidemill.cli import main
from tidemill.cli.application import COMMANDS
from tidemill.core import load_settings
from tidemill.storage.queue import NewJob


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def tidemill(folder: Path, *arguments: str) -> Done:
    """Run a command in a folder, in this process: a new one a command would cost the suite minutes."""
    out, err = io.StringIO(), io.StringIO()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(arguments)
    except SystemExit as ended:
        return Done(int(ended.code or 0), out.getvalue(), err.getvalue())
    finally:
        os.chdir(before)
    raise AssertionError("main returns by SystemExit")


def as_json(folder: Path, *arguments: str) -> Any:
    """Run a command with --json and return what it printed."""
    done = tidemill(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "parcels"
    write_project(folder)
    done = tidemill(folder, "run")
    assert done.returncode == 0, done.stderr
    assert "5 of 5 steps executed" in done.stdout
    assert "is now late@champion" in done.stdout
    return folder


def test_the_second_run_executes_nothing_and_says_so_step_by_step(project: Path) -> None:
    planned = as_json(project, "plan")
    assert {step["action"] for step in planned["steps"]} == {"reuse"}
    done = tidemill(project, "run")
    assert done.returncode == 0
    assert done.stdout.count("reused") == 5
    assert "0 of 5 steps executed" in done.stdout
    assert "is already late@champion" in done.stdout
    again = as_json(project, "run")
    assert (again["n_executed"], again["releases"][0]["revision"]["revision"]) == (0, 1)


def test_every_listing_has_a_table_and_json(project: Path) -> None:
    run_id = as_json(project, "runs")[0]["id"]
    for arguments, expected in (
        (["data"], "parcels@1"),
        (["data", "parcels@1"], "check"),
        (["runs"], run_id),
        (["runs", run_id], "training_set"),
        (["models"], "late"),
        (["models", "late"], "late/1"),
        (["models", "late@champion"], "auc"),
        (["endpoints"], "late"),
        (["endpoints", "late"], "late/1"),
        (["predictions", "late"], ""),
        (["audit", "--limit", "200"], "model_version.promoted"),
        (["token", "list"], "no token yet"),
    ):
        done = tidemill(project, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
        assert expected in done.stdout
        as_json(project, *arguments)


def test_dead_jobs_are_listed_shown_and_retried(project: Path) -> None:
    workspace = open_workspace(project, load_settings(project))
    new = NewJob("dance", {}, max_attempts=1)
    id_ = workspace.database.write(lambda tx: workspace.queue.enqueue(tx, "default", "ann", new))
    job = workspace.queue.claim("somebody", timedelta(minutes=1))
    assert job is not None
    workspace.queue.fail(job, "nobody can dance", retry=True)
    workspace.queue.leave("somebody")
    workspace.database.close()
    assert "nobody can dance" in tidemill(project, "jobs", "--state", "dead").stdout
    shown = tidemill(project, "jobs", id_).stdout
    assert "1 of 1" in shown
    assert tidemill(project, "jobs", "--retry").returncode == 2
    assert as_json(project, "jobs", id_, "--retry")["state"] == "queued"
    assert "queued" in tidemill(project, "jobs").stdout
    assert as_json(project, "jobs", id_, "--cancel")["state"] == "cancelled"
    assert as_json(project, "jobs", "--state", "dead") == []


def test_predictions_are_asked_for_over_http_and_explained(project: Path) -> None:
    rows = project / "rows.ndjson"
    rows.write_text('{"depot":"A","weight":1.5,"sent_at":null}\n{"depot":"B","weight":19,"sent_at":null}\n')
    with serving(project / ".tidemill", "late") as address:
        answers = as_json(project, "predict", "late", "rows.ndjson", "--url", address)
        one = as_json(project, "predict", "late", "--row", '{"depot":"B","weight":19,"sent_at":null}', "--url", address)
        wrong = tidemill(
            project, "predict", "late", "--row", '{"depot":7,"weight":19,"sent_at":null}', "--url", address
        )
        written = tidemill(project, "predict", "late", "rows.ndjson", "out.csv", "--url", address)
    assert answers[0]["value"] < answers[1]["value"] == one[0]["value"]
    assert wrong.returncode == 2
    assert "depot" in wrong.stderr
    assert wrong.stderr.count("\n") == 1
    assert (written.returncode, len((project / "out.csv").read_text().splitlines())) == (0, 3)
    told = tidemill(project, "why", answers[1]["prediction_id"])
    assert told.returncode == 0
    for part in ("late/1", "gate", "parcels@1", "depot B", "depot_load", "training_set", "champion"):
        assert part in told.stdout
    assert as_json(project, "why", one[0]["prediction_id"])["version"]["model"] == "late"
    assert len(as_json(project, "predictions", "late", "--limit", "2")) == 2


def test_moving_pointers_by_hand(project: Path) -> None:
    assert as_json(project, "promote", "late/1", "--alias", "shadow")["promotion"]["changed"] is True
    assert as_json(project, "promote", "late/1", "--alias", "shadow")["promotion"]["changed"] is False
    assert as_json(project, "deploy", "late", "late@shadow")["revision"] == 1
    back = tidemill(project, "roll-back", "late")
    assert (back.returncode, "only ever served" in back.stderr) == (1, True)


def test_features_are_brought_online_by_hand(project: Path) -> None:
    done = as_json(project, "materialize", "--until", "2013-02-01T00:00:00Z")
    assert [(one["view"], one["n_keys"]) for one in done] == [("depot_load", 3)]
    as_json(project, "materialize", "depot_load")


def test_tokens_are_shown_once(project: Path) -> None:
    made = as_json(project, "token", "create", "ci", "--role", "editor")
    assert made["token"].startswith("tm_")
    listed = tidemill(project, "token", "list", "--json")
    assert made["token"] not in listed.stdout
    assert as_json(project, "token", "revoke", "ci") == {"revoked": "ci"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["runn"], 2, "Did you mean 'run'"),
        (["run", "latness"], 1, "Did you mean 'lateness'"),
        (["run", "-p", "n_tree=3"], 2, "Did you mean 'n_trees'"),
        (["run", "-p", "n_trees=many"], 2, "takes int"),
        (["run", "-p", "n_trees"], 2, "name=value"),
        (["why", "nonsense"], 2, "32 hex digits"),
        (["why", "01a1fde75d7f76c2a44ae69e3bc701d1"], 1, "no prediction"),
        (["models", "lat"], 1, "Did you mean 'late'"),
        (["models", "late/9"], 1, "There is: 1"),
        (["data", "parcel"], 1, "Did you mean 'parcels'"),
        (["runs", "x"], 1, "There is no run 'x'"),
        (["predictions", "lat"], 1, "Did you mean 'late'"),
        (["promote", "late"], 2, "write delay/3"),
        (["promote", "late/1", "--alias", "../x"], 2, "cannot be an alias: use letters"),
        (["ingest", "parcel"], 1, "Did you mean 'parcels'"),
        (["materialize", "depot"], 1, "depot_load"),
        (["materialize", "--until", "soon"], 2, "is not an instant"),
        (["predict", "late"], 2, "either a file"),
        (["predict", "late", "--row", "{"], 2, "not JSON"),
        (["predict", "late", "--row", "{}", "--url", "http://127.0.0.1:9"], 1, "cannot be reached"),
        (["token", "create", "x", "--role", "king"], 2, "choose one of viewer"),
        (["audit", "--limit", "0"], 2, "limit"),
        (["data", "--folder", "nowhere"], 2, "not a folder"),
        (["data", "--home", "nowhere"], 2, "no store"),
        (["up", "--port", "70000"], 2, "65535"),
        (["up", "--port", "65535"], 2, "leaves none for the data plane"),
    ],
)
def test_a_users_mistake_is_one_line_and_an_exit_code(
    project: Path, arguments: list[str], code: int, said: str
) -> None:
    done = tidemill(project, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_errors_come_as_json_when_json_is_asked_for(project: Path) -> None:
    done = tidemill(project, "why", "01a1fde75d7f76c2a44ae69e3bc701d1", "--json")
    assert json.loads(done.stderr)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("import tidemill as tm\n1/0\n", "line 2: ZeroDivisionError"),
        ("import tidemill as tm\nx = tm.sorce\n", "Did you mean 'source'"),
        ("import tidemill as tm\ndef f(:\n", "SyntaxError"),
    ],
)
def test_a_module_that_does_not_import_is_one_line(tmp_path: Path, module: str, said: str) -> None:
    (tmp_path / "mine.py").write_text(module)
    done = tidemill(tmp_path, "run")
    assert (done.returncode, said in done.stderr, len(done.stderr.strip().splitlines())) == (2, True, 1)


def test_a_renamed_column_and_a_file_that_is_no_table_commit_nothing(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "data" / "2014.csv").write_text("parcel_id,sent_on,depot,weight,late\nq1,2014-01-01,A,1.0,true\n")
    renamed = tidemill(tmp_path, "run")
    (tmp_path / "data" / "2014.csv").write_bytes(os.urandom(3000))
    noise = tidemill(tmp_path, "run")
    for done in (renamed, noise):
        assert (done.returncode in {1, 2}, len(done.stderr.strip().splitlines())) == (True, 1)
        assert "2014.csv" in done.stderr
    assert "sent_at" in renamed.stderr
    assert as_json(tmp_path, "data") == []
    assert as_json(tmp_path, "runs") == []


def test_help_lists_every_command_and_each_takes_json() -> None:
    listed = tidemill(Path.cwd(), "--help")
    assert listed.returncode == 0
    for name in COMMANDS:
        assert f"  {name} " in listed.stdout
        without = [command for command, takes_json in commands_below(name) if not takes_json]
        assert without == []


def commands_below(*names: str) -> Iterator[tuple[str, bool]]:
    """Yield a command, or those of a group, each with whether it takes --json."""
    told = tidemill(Path.cwd(), *names, "--help")
    assert told.returncode == 0
    commands = re.split(r"─ Commands ─|\nCommands:\n", told.stdout)
    own = re.findall(r"^(?:│ |  )([a-z][a-z-]*)  ", "".join(commands[1:]), re.MULTILINE)
    if not own:
        yield " ".join(names), "--json" in told.stdout
    for name in own:
        yield from commands_below(*names, name)


def test_the_installed_command_runs_in_a_process_of_its_own(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tidemill", "models", "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["name"] == "late"
