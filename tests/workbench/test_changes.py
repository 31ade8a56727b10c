"""Uncommitted changes as a patch: what is in it, what is not, and that the repository is left alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.workbench.test_checkout import git
from tidemill.provenance import redact, uncommitted_changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with one committed file."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("A = 1\nPASSWORD = 'old-and-known'\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "First", "--no-gpg-sign")
    return tmp_path


def test_new_and_staged_and_changed_code_is_in_the_patch_and_nothing_else(folder: Path) -> None:
    (folder / "new.py").write_text("NEW = 1\n")
    (folder / "staged.toml").write_text("staged = true\n")
    (folder / ".env").write_text("TOKEN=hunter2hunter2\n")
    (folder / "rows.csv").write_text("1,2\n")
    (folder / "tidemill.local.toml").write_text('home = "x"\n')
    git(folder, "add", "staged.toml")
    before = git(folder, "status", "--porcelain")

    found = uncommitted_changes(folder)

    assert git(folder, "status", "--porcelain") == before
    assert found.lacking == ()
    assert b"+NEW = 1" in found.patch
    assert b"+staged = true" in found.patch
    assert not any(each in found.patch for each in (b"hunter2", b"1,2", b"home"))
    git(folder, "stash", "-uq")
    subprocess.run(["git", "-C", str(folder), "apply", "-"], input=found.patch, check=True)
    assert (folder / "new.py").read_text() == "NEW = 1\n"


def test_a_secret_in_a_line_that_the_patch_needs_leaves_its_file_out(folder: Path) -> None:
    (folder / "a.py").write_text("A = 2\nPASSWORD = 'old-and-known'\n")
    (folder / "b.py").write_text("B = 1\n")
    pem = "KEY = '''-----BEGIN PRIVATE KEY-----\nMIIabcdef\n-----END PRIVATE KEY-----'''\n"
    (folder / "c.py").write_text(pem)
    found = uncommitted_changes(folder)
    assert b"MIIabcdef" not in found.patch
    assert b"old-and-known" not in found.patch
    assert b"+B = 1" in found.patch
    assert found.lacking == tuple(f"{name} is left out: it holds what looks like a secret" for name in ("a.py", "c.py"))


def test_changes_beyond_a_mebibyte_are_not_kept_and_said_so(folder: Path) -> None:
    (folder / "large.py").write_text("X = 1  # a long file\n" * 60_000)
    found = uncommitted_changes(folder)
    assert found.patch == b""
    assert "more than is kept (1 MiB)" in found.lacking[0]


def test_outside_of_version_control_there_are_none(tmp_path: Path) -> None:
    assert uncommitted_changes(tmp_path).patch == b""


@pytest.mark.parametrize(
    "line",
    [
        "API_KEY = 'abcdef123456'",
        "db_password: abcdef123456",
        "'client_secret': \"abcdef123456\",",
        "url = 'postgresql://ann:abcdef123456@host/db'",
        "key = AKIAABCDEF1234567890",
        "header = 'ghp_abcdef1234567890abcdef1234567890abcd'",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_redacted(line: str) -> None:
    told = redact(line)
    assert "REDACTED" in told
    assert "abcdef123456" not in told
    assert "1234567890" not in told


@pytest.mark.parametrize(
    "line",
    [
        "token = os.environ['TOKEN']",
        "password = get_password('db')",
        "def tokens(rows): return n_tokens",
        "secret: str | None = None",
        "max_tokens = 5",
        "url = 'https://example.com/a:b@c'",
    ],
)
def test_what_reads_a_secret_is_left_as_it_is(line: str) -> None:
    assert redact(line) == line
