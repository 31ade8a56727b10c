"""Locking, making and checking an environment, offline: the packages lie in a folder."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.small_project import ANN, write_project
from tests.workbench.test_checkout import PLAIN, run
from tidemill.app import open_workspace
from tidemill.cli import main
from tidemill.core import UnavailableError, UsageError, load_settings
from tidemill.provenance import Installed, installed_here, installed_in
from tidemill.workbench import (
    check_environment,
    compare_with_run,
    make_environment,
    parse_lock,
    write_devcontainer,
    write_lock,
)


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str], extra: str = "") -> Path:
    """Write a wheel as a package index would hold it."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if extra:
        files[f"{info}/entry_points.txt"] = extra
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        record = ""
        for file, text in files.items():
            archive.writestr(file, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={digest},{len(text.encode())}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that asks for two packages, which lie in a folder and nowhere else."""
    wheels = tmp_path / "wheels"
    for version in ("1.0", "1.1"):
        make_wheel(wheels, "tidepool", version, {"tidepool.py": f"VERSION = '{version}'\n"})
    make_wheel(wheels, "ipykernel", "9.0", {"ipykernel.py": ""})
    alone = {"UV_NO_INDEX": "1", "UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache"), "PIP_NO_INDEX": "1"}
    for name, value in {**alone, "UV_FIND_LINKS": str(wheels), "PIP_FIND_LINKS": str(wheels)}.items():
        monkeypatch.setenv(name, value)
    project = tmp_path / "My Project"
    project.mkdir()
    (project / "requirements.in").write_text("tidepool<1.1\nipykernel\n")
    return project


def test_an_environment_is_locked_made_checked_and_made_again(folder: Path) -> None:
    locked = write_lock(folder)

    text = locked.file.read_text()
    assert locked.n_packages == 2
    assert text.count("--hash=sha256:") == 2
    assert "://" not in text
    assert str(folder.parent) not in text

    made = make_environment(folder)
    assert made.kernel == "my-project"
    spec = json.loads((made.folder / "share" / "jupyter" / "kernels" / "my-project" / "kernel.json").read_text())
    assert spec["argv"][0] == str(made.folder / "bin" / "python")
    assert check_environment(folder).same

    (folder / "requirements.in").write_text("tidepool\n")
    write_lock(folder)
    found = check_environment(folder)
    assert found.other == {"tidepool": ("1.1", "1.0")}
    assert found.extra == {"ipykernel": "9.0"}
    assert not found.same
    make_environment(folder)
    assert check_environment(folder).same


@pytest.mark.long  # half a minute of pip
def test_pip_makes_a_lock_that_installs_where_there_is_no_uv(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_pip = folder.parent / "with-pip"
    venv.create(with_pip, with_pip=True)
    monkeypatch.setattr("tidemill.workbench.lock_file.find_tool", lambda: "pip")
    monkeypatch.setattr("tidemill.workbench.environment.find_tool", lambda: "pip")
    monkeypatch.setattr(sys, "executable", str(with_pip / "bin" / "python"))

    locked = write_lock(folder)

    assert locked.tool == "pip"
    assert parse_lock(locked.file.read_text(), "it").packages == {"ipykernel": "9.0", "tidepool": "1.0"}
    assert "://" not in locked.file.read_text()
    assert make_environment(folder).tool == "pip"
    assert check_environment(folder).same


def test_a_file_of_the_container_is_written_once_and_never_over_anothers(folder: Path) -> None:
    write_lock(folder)
    written = json.loads(write_devcontainer(folder).read_text())
    assert written["image"] == f"python:{sys.version_info.major}.{sys.version_info.minor}"
    assert "--require-hashes -r requirements.lock" in written["postCreateCommand"]
    write_devcontainer(folder)
    (folder / ".devcontainer" / "devcontainer.json").write_text("{}")
    with pytest.raises(UsageError, match="not from tidemill; move it away"):
        write_devcontainer(folder)


def test_what_cannot_be_is_said_in_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="'tidemill env lock' writes one"):
        make_environment(folder)
    with pytest.raises(UsageError, match="line 1 of a file pins no version: 'tidepool>=1'"):
        parse_lock("tidepool>=1\n", "a file")
    (folder / "requirements.in").write_text("nothing-of-this-name\n")
    with pytest.raises(UnavailableError, match="nothing-of-this-name"):
        write_lock(folder)
    (folder / "requirements.in").unlink()
    with pytest.raises(UsageError, match="says nowhere what it needs"):
        write_lock(folder)
    (folder / "requirements.in").write_text("tidepool\n")
    write_lock(folder)
    (folder / ".venv").mkdir()
    with pytest.raises(UsageError, match="is there and no environment"):
        make_environment(folder)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tidemill.workbench.lock_file.find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match="neither uv nor pip is here"):
        write_lock(folder)


def test_a_run_notes_its_environment_and_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, n_rows=50)
    (tmp_path / "parcels.py").write_text(PLAIN)
    made = run(tmp_path)
    workspace = open_workspace(tmp_path, load_settings(tmp_path, environ={}))
    found = compare_with_run(workspace, ANN, made.run.run_id)
    assert found.same
    assert not found.extra
    other = Installed("3.9.0", {**installed_here().packages, "polars": "0.1", "gone": "2.0"})
    tags = {"tidemill.environment": workspace.blobs.put(other.to_bytes())}
    workspace.tracking.set_tags(ANN, made.run.run_id, tags)
    workspace.database.close()

    with pytest.raises(SystemExit) as ended:
        main(["env", "diff", made.run.run_id, "-C", str(tmp_path)])

    assert ended.value.code == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["missing", "gone", "2.0", "-"] in lines
    assert ["other", "polars", "0.1", installed_here().packages["polars"]] in lines
    assert ["other", "python", "3.9.0", installed_here().python] in lines


def test_folders_are_listed_again_only_once_they_have_changed(tmp_path: Path) -> None:
    (tmp_path / "tide_pool-1.0.dist-info").mkdir()
    first = installed_in("3", [tmp_path])
    assert first.packages == {"tide-pool": "1.0"}
    assert installed_in("3", [tmp_path]) is first
    shutil.rmtree(tmp_path / "tide_pool-1.0.dist-info")
    (tmp_path / "tide_pool-1.1.dist-info").mkdir()
    assert installed_in("3", [tmp_path]).packages == {"tide-pool": "1.1"}
