"""The uncommitted changes of a project under version control, as a patch without secrets."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tidemill.core import LOCAL_FILE
from tidemill.provenance.git import git, git_bytes

LARGEST_CHANGES_BYTES = 1 << 20
#: What is code: data files are versioned by the store, and what is none of these is left out.
CODE = ("*.py", "*.toml", "*.lock", "*.cfg", "*.ini", "*.sql", "*.yaml", "*.yml", "requirements*.txt", "*.in")
_PATHS = (*CODE, f":(exclude)*{LOCAL_FILE}")
_NAMED = r"[\w.-]*(?:passw(?:or)?d|secret|token|api_?key|access_?key|private_?key|credential)[\w.-]*"
_SECRETS = re.compile(
    rf"(?i)\b{_NAMED}[\"']?\s*[:=]\s*[\"']?(?P<value>[^\s\"',;)}}]{{6,}})"
    r"|\b(?P<key>AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|sk-[\w-]{20,}|xox[abprs]-[\w-]{10,}|tm_[\w-]{20,})"
    r"|://[^/\s:@]+:(?P<password>[^@\s/]{3,})@"
    r"|(?P<block>-----BEGIN [A-Z ]*PRIVATE KEY-----)"
)
#: What stands to the right of a secret's name and is none: it is read from somewhere.
_READ = re.compile(r"(?i)os\.|environ|getenv|get_|load_|settings|None|True|False|str\b|int\b|[\w.]+\(")
REDACTED = "REDACTED"
_KEY_BLOCK = "PRIVATE KEY-----"


@dataclass(frozen=True)
class Changes:
    """A patch against the commit, and what it lacks.

    patch: as `git apply` takes it; empty when there is none.
    lacking: in words, what was redacted or left out; empty when the patch is whole.
    """

    patch: bytes
    lacking: tuple[str, ...] = ()


def uncommitted_changes(folder: Path) -> Changes:
    """Return the changes of a folder's code against its commit, new files included. The repository is left alone.

    A secret in an added line is redacted; a file with one in another line is left out, since the patch would not apply.
    A patch beyond 1 MiB is not kept.
    """
    patch = _patch(folder)
    if not patch:
        return Changes(b"")
    kept, lacking = [], []
    for piece in re.split(rb"(?m)^(?=diff --git )", patch):
        if piece:
            told, why = _without_secrets(piece)
            kept.append(told)
            lacking += [why] if why else []
    whole = b"".join(kept)
    if len(whole) > LARGEST_CHANGES_BYTES:
        return Changes(b"", (f"the uncommitted changes are {len(whole):,} bytes, more than is kept (1 MiB)",))
    return Changes(whole, tuple(lacking))


def _patch(folder: Path) -> bytes:
    """Return the difference to the commit with new files in it, found with a copy of the index."""
    index = git(folder, "rev-parse", "--git-path", "index")
    with tempfile.TemporaryDirectory(prefix="tidemill-index-") as place:
        copy = Path(place) / "index"
        if index and (folder / index).is_file():
            shutil.copyfile(folder / index, copy)
        environ = {**os.environ, "GIT_INDEX_FILE": str(copy)}
        new = git_bytes(folder, "ls-files", "-z", "--others", "--exclude-standard", "--", *_PATHS).split(b"\0")
        names = [os.fsdecode(name) for name in new if name]
        if names:
            git(folder, "add", "--intent-to-add", "--", *names, environ=environ)
        how = ("--binary", "--no-ext-diff", "--no-textconv", "--no-color")
        return git_bytes(folder, "diff", "HEAD", *how, "--", *_PATHS, environ=environ)


def _without_secrets(piece: bytes) -> tuple[bytes, str]:
    name = piece.split(b"\n", 1)[0].decode("utf-8", "replace").rpartition(" b/")[2]
    lines = piece.split(b"\n")
    n_redacted = 0
    for number, line in enumerate(lines):
        text = line.decode("utf-8", "surrogateescape")
        hidden = redact(text)
        if hidden == text:
            continue
        # Of a key in PEM the secret is in the lines that follow.
        if not text.startswith("+") or text.startswith("+++") or _KEY_BLOCK in text:
            return b"", f"{name} is left out: it holds what looks like a secret"
        lines[number] = hidden.encode("utf-8", "surrogateescape")
        n_redacted += 1
    return b"\n".join(lines), f"{n_redacted} line(s) of {name} are redacted: secrets" if n_redacted else ""


def redact(text: str) -> str:
    """Return a line with what looks like a secret replaced.

    >>> redact("password = 'hunter22'"), redact("token = os.environ['TOKEN']")
    ("password = 'REDACTED'", "token = os.environ['TOKEN']")
    """

    def hide(found: re.Match[str]) -> str:
        for group in ("value", "key", "password", "block"):
            secret = found[group]
            if secret is not None:
                if group == "value" and _READ.match(secret):
                    return found[0]
                start = found.start(group) - found.start()
                return found[0][:start] + REDACTED + found[0][start + len(secret) :]
        return found[0]

    return _SECRETS.sub(hide, text)
