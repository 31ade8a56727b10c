"""What goes into a bundle, what does not and why, and that its digest is that of the content."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bundles.conftest import ANN, say_word, write_speech
from tidemill.bundles import BundleDraft, make_draft
from tidemill.bundles.lock import installed_lock, lock_file
from tidemill.core import UsageError
from tidemill.workspace import Workspace

FILES = ["speech.py", "tidemill.toml", "words/__init__.py", "words/spoken.py"]


def paths(draft: BundleDraft) -> list[str]:
    return [file.path for file in draft.manifest.files]


def reasons(draft: BundleDraft) -> dict[str, str]:
    return {each.path: each.why for each in draft.left_out}


def git(folder: Path, *arguments: str) -> None:
    own = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    subprocess.run(["git", "-C", str(folder), *own, *arguments], check=True, capture_output=True)


def test_code_goes_in_and_all_else_has_a_reason(folder: Path) -> None:
    (folder / ".env").write_text("TOKEN=1")
    (folder / ".env.example").write_text("TOKEN=")
    (folder / "deploy.key").write_text("x")
    (folder / "hidden_key.py").write_text("KEY = '''-----BEGIN RSA PRIVATE KEY-----\n" + "A" * 64 + "\n'''\n")
    (folder / "model.onnx").write_bytes(b"o")
    (folder / "big.txt").write_bytes(b"x" * 2_000_001)
    (folder / "link.py").symlink_to("speech.py")
    (folder / "bad:name.py").write_text("")
    (folder / "Speech.py").write_text("")
    os.mkfifo(folder / "pipe")
    for name in (".venv", "__pycache__", ".git", ".tidemill", ".ssh", "elsewhere"):
        (folder / name).mkdir()
        (folder / name / "x.py").write_text("")
    (folder / ".venv" / "pyvenv.cfg").write_text("")
    (folder / "elsewhere" / "records.db").write_text("")
    (folder / ".gitignore").write_text("notes/\n*.tmp\n")
    (folder / "notes").mkdir()
    (folder / "a.tmp").write_text("")
    draft = make_draft(folder)
    assert paths(draft) == sorted([*FILES[1:], ".env.example", ".gitignore", "Speech.py"])
    assert draft.manifest.pipelines == ()
    told = reasons(draft)
    assert told["speech.py"] == "its name differs from Speech.py only in case"
    for name, word in {
        ".env": "secrets", "deploy.key": "secrets", "hidden_key.py": "private key", "model.onnx": "a model",
        "big.txt": "larger", "link.py": "link", "bad:name.py": "character ':'", "pipe": "no regular file",
        ".venv/": "virtual environment", "__pycache__/": "made from", ".git/": "repository", ".tidemill/": "store",
        ".ssh/": "credentials", "elsewhere/": "store", "notes/": ".gitignore says notes/", "a.tmp": "*.tmp",
        "data/rows.csv": "data",
    }.items():  # fmt: skip
        assert word in told[name], name
    assert not set(told) & set(paths(draft))


def test_tidemillignore_takes_data_in_and_never_secrets(folder: Path) -> None:
    (folder / "words" / "lookup.csv").write_text("a,b\n")
    (folder / ".env").write_text("TOKEN=1")
    (folder / ".gitignore").write_text("words/lookup.csv\n")
    (folder / ".tidemillignore").write_text("!lookup.csv\n!.env\nspeech.py\n")
    draft = make_draft(folder)
    assert "words/lookup.csv" in paths(draft)
    assert {".env", "speech.py"} <= reasons(draft).keys()


def test_many_files_of_a_kind_share_a_line(folder: Path) -> None:
    for number in range(40):
        (folder / "data" / f"{number}.csv").write_text("a\n")
    told = reasons(make_draft(folder))
    assert [path for path in told if path.startswith("data/")] == ["data/*.csv"]
    assert told["data/*.csv"].startswith("41 files: data")


def test_the_digest_is_of_the_content_whoever_makes_it_and_from_which_commit(
    folder: Path, tmp_path: Path, workspace: Workspace
) -> None:
    first = make_draft(folder)
    other = tmp_path / "copy"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns(".tidemill"))
    assert make_draft(other).digest == first.digest
    git(other, "init", "-q")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "all")
    assert make_draft(other).digest == first.digest
    say_word(other, "two")
    assert make_draft(other).digest != first.digest
    say_word(other, "one")
    (other / "speech.py").chmod(0o755)
    assert make_draft(other).digest != first.digest


def test_an_edit_is_seen_however_fast_it_comes(folder: Path, workspace: Workspace) -> None:
    seen = set()
    for number in range(30):
        say_word(folder, f"{number:02}")
        seen.add(make_draft(folder, workspace.settings).digest)
    assert len(seen) == 30


def test_a_file_that_has_not_changed_is_not_read_again(
    folder: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidemill.bundles.known_files._TOO_NEW_NS", -10_000_000_000)
    first = make_draft(folder, workspace.settings)
    read: list[str] = []
    plain = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    assert make_draft(folder, workspace.settings).digest == first.digest
    assert not {"speech.py", "spoken.py"} & set(read)
    (index,) = (workspace.home / "cache" / "bundles").glob("*.index")
    index.write_bytes(b"torn")
    assert make_draft(folder, workspace.settings).digest == first.digest


def test_passwords_in_the_settings_stay_behind(folder: Path, workspace: Workspace, tmp_path: Path) -> None:
    toml = folder / "tidemill.toml"
    toml.write_text(toml.read_text() + 'records = "postgresql://ann:hunter2@db/x"\n')
    draft = make_draft(folder, workspace.settings)
    assert "***" in reasons(draft)["tidemill.toml"]
    bundle = workspace.bundles.store(ANN, draft)
    unpacked = workspace.bundles.unpack(ANN, bundle, tmp_path / "out")
    assert "hunter2" not in (unpacked / "tidemill.toml").read_text()
    assert "postgresql://ann:***@db/x" in (unpacked / "tidemill.toml").read_text()


def test_what_was_not_committed_is_kept_beside_it_without_secrets(folder: Path, workspace: Workspace) -> None:
    (folder / ".env").write_text("TOKEN=aaaa\n")
    git(folder, "init", "-q")
    git(folder, "add", "-f", ".")
    git(folder, "commit", "-q", "-m", "all")
    (folder / ".env").write_text("TOKEN=verysecret\n")
    (folder / "words" / "spoken.py").write_text("api_key = 'verysecret'\ndef word():\n    return 'two'\n")
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    assert bundle.commit is not None
    diff = workspace.blobs.get(bundle.diff_digest).decode()
    assert "return 'two'" in diff
    assert "verysecret" not in diff
    git(folder, "commit", "-q", "-a", "-m", "more")
    again = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    assert (again.digest, again.diff_digest) == (bundle.digest, "")
    assert again.commit != bundle.commit


def test_the_projects_own_lock_is_the_lock(folder: Path) -> None:
    installed = make_draft(folder)
    assert installed.manifest.lock.kind == "installed"
    assert b"polars==" in installed.given[installed.manifest.lock.digest]
    assert installed_lock() == ("installed", installed.given[installed.manifest.lock.digest])
    (folder / "requirements.txt").write_text("polars>=1\n")
    assert lock_file(folder) is None
    (folder / "requirements.txt").write_text("# pins\npolars==1.30.0 \\\n    --hash=sha256:00\n")
    assert make_draft(folder).manifest.lock.kind == "requirements.txt"
    (folder / "uv.lock").write_text("version = 1\n")
    (folder / ".gitignore").write_text("uv.lock\n")
    draft = make_draft(folder)
    assert draft.manifest.lock.kind == "uv.lock"
    assert "uv.lock" in paths(draft)


def test_nothing_of_the_project_is_run(tmp_path: Path) -> None:
    write_speech(tmp_path)
    (tmp_path / "speech.py").write_text(
        "raise SystemExit('run')\n@tm.pipeline(name='b')\ndef a(): ...\nimport tidemill\n"
    )
    assert make_draft(tmp_path).manifest.pipelines == ("b",)


def test_a_folder_of_very_many_files_is_not_looked_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pictures").mkdir()
    for number in range(2001):
        (folder / "pictures" / f"{number}").touch()
    draft = make_draft(folder)
    assert paths(draft) == FILES
    assert "more than 2,000 files" in reasons(draft)["pictures/"]
    monkeypatch.setattr("tidemill.bundles.project_files.MOST_LOOKED_AT", 5)
    with pytest.raises(UsageError, match=r"more than 5 files and folders.*\.tidemillignore"):
        make_draft(folder)


def test_too_many_or_too_large_files_are_refused_in_a_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidemill.bundles.project_files.MOST_FILES", 3)
    with pytest.raises(UsageError, match=r"more than 3 files.*tidemillignore"):
        make_draft(folder)
    monkeypatch.undo()
    monkeypatch.setattr("tidemill.bundles.manifest.MOST_BYTES", 100)
    with pytest.raises(UsageError, match="larger than"):
        make_draft(folder)
    with pytest.raises(UsageError, match="is not a folder"):
        make_draft(folder / "nowhere")
