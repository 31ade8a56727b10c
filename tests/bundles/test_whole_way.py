"""From a clean commit to production in a store of its own, by the commands that a person types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bundles.conftest import say_word, write_speech
from tests.workbench.test_checkout import git
from tidemill.cli import main

WORD_TEST = """
import tidemill.testing


def test_it_says_how_many():
    with tidemill.testing.project(rows=2) as p:
        assert "2" in p.run("speech").result
"""


class Shop:
    """A project under git whose commands are typed in."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def type(self, *line: str, code: int = 0, err: bool = False) -> str:
        """Type a command, expect its exit code, and return what it says; what it says in error when asked for."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*line, "-C", str(self.folder)])
        said = self._capsys.readouterr()
        assert ended.value.code == code, (line, said)
        return said.err if code or err else said.out

    def json(self, *line: str, code: int = 0) -> Any:
        """Type a command and return the JSON that it prints."""
        return json.loads(self.type(*line, "--json", code=code))


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    """A commit of a project with a test of its own beside its module."""
    folder = tmp_path / "speech"
    write_speech(folder)
    toml = (folder / "tidemill.toml").read_text().replace('module = "speech.py"\n', "")
    (folder / "tidemill.toml").write_text(toml)
    (folder / "test_speech.py").write_text(WORD_TEST)
    (folder / ".gitignore").write_text(".tidemill*/\ndata/\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A", ".")
    git(folder, "commit", "-qm", "First", "--no-gpg-sign")
    return Shop(folder, capsys)


def test_the_bundle_that_ci_checked_is_the_one_that_is_packaged_and_a_run_says_what_it_uses(shop: Shop) -> None:
    report = shop.json("ci")
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["unit tests"]["line"] == "1 tests passed"
    made = shop.json("package")
    assert made["digest"] == report["digest"]
    assert made["module"] == "speech.py"
    shop.type("bundle", "deploy", "latest", "--to", "dev")
    with_code = shop.type("run", "--json", code=0, err=True)
    assert f"this run uses the working tree; scheduled and triggered runs of dev use bundle {made['digest'][:12]}" in (
        with_code
    )


def test_a_check_that_came_later_counts_in_the_other_store_too(shop: Shop) -> None:
    (shop.folder / "test_speech.py").unlink()
    (shop.folder / "tidemill.local.toml").write_text('[environments.prod]\nhome = "../prod"\n')
    digest = shop.json("package")["digest"]
    refused = shop.type("bundle", "deploy", digest, "--to", "prod", code=1)
    assert "the check 'ci' has not run on it" in refused
    shop.json("ci", "--bundle", digest)
    done = shop.json("bundle", "deploy", digest, "--to", "prod")
    assert (done["digest"], done["override"]) == (digest, "")
    say_word(shop.folder, "two")
    second = shop.json("package")["digest"]
    shop.json("bundle", "deploy", second, "--to", "staging", "--override", "the night is short")
    assert "the check 'ci' has not run" in shop.type("bundle", "promote", "staging", "prod", code=1)
    shop.json("ci", "--bundle", second)
    promoted = shop.json("bundle", "promote", "staging", "prod")
    assert (promoted["digest"], promoted["from_environment"], promoted["number"]) == (second, "staging", 2)
    listed = shop.json("bundles", "--env", "prod")
    assert listed["environments"]["prod"]["digest"] == second
    assert {each["digest"] for each in listed["bundles"]} == {digest, second}
