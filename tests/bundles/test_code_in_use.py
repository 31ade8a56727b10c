"""Which code runs use: a deployed bundle, noticed by the next job, and never the working tree beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bundles.conftest import ANN, say_word
from tests.bundles.test_bundles import stored
from tidemill.app import open_workspace
from tidemill.bundles import WORKING_TREE, make_draft
from tidemill.core import load_settings
from tidemill.pipelines import PipelineJob
from tidemill.server.deployed_code import DeployedCode
from tidemill.server.scheduler import Scheduler
from tidemill.server.worker import Worker
from tidemill.workspace import Workspace


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    path, finders, modules = list(sys.path), list(sys.meta_path), set(sys.modules)
    yield
    sys.path[:], sys.meta_path[:] = path, finders
    for name in set(sys.modules) - modules:
        if name.partition(".")[0] in {"speech", "words", "beside"}:
            del sys.modules[name]


def job_of(workspace: Workspace, **params: object) -> str:
    job = PipelineJob("speech", params, release=False, role="admin").to_job()
    return workspace.database.write(lambda tx: workspace.queue.enqueue(tx, "default", "ann", job))


def said(workspace: Workspace, worker: Worker, **params: object) -> tuple[str, str]:
    """Run a job and return the word that its code said, and the bundle that its run names."""
    id_ = job_of(workspace, **params)
    assert worker.work_once()
    job = workspace.jobs.get(ANN, id_)
    assert job.state == "done", job.error
    assert job.result is not None
    run_id = job.result["run_id"]
    (output,) = workspace.pipelines.steps(ANN, run_id)[0].outputs
    text = workspace.blobs.get(output["manifest"]["blob"]).decode() if "blob" in output["manifest"] else str(output)
    return text, workspace.tracking.get_run(ANN, run_id).tags.get("bundle", "")


def test_the_next_job_uses_what_was_deployed(workspace: Workspace, folder: Path) -> None:
    worker = Worker(workspace)
    text, tag = said(workspace, worker)
    assert "one 2" in text
    one = stored(workspace, "one")
    assert tag == one.digest, "a run of the working tree names the bundle of what it ran"
    two = stored(workspace, "two")
    workspace.bundles.deploy(ANN, one.digest, "dev")
    say_word(folder, "edited")
    text, tag = said(workspace, worker)
    assert "one 2" in text, "not the working tree, nor what was packaged last"
    assert tag == one.digest
    workspace.bundles.deploy(ANN, two.digest, "dev")
    text, tag = said(workspace, worker)
    assert "two 2" in text, "a package beside the module is that of the new bundle"
    assert tag == two.digest
    workspace.bundles.deploy(ANN, WORKING_TREE, "dev")
    text, tag = said(workspace, worker)
    assert "edited 2" in text
    bundle = workspace.bundles.get(ANN, tag)
    assert [file.path for file in bundle.files] == [file.path for file in two.files]


def test_data_are_those_of_the_projects_folder(workspace: Workspace, folder: Path) -> None:
    worker = Worker(workspace)
    workspace.bundles.deploy(ANN, stored(workspace, "one").digest, "dev")
    assert "one 2" in said(workspace, worker)[0]
    (folder / "data" / "more.csv").write_text("id,at\nc,2026-01-03T00:00:00\n")
    assert "one 3" in said(workspace, worker)[0]


def test_a_bundle_reuses_what_the_same_code_computed_in_the_working_tree(workspace: Workspace) -> None:
    worker = Worker(workspace)
    said(workspace, worker)
    workspace.bundles.deploy(ANN, stored(workspace, "one").digest, "dev")
    said(workspace, worker)
    run = workspace.tracking.list_runs(ANN)[0]
    assert [step.state for step in workspace.pipelines.steps(ANN, run.id)] == ["reused"]


def test_params_and_module_are_the_bundles_and_a_pool_executes_its_code(workspace: Workspace, folder: Path) -> None:
    (folder / "words" / "test_spoken.py").write_text("import tidemill.testing\n")
    toml = folder / "tidemill.toml"
    toml.write_text(toml.read_text() + "[params.speech]\nloud = true\n")
    workspace.bundles.deploy(ANN, stored(workspace, "one").digest, "dev")
    say_word(folder, "edited")
    (folder / "speech.py").rename(folder / "moved.py")
    toml.write_text(f'executor = "pool"\n{toml.read_text().replace("speech.py", "moved.py").replace("true", "false")}')
    edited = open_workspace(folder, load_settings(folder, environ={}))
    assert edited.settings.executor == "pool"
    assert "ONE 2" in said(edited, Worker(edited))[0]
    run = edited.tracking.list_runs(ANN)[0]
    assert [step.executor for step in edited.pipelines.steps(ANN, run.id)] == ["pool"]
    edited.database.close()


def test_what_the_bundle_lacks_is_not_found_in_the_working_tree(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(folder))  # as an editable install of the project would have it
    monkeypatch.syspath_prepend(str(folder / "src"))
    (folder / "src").mkdir()
    (folder / "src" / "beside.py").write_text("SAID = 'src of the bundle'\n")
    spoken = folder / "words" / "spoken.py"
    spoken.write_text("from beside import SAID\n\n\ndef word():\n    return SAID\n")
    worker = Worker(workspace)
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    workspace.bundles.deploy(ANN, bundle.digest, "dev", override="a trial")
    (folder / "src" / "beside.py").write_text("SAID = 'src of the working tree'\n")
    assert "src of the bundle" in said(workspace, worker)[0]
    spoken.write_text("from later import SAID\n\n\ndef word():\n    return SAID\n")
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    workspace.bundles.deploy(ANN, bundle.digest, "dev", override="a trial")
    (folder / "later.py").write_text("SAID = 'later'\n")
    id_ = job_of(workspace)
    assert worker.work_once()
    assert "No module named 'later'" in str(workspace.jobs.get(ANN, id_).error)


def test_each_environment_uses_its_own(workspace: Workspace) -> None:
    one, two = stored(workspace, "one"), stored(workspace, "two")
    workspace.bundles.deploy(ANN, one.digest, "staging")
    workspace.bundles.deploy(ANN, two.digest, "prod")
    code = DeployedCode(workspace).now("default")
    assert (code.bundle, code.folder) == (None, workspace.folder)
    assert "the working tree" in code.words
    staging = replace(workspace, settings=replace(workspace.settings, env="staging"))
    assert "one 2" in said(staging, Worker(staging))[0]
    prod = replace(workspace, settings=replace(workspace.settings, env="prod"))
    assert "two 2" in said(prod, Worker(prod))[0]


def test_a_run_leads_to_the_bundle_of_its_code(workspace: Workspace, folder: Path, tmp_path: Path) -> None:
    _, digest = said(workspace, Worker(workspace))
    run = workspace.tracking.list_runs(ANN)[0]
    say_word(folder, "edited")
    bundle = workspace.bundles.for_run(ANN, run.id)
    assert bundle is not None
    assert bundle.digest == digest
    out = workspace.bundles.unpack(ANN, bundle, tmp_path / "out")
    assert "'one'" in (out / "words" / "spoken.py").read_text()


def test_code_that_cannot_be_recorded_is_no_reason_not_to_run(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidemill.bundles.project_files.MOST_FILES", 1)
    text, tag = said(workspace, Worker(workspace))
    assert "one 2" in text
    assert tag == ""
    run = workspace.tracking.list_runs(ANN)[0]
    assert workspace.bundles.for_run(ANN, run.id) is None


def test_the_scheduler_takes_its_declarations_from_the_bundle(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tidemill.server.scheduler._EVERY_S", 0.0)
    scheduler = Scheduler(workspace)
    assert scheduler.pass_once()
    module = folder / "speech.py"
    plain = module.read_text()
    module.write_text(plain + "\nspoken = tm.endpoint('spoken', pipeline=speech, gate=[tm.at_least('auc', 0.5)])\n")
    workspace.bundles.deploy(ANN, stored(workspace, "one").digest, "dev")
    module.write_text(plain)
    assert scheduler.pass_once()
    assert "watching spoken" in capsys.readouterr().err
