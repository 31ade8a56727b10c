"""A project's development environment: `.venv` from the lock, a kernel, a container, and what differs from the lock."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tidemill.access import Caller
from tidemill.core import NotFoundError, UsageError, write_atomically
from tidemill.provenance import LOCK_FILE, Installed, installed_here, installed_in, read_origin
from tidemill.workbench.lock_file import Lock, find_tool, read_lock, run_tool
from tidemill.workspace import Workspace

ENVIRONMENT = ".venv"
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv"})


@dataclass(frozen=True)
class Differences:
    """What an environment has otherwise than is asked for. other: names with (asked for, there).

    of: which environment, in words. python: asked for and there when these differ, else None.
    """

    of: str
    missing: dict[str, str]
    other: dict[str, tuple[str, str]]
    extra: dict[str, str]
    python: tuple[str, str] | None = None

    @property
    def same(self) -> bool:
        """Whether all that is asked for is there, in its version; what is there beside it does not count."""
        return not self.missing and not self.other and self.python is None


@dataclass(frozen=True)
class MadeEnvironment:
    """An environment that was made: its folder and tool, how many packages, and its kernel when it has one."""

    folder: Path
    tool: str
    n_packages: int
    kernel: str | None


def make_environment(folder: Path) -> MadeEnvironment:
    """Make `.venv` hold exactly what the lock names, with a Jupyter kernel when ipykernel is among it.

    Raises UsageError without a lock, or when `.venv` is something else; UnavailableError for what the tool says.
    """
    lock, place = read_lock(folder), folder / ENVIRONMENT
    if place.exists() and not (place / "pyvenv.cfg").is_file():
        raise UsageError(f"{place} is there and no environment; move it away")
    tool = find_tool()
    if tool == "uv":
        if not place.exists():
            run_tool(["uv", "venv", "--quiet", "--python", sys.executable, str(place)], folder)
        own = ["--quiet", "--require-hashes", "--python", str(_python(place))]
        run_tool(["uv", "pip", "sync", *own, LOCK_FILE], folder)
    else:
        if not place.exists():
            run_tool([sys.executable, "-m", "venv", str(place)], folder)
        run_tool([str(_python(place)), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK_FILE], folder)
    kernel = _write_kernel(folder, place) if "ipykernel" in lock.packages else None
    return MadeEnvironment(place, tool, len(lock.packages), kernel)


def check_environment(folder: Path) -> Differences:
    """Compare the lock with `.venv`, or with what this process runs in when there is none. Raises UsageError."""
    lock, place = read_lock(folder), folder / ENVIRONMENT
    if not (place / "pyvenv.cfg").is_file():
        return compare(lock, installed_here(), "the environment that runs this command")
    folders = [*place.glob("lib/python*/site-packages"), *place.glob("Lib/site-packages")]
    return compare(lock, installed_in(_version_of(place), folders), ENVIRONMENT)


def compare(lock: Lock, there: Installed, of: str) -> Differences:
    """Return how what is installed differs from a lock."""
    asked, found = lock.packages, there.packages
    return Differences(
        of,
        {name: asked[name] for name in asked if name not in found and name not in lock.conditional},
        {name: (asked[name], found[name]) for name in asked if name in found and found[name] != asked[name]},
        {name: found[name] for name in found if name not in asked and name not in _TOOLS},
    )


def compare_with_run(workspace: Workspace, caller: Caller, run_id: str) -> Differences:
    """Return how this process's environment differs from that of a run.

    Raises NotFoundError for an unknown run; UsageError for one that noted no environment.
    """
    detail = workspace.tracking.get_run(caller, run_id)
    try:
        then = read_origin(workspace.blobs, detail.tags).environment
    except NotFoundError as error:
        raise UsageError(f"the environment of run {run_id} was collected; run the pipeline again") from error
    if then is None:
        raise UsageError(f"run {run_id} noted no environment; runs of this version do: run the pipeline again")
    here = installed_here()
    found = compare(Lock(then.packages), here, f"this environment beside that of run {run_id[:12]}")
    python = None if then.python == here.python else (then.python, here.python)
    return Differences(found.of, found.missing, found.other, found.extra, python)


def write_devcontainer(folder: Path) -> Path:
    """Write `.devcontainer/devcontainer.json`: the Python of this process, and the lock installed into `.venv`.

    Raises UsageError without a lock, or when there is a file of another's making.
    """
    read_lock(folder)
    file = folder / ".devcontainer" / "devcontainer.json"
    text = json.dumps(_devcontainer(kernel_name(folder)), indent=2) + "\n"
    if file.exists() and '"tidemill"' not in file.read_text("utf-8", "replace"):
        raise UsageError(f"{file} is there and not from tidemill; move it away to have another written")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, text.encode())
    return file


def kernel_name(folder: Path) -> str:
    """Return what a project's kernel is called, after its folder.

    >>> kernel_name(Path("/projects/My Flights"))
    'my-flights'
    """
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-.") or "project"


def _devcontainer(name: str) -> Mapping[str, object]:
    python = f"${{containerWorkspaceFolder}}/{ENVIRONMENT}/bin/python"
    install = f"python -m venv {ENVIRONMENT} && {ENVIRONMENT}/bin/python -m pip install --require-hashes -r {LOCK_FILE}"
    return {
        "name": name,
        "image": f"python:{sys.version_info.major}.{sys.version_info.minor}",
        "postCreateCommand": install,
        "forwardPorts": [8400, 8401],
        "customizations": {
            "tidemill": {"lock": LOCK_FILE},
            "vscode": {
                "extensions": ["ms-python.python", "ms-toolsai.jupyter"],
                "settings": {"python.defaultInterpreterPath": python},
            },
        },
    }


def _write_kernel(folder: Path, place: Path) -> str:
    name = kernel_name(folder)
    file = place / "share" / "jupyter" / "kernels" / name / "kernel.json"
    argv = [str(_python(place)), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": "python", "metadata": {"debugger": True}}
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, (json.dumps(spec, indent=1) + "\n").encode())
    return name


def _python(place: Path) -> Path:
    windows = place / "Scripts" / "python.exe"
    return windows if windows.is_file() else place / "bin" / "python"


def _version_of(place: Path) -> str:
    lines = (place / "pyvenv.cfg").read_text("utf-8", "replace").splitlines()
    told = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    return told.get("version_info") or told.get("version") or ""
