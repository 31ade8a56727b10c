"""The folder of the demo: made, recognised as its own, and thrown away only when it holds nobody's work."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from tidemill.cli.home import in_use
from tidemill.cli.init import project_files, write_project
from tidemill.core import UsageError, digest_bytes, digest_file, is_id, new_id

_MARKER = ".tidemill-demo"
_STORE = ".tidemill"
_NOT_LOOKED_AT = {_STORE, ".git", "__pycache__", _MARKER}
# The instant at which the store's clock stands: the demo drives it, and what is started later goes on from there.
CLOCK = f"{_STORE}/clock"
_TOML = (
    f'# Places and names only; everything else is declared in the module.\nmodule = "flights.py"\nclock = "{CLOCK}"\n'
)
_IGNORED = b".tidemill/\ndata/\n__pycache__/\n"


def check_demo_folder(folder: Path, *, anew: bool) -> None:
    """Do nothing when the demo may make a folder, or make it anew.

    Raises UsageError when it is not the demo's, something runs there, or, unless `anew`, it holds someone's changes.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir() or not (folder / _MARKER).is_file():
        raise UsageError(f"{folder} exists and is not a demo's folder; name another with --home")
    if Path.cwd().is_relative_to(folder.resolve()):
        raise UsageError(f"{folder} would be made anew under your feet; leave it first, or name another with --home")
    if in_use(folder / _STORE):
        raise UsageError(f"'tidemill up' or a demo runs in {folder}; stop it first, or name another with --home")
    changed = [] if anew else _changed(folder)
    if changed:
        names = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        raise UsageError(
            f"{folder} holds changes of yours: {names}; name another folder with --home, or throw them away with --anew"
        )


def make_demo_folder(folder: Path) -> threading.Thread:
    """Make the folder with the example's files; what was there goes. Call `check_demo_folder` first.

    A year of files takes seconds to remove, so that is left to the thread that is returned.
    """
    folder = folder.resolve()
    broom = threading.Thread(target=_sweep, args=(_put_aside(folder),), name="broom")
    broom.start()
    folder.mkdir(parents=True, exist_ok=True)
    files = {**project_files(), "tidemill.toml": _TOML.encode(), ".gitignore": _IGNORED}
    # The mark comes first: whatever interrupts, the next demo knows the folder.
    digests = {name: digest_bytes(content) for name, content in files.items()}
    (folder / _MARKER).write_text(json.dumps({"made_by": "tidemill demo", "files": digests}, indent=1), "utf-8")
    write_project(folder, files)
    _commit(folder)
    return broom


def _put_aside(folder: Path) -> list[Path]:
    """Rename the folder, which happens or does not; return it with what an interrupt has left aside before."""
    if folder.exists() and any(folder.iterdir()):
        folder.rename(folder.with_name(f".{folder.name}.{new_id()}"))
    found = folder.absolute().parent.glob(f".{folder.name}.*")
    return [each for each in found if is_id(each.name.rpartition(".")[2])]


def _sweep(folders: list[Path]) -> None:
    for each in folders:
        shutil.rmtree(each, ignore_errors=True)


def _changed(folder: Path) -> list[str]:
    """Return the files that are not as the demo wrote them. Its data files, which grow, are told by their names."""
    written = _written(folder / _MARKER)
    changed = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() or _NOT_LOOKED_AT & set(inside.parts) or _is_data(inside):
            continue
        if written.get(str(inside)) != digest_file(path):
            changed.append(str(inside))
    return changed


def _is_data(inside: Path) -> bool:
    kept_by = inside.parts[:-1]
    return kept_by in {("data", "flights"), ("data", "weather")} and inside.name.lstrip(".").startswith("2013-")


def _written(marker: Path) -> Mapping[str, str]:
    try:
        files = json.loads(marker.read_text("utf-8"))["files"]
    except (ValueError, KeyError, TypeError):
        return {}  # torn by an interrupt, or of an early version: nothing is known to be the demo's
    return files if isinstance(files, dict) else {}


def _commit(folder: Path) -> None:
    """Put the project under version control where git is there, so that its runs can name their commit."""
    who = ["-c", "user.name=Tidemill demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "Start from the flights example"]):
        try:
            subprocess.run(["git", "-C", str(folder), *command], capture_output=True, check=True)  # noqa: S607 - the user's git
        except (OSError, subprocess.CalledProcessError):
            return
