"""What is ignored is what git ignores."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.bundles.ignore_rules import last_word, parse_rule, read_rules, rules_above

NAMES = ("a", "b", "ab", "a.py", "b.txt", "build", "x y", "[c]")
PARTS = ("a", "b", "ab", "a.py", "*.py", "*.txt", "b*", "?", "[ab]", "[!a]", "**", "build", "*", "[a-b]*", "\\a")
WORDS = st.sampled_from(PARTS)
LINES = st.builds(
    lambda no, start, words, end: no + start + "/".join(words) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " "]),
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        raise AssertionError("git is needed here: install it")
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def ours(folder: Path, path: str) -> bool:
    """Whether a path is ignored, by walking down to it as `project_files` does."""
    rules = [*rules_above(folder), *read_rules(folder)]
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        inner = "/".join(parts[:depth])
        word = last_word(rules, inner, is_folder=depth < len(parts))
        if word is not None and not word.keeps:
            return True
    return False


def gits(folder: Path, paths: list[str]) -> set[str]:
    given_paths = "\0".join(paths) + "\0"
    done = subprocess.run(
        ["git", "-C", str(folder), "check-ignore", "--stdin", "-z", "--no-index"],
        input=given_paths.encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    return {each for each in done.stdout.decode().split("\0") if each}


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=5), st.lists(PATHS, min_size=1, max_size=12, unique=True))
def test_the_rules_say_what_git_says(repository: Path, lines: list[str], paths: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(dir=repository))
    (folder / ".gitignore").write_text("\n".join(lines) + "\n")
    assert {path for path in paths if ours(folder, path)} == gits(folder, paths)
    shutil.rmtree(folder)


def test_rules_of_folders_above_count_as_in_git(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n/deep/inner/only.py\n/only.py\n")
    inner = repository / "deep" / "inner"
    inner.mkdir(parents=True)
    (inner / ".gitignore").write_text("!keep.log\n")
    paths = ["a.log", "keep.log", "only.py", "x/only.py", "other.py"]
    assert {path for path in paths if ours(inner, path)} == gits(inner, paths) == {"a.log", "only.py"}
    (repository / ".gitignore").unlink()


def test_comments_and_empty_lines_are_no_rules() -> None:
    assert parse_rule("# x") is None
    assert parse_rule("   ") is None
    assert parse_rule("/") is None
