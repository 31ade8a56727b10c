"""The demo makes its folder anew, and throws away nobody's work."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_commands import tidemill
from tidemill.cli.demo_folder import check_demo_folder, make_demo_folder
from tidemill.cli.home import using_home
from tidemill.cli.own_command import own_command
from tidemill.core import UsageError


def edit(folder: Path) -> None:
    (folder / "flights.py").write_text((folder / "flights.py").read_text() + "\n# mine\n")


def add(folder: Path) -> None:
    (folder / "notes").mkdir()
    (folder / "notes" / "thesis.tex").write_text("years of work")


def add_data(folder: Path) -> None:
    (folder / "data" / "flights").mkdir(parents=True)
    (folder / "data" / "flights" / "mine.csv").write_text("a,b\n1,2\n")


@pytest.mark.parametrize("change", [edit, add, add_data])
def test_changes_are_kept_unless_they_are_to_be_thrown_away(tmp_path: Path, change: Callable[[Path], None]) -> None:
    folder = tmp_path / "tidemill-demo"
    make_demo_folder(folder)
    check_demo_folder(folder, anew=False)
    change(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = tidemill(tmp_path, "demo")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    for part in ("changes of yours", "--home", "--anew"):
        assert part in done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    check_demo_folder(folder, anew=True)


def test_a_folder_in_which_something_runs_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tidemill-demo"
    make_demo_folder(folder)
    with using_home(folder / ".tidemill"):
        done = tidemill(tmp_path, "demo", "--anew")
    assert (done.returncode, "runs in tidemill-demo" in done.stderr) == (2, True)
    check_demo_folder(folder, anew=False)


def test_a_folder_is_known_again_wherever_it_was_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "tidemill-demo"
    make_demo_folder(folder)
    for name in ("unpack.py", "README.md", "flights.py", "sources.py", "tidemill.toml", ".gitignore"):
        (folder / name).unlink()
        check_demo_folder(folder, anew=False)
    (folder / ".tidemill-demo").write_text("")
    check_demo_folder(folder, anew=False)
    make_demo_folder(folder).join()
    assert [path.name for path in tmp_path.iterdir()] == ["tidemill-demo"]
    assert (folder / "flights.py").is_file()


def test_the_ground_is_not_taken_from_under_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_demo_folder(tmp_path / "tidemill-demo")
    monkeypatch.chdir(tmp_path / "tidemill-demo")
    with pytest.raises(UsageError, match="leave it first"):
        check_demo_folder(Path("../tidemill-demo"), anew=True)


def test_a_port_in_use_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = tidemill(tmp_path, "demo", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, "is in use" in done.stderr, list(tmp_path.iterdir())) == (2, True, [])


def test_the_commands_to_go_on_with_call_this_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(scripts))
    assert own_command(tmp_path) == "tidemill"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tidemill").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "tidemill").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    command = own_command(tmp_path)
    assert (tmp_path / command).resolve().samefile(scripts / "tidemill")
