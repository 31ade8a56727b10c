"""What `tidemill ci` finds: in a clean clone, on a sample, with the words that say what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.small_project import ANN, open_project, write_project
from tests.workbench.test_checkout import git
from tidemill.bundles import make_draft
from tidemill.cli import main
from tidemill.core import TidemillError, UsageError
from tidemill.rehearsal import FAILED, SKIPPED, CiCheck, CiOptions, CiReport, check_project

PLAIN = """
import math

import polars as pl

import tidemill as tm


@tm.source(files="data/*.csv", key="parcel_id", event_time="sent_at", checks=[tm.between("weight", 0, 100)])
def parcels(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(pl.col("sent_at").str.to_datetime(time_zone="UTC"))


@tm.step
def total(rows: tm.TrainingSet, times: int) -> float:
    return float(rows.frame["weight"].sum()) * times


@tm.step
def halve(amount: float) -> dict:
    return {"half": amount / 2}


@tm.pipeline
def weights(times: int = 2):
    return halve(total(tm.training_set(parcels, columns=["weight"], label="late"), times))
"""


def write_plain(folder: Path, module: str = PLAIN) -> Path:
    write_project(folder, n_rows=200)
    (folder / "parcels.py").write_text(module)
    return folder


def found(report: CiReport) -> dict[str, CiCheck]:
    return {f"{check.group}: {check.name}": check for check in report.checks}


def test_what_is_committed_is_checked_and_not_what_is_being_edited(tmp_path: Path) -> None:
    folder = write_plain(tmp_path / "repository" / "parcels")
    (tmp_path / "repository" / ".gitignore").write_text("data/\n")
    git(tmp_path / "repository", "init", "-q")
    git(folder, "add", "-A", ".")
    git(folder, "commit", "-qm", "First", "--no-gpg-sign")
    (folder / "parcels.py").write_text("this is being edited")
    told: list[CiCheck] = []

    report = check_project(folder, CiOptions(sample=0.9, tell=told.append))

    assert report.passed, [check.line for check in report.checks if check.state == FAILED]
    assert tuple(told) == report.checks
    assert report.commit == git(folder, "rev-parse", "HEAD")
    (note,) = report.notes
    assert note.startswith("1 file(s) of code differ from commit")
    assert "4 checks hold" in found(report)["data: parcels"].line
    assert not (folder / ".tidemill").exists()


@pytest.mark.long  # trains a model; docs/guide/ci.md does so in `make test`
def test_a_model_is_looked_at_and_the_gate_can_judge_it(tmp_path: Path) -> None:
    write_project(tmp_path, n_rows=600)
    (tmp_path / "test_parcels.py").write_text("import parcels\n\n\ndef test_it():\n    assert parcels.parcels.name\n")

    checks = found(check_project(tmp_path, CiOptions(sample=0.9)))

    assert checks["code: unit tests"].line == "1 tests passed"
    assert checks["steps: lateness: train"].line == "returns LGBMClassifier"
    assert "for the best constant" in checks["model: lateness: converges"].line
    assert "predictions and" in checks["model: lateness: no NaN"].line
    assert "2 rules can be judged" in checks["gate: late"].line


def test_each_kind_of_mistake_is_told_in_one_line_of_the_check_that_found_it(tmp_path: Path) -> None:
    fit, again = "steps: weights: fit together", "    assert times > 2\n    return halve("
    checked = 'between("weight", 0, 1'
    cases = {
        "a": ("amount / 2", "amount / 0", "pipeline: weights: sample", "step 'halve' failed at parcels.py"),
        "b": (f"{checked}00)", f"{checked})", "data: parcels", "weight between 0 and 1: "),
        "c": ("amount: float", "amount: str", fit, "step 'halve' takes str as its 'amount'"),
        "d": ("amount / 2", "math.nan", "model: weights: no NaN", "half of the result is no number"),
        "e": ("import math", "import mth", "code: module", "No module named 'mth'"),
        "f": ("    return halve(", again, fit, "AssertionError"),
    }
    for case, (old, new, name, line) in cases.items():
        folder = write_plain(tmp_path / case, PLAIN.replace(old, new))
        report = check_project(folder, CiOptions(rows=100))
        failed = {key: check.line for key, check in found(report).items() if check.state == FAILED}
        assert name in failed, (case, failed)
        assert line in failed[name], (case, failed)
        assert "\n" not in failed[name]


def test_steps_behind_a_failed_one_are_not_reached_and_a_failing_test_is_named(tmp_path: Path) -> None:
    folder = write_plain(tmp_path, PLAIN.replace("* times", "/ 0"))
    (folder / "test_wrong.py").write_text("def test_that_is_wrong():\n    assert 1 == 2\n")

    checks = found(check_project(folder, CiOptions(rows=100)))

    assert checks["steps: weights: total"].state == FAILED
    assert checks["steps: weights: halve"].state == SKIPPED
    assert checks["code: unit tests"].line == "1 of 1 tests failed: test_that_is_wrong"
    assert "assert 1 == 2" in checks["code: unit tests"].details


def test_the_very_bundle_is_checked_and_only_what_passed_is_deployed(tmp_path: Path) -> None:
    folder = write_plain(tmp_path / "here")
    workspace, _ = open_project(folder)
    bundles = workspace.bundles

    made = check_project(folder, CiOptions(rows=100), bundles, ANN)

    assert made.passed
    assert made.digest == make_draft(folder).digest
    assert [(check.name, check.passed) for check in bundles.checks(ANN, made.digest)] == [("ci", True)]
    assert bundles.deploy(ANN, made.digest, "staging").digest == made.digest
    worse = bundles.store(ANN, make_draft(write_plain(tmp_path / "other", PLAIN.replace("amount / 2", "amount / 0"))))
    again = check_project(folder, CiOptions(bundle=worse.digest[:12], rows=100), bundles, ANN)
    assert not again.passed
    assert [(check.name, check.passed) for check in bundles.checks(ANN, worse.digest)] == [("ci", False)]
    with pytest.raises(TidemillError, match="ci"):
        bundles.deploy(ANN, worse.digest, "staging")
    with pytest.raises(UsageError, match="this store keeps no bundles; leave out --bundle"):
        check_project(folder, CiOptions(bundle="abab"))


#: The elements and attributes of JUnit's schema, as Ant writes it and Jenkins reads it.
CASE = {"name", "classname", "time"}
SUITE = CASE - {"classname"} | {"package", "id", "timestamp", "hostname", "tests", "failures", "errors", "skipped"}


def test_the_command_writes_a_table_xml_markdown_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_plain(tmp_path, PLAIN.replace("amount / 2", "amount / [1 | 0, '\x01<`'][0] / 0"))
    junit, page = tmp_path / "ci.xml", tmp_path / "ci.md"

    with pytest.raises(SystemExit) as ended:
        main(["ci", "-C", str(folder), "--rows", "100", "--junit", str(junit), "--markdown", str(page)])

    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert "failed   steps: weights: halve" in printed
    assert "failed: " in printed.splitlines()[-1]
    root = ET.parse(junit).getroot()
    assert (root.tag, root.attrib) == ("testsuites", {})
    for suite in root:
        assert (suite.tag, set(suite.attrib)) == ("testsuite", SUITE)
        tags = [child.tag for child in suite]
        assert tags == ["properties", *["testcase"] * int(suite.get("tests", "0")), "system-out", "system-err"]
        for case in suite.iter("testcase"):
            assert set(case.attrib) == CASE
            assert [child.tag for child in case] in ([], ["failure"], ["skipped"])
        assert len(list(suite.iter("failure"))) == int(suite.get("failures", "-1"))
    assert "| ❌ | steps: weights: halve |" in page.read_text("utf-8")

    with pytest.raises(SystemExit) as ended:
        main(["ci", "-C", str(folder), "--rows", "100", "--json"])
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["passed"] is False


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--rows", "0"], "a sample of 0 rows is none"),
        (["--sample", "2"], "a sample of 2.0 is no share"),
        (["--sample", "0.1", "--rows", "5"], "either a share, as 0.1, or a number of rows"),
        (["--junit", "nowhere/ci.xml"], "there is no folder nowhere"),
        (["-p", "n_trees"], "'n_trees' is not a param"),
    ],
)
def test_bad_options_are_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    write_plain(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["ci", "-C", str(tmp_path), *arguments])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert line in told
    assert told.count("\n") == 1
