"""`requirements.lock`: exact versions with hashes and no address, made by uv or by pip, whichever is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tidemill.core import UnavailableError, UsageError, write_atomically
from tidemill.provenance import LOCK_FILE, normal_name

#: Where it is said what a project needs, the first that is there.
ASKED_IN = ("requirements.in", "pyproject.toml", "requirements.txt")
_PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)\s*(?P<marker>;[^\\]*)?"
)
_WITHIN_S = 1800


@dataclass(frozen=True)
class Locked:
    """A lock that was written: its file, what it was made from, by which tool, and how many packages it names."""

    file: Path
    asked_in: str
    tool: str
    n_packages: int


@dataclass(frozen=True)
class Lock:
    """What a lock asks for: versions by normalized name; `conditional` are those of some platforms only."""

    packages: dict[str, str]
    conditional: frozenset[str] = frozenset()


def read_lock(folder: Path) -> Lock:
    """Read a folder's lock. Raises UsageError when there is none, or a line of it pins no version."""
    file = folder / LOCK_FILE
    if not file.is_file():
        raise UsageError(f"there is no {LOCK_FILE} in {folder}; 'tidemill env lock' writes one")
    try:
        return parse_lock(file.read_text("utf-8"), str(file))
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no text: {error}; write it anew with 'tidemill env lock'") from error


def parse_lock(text: str, where: str) -> Lock:
    """Read the text of a lock.

    >>> parse_lock("Polars==1.30.0 ; python_version > '3' --hash=sha256:00", "a test")
    Lock(packages={'polars': '1.30.0'}, conditional=frozenset({'polars'}))
    """
    packages, conditional = {}, set()
    for number, line in enumerate(text.splitlines(), 1):
        told = line.split("#")[0].strip()
        if not told or told.startswith("--"):
            continue
        found = _PINNED.match(told)
        if found is None:
            raise UsageError(f"line {number} of {where} pins no version: {told[:80]!r}; it takes name==1.2")
        name = normal_name(found["name"])
        packages[name] = found["version"]
        if found["marker"]:
            conditional.add(name)
    return Lock(packages, frozenset(conditional))


def write_lock(folder: Path) -> Locked:
    """Write a folder's `requirements.lock` from what it says it needs.

    Raises UsageError when it says nothing, or needs something by an address; UnavailableError when neither uv nor pip
    is there, or for what the tool says.
    """
    asked = next((name for name in ASKED_IN if (folder / name).is_file()), None)
    if asked is None:
        raise UsageError(f"{folder} says nowhere what it needs; write {ASKED_IN[0]}, with lines such as 'polars>=1.30'")
    tool = find_tool()
    text = _by_uv(folder, asked) if tool == "uv" else _by_pip(folder, asked)
    lock = parse_lock(text, LOCK_FILE)
    write_atomically(folder / LOCK_FILE, text.encode())
    return Locked(folder / LOCK_FILE, asked, tool, len(lock.packages))


def find_tool() -> str:
    """Return `uv`, else `pip`. Raises UnavailableError when neither is there."""
    if shutil.which("uv"):
        return "uv"
    if find_spec("pip") is not None:
        return "pip"
    raise UnavailableError("neither uv nor pip is here to find versions and install them; install uv, or run ensurepip")


def run_tool(command: list[str], folder: Path) -> str:
    """Run a tool and return what it prints. Raises UnavailableError with the last line that it said."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{Path(command[0]).name} could not be run: {error}") from error
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it did not say why"]
        shown = "; ".join(line.strip("×╰─▶│ ") for line in said[:4])
        raise UnavailableError(f"{' '.join([Path(command[0]).name, *command[1:3]])} failed: {shown}")
    return done.stdout


def _by_uv(folder: Path, asked: str) -> str:
    quiet = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    command = ["uv", "pip", "compile", asked, "--generate-hashes", *quiet, "--python", sys.executable]
    text = run_tool(command, folder)
    for line in text.splitlines():
        if "://" in line or " @ " in line:
            raise UsageError(f"{asked} asks by an address, which a lock must not hold: {line.strip()[:80]}")
    return text


def _by_pip(folder: Path, asked: str) -> str:
    what = ["."] if asked == "pyproject.toml" else ["-r", asked]
    options = ["--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    report = json.loads(run_tool([sys.executable, "-m", "pip", "install", *options, *what], folder))
    entries: dict[str, str] = {}
    for found in report["install"]:
        entry = _entry(found)
        if entry is not None:
            entries[normal_name(found["metadata"]["name"])] = entry
    return "".join(entries[name] for name in sorted(entries))


def _entry(found: Mapping[str, Any]) -> str | None:
    name, version = found["metadata"]["name"], found["metadata"]["version"]
    info = found["download_info"]
    if "dir_info" in info:  # the project itself
        return None
    if found.get("is_direct"):
        raise UsageError(f"{name} is asked for by its address, which a lock must not hold; ask for {name}=={version}")
    digest = info.get("archive_info", {}).get("hashes", {}).get("sha256")
    if digest is None:
        raise UnavailableError(f"pip told no hash of {name} {version}; install uv, which does")
    return f"{normal_name(name)}=={version} \\\n    --hash=sha256:{digest}\n"
