"""A reader who types what a page says: its blocks, in order, in one folder, with a real `tidemill` on the path.

    ```sh                   is typed into a shell and must end with 0; with `exit=1` it must end with 1
    ```sh needs=curl        is left out where there is no curl
    ```sh                   of `tidemill up` alone is left running to the end of the page
    ```python               is run; with `file=shop.py` it is saved under that name
    ```toml file=x, ```csv  are saved too
    ```text                 right after one that was run is its output: each line must have been printed, but for what
                            differs from run to run; a line of `…` stands for any, and one that ends in it is cut there

Ports in a page are the default ones; the reader takes free ones in their place.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from tests.docs.pages import Block
from tidemill.cli import main

_UP = "tidemill up\n"
_IDS = re.compile(r"\b[0-9a-f]{8,64}\b|tm_[\w-]+")
_NUMBERS = re.compile(r"\d+")
#: A command as it may be run in this process: no pipe, redirection, substitution nor second command.
_PLAIN = re.compile(r"(tidemill|cd) [^|&;<>$`(]*")
_RUN = ("sh", "python")
_WITHIN_S = 90


class Reader:
    """Somebody at a shell in one folder. Use it in a with statement: what it left running is stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _two_free_ports()
        self._printed: str | None = ""
        self._up: subprocess.Popen[bytes] | None = None
        self._environment = self._make_environment()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._up is not None:
            self._up.terminate()
            self._up.wait(_WITHIN_S)

    def read(self, blocks: list[Block]) -> None:
        """Do what the blocks say, in order."""
        for block in blocks:
            if "file" in block.words:
                self._save(block)
            elif block.language in _RUN:
                if shutil.which(block.words.get("needs", "sh")) is not None:
                    self._run(block)
                else:
                    self._printed = None
            elif block.language == "text" and block.follows and self._printed is not None:
                self._compare(block)

    def _save(self, block: Block) -> None:
        path = self.folder / block.words["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")
        self._printed = None

    def _run(self, block: Block) -> None:
        text = block.text.replace(":8400", f":{self.port}").replace(":8401", f":{self.port + 1}")
        if block.language == "sh" and text == _UP:
            self._start_up()
            return
        lines = [line for line in text.splitlines() if line.strip()]
        if block.language == "sh" and all(_PLAIN.fullmatch(line) for line in lines):
            code = self._type([shlex.split(line, comments=True) for line in lines])
        else:
            code = self._spawn(block.language, text)
        wanted = int(block.words.get("exit", "0"))
        assert code == wanted, f"{block.place} ended with {code}:\n{text}\n{self._printed}"

    def _type(self, commands: list[list[str]]) -> int:
        """Run plain commands in this process: a new one for each would cost the suite a minute."""
        printed, code = io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(printed):
            patch.chdir(self._where())
            for name in [each for each in os.environ if each not in self._environment]:
                patch.delenv(name)
            for name, value in self._environment.items():
                patch.setenv(name, value)
            for program, *arguments in commands:
                code = _enter(arguments[0]) if program == "cd" else _tidemill(arguments)
                if code:
                    break
            (self.folder / ".cd").write_text(str(Path.cwd()))
        self._printed = printed.getvalue()
        return code

    def _spawn(self, language: str, text: str) -> int:
        program = ["bash", "-euo", "pipefail", "-c", _remembering(text)] if language == "sh" else None
        done = subprocess.run(
            program or [sys.executable, "-W", "error", "-c", text],
            cwd=self._where(),
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=False,
        )
        self._printed = done.stdout + done.stderr
        return done.returncode

    def _start_up(self) -> None:
        log = (self.folder / "up.log").open("wb")
        self._up = subprocess.Popen(
            ["tidemill", "up"],
            cwd=self._where(),
            env=self._environment,
            stdout=log,
            stderr=log,
            executable=self._script(),
        )
        log.close()
        deadline = time.monotonic() + 30
        for port, path in ((self.port, "/ready"), (self.port + 1, "/ready")):
            while not _answers(f"http://127.0.0.1:{port}{path}"):
                assert self._up.poll() is None, (self.folder / "up.log").read_text()
                assert time.monotonic() < deadline, (self.folder / "up.log").read_text()
                time.sleep(0.05)

    def _compare(self, block: Block) -> None:
        told = self._printed or ""
        printed = [_essence(line) for line in told.splitlines()]
        for line in block.text.splitlines():
            wanted, cut, _ = _essence(line).partition("…")
            if cut:
                assert any(each.startswith(wanted) for each in printed), _missing(block, line, told)
            else:
                assert wanted in printed, _missing(block, line, told)

    def _where(self) -> Path:
        told = self.folder / ".cd"
        return Path(told.read_text().strip()) if told.exists() else self.folder

    def _script(self) -> str:
        return str(self.folder / ".bin" / "tidemill")

    def _make_environment(self) -> dict[str, str]:
        programs = self.folder / ".bin"
        programs.mkdir(exist_ok=True)
        for name, module in (("tidemill", "-m tidemill "), ("python", "")):
            script = programs / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n')
            script.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMILL_")}
        return kept | {
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "TIDEMILL_PORT": str(self.port),
            "CD_FILE": str(self.folder / ".cd"),
            "LOGNAME": "ann",
            "COLUMNS": "200",
        }


def leave(folder: Path) -> None:
    """Forget where a reader of this folder stood, so that the next begins at its top."""
    (folder / ".cd").unlink(missing_ok=True)
    shutil.rmtree(folder / ".bin", ignore_errors=True)


def _remembering(text: str) -> str:
    # A `cd` holds for the blocks after it, as in a real shell.
    return f"trap 'pwd > \"$CD_FILE\"' EXIT\n{text}"


def _essence(line: str) -> str:
    """What of a line is the same in every run: no digits, ids, nor widths."""
    return " ".join(_NUMBERS.sub("0", _IDS.sub("ID", line)).split())


def _missing(block: Block, line: str, printed: str) -> str:
    return f"{block.place} says that this is printed, and it was not:\n{line}\n--- printed:\n{printed}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _enter(folder: str) -> int:
    os.chdir(folder)
    return 0


def _tidemill(arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    raise AssertionError("main returns by SystemExit")


def _two_free_ports() -> int:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                with socket.create_server(("127.0.0.1", port + 1)):
                    return port
            except OSError:
                continue
