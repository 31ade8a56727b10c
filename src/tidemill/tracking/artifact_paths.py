"""Paths of artifacts: names between slashes, which are keys of rows and never anything of a file system."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from tidemill.core import UsageError

MOST_PATH_BYTES, MOST_NAME_BYTES = 1000, 255
#: Whose paths these are that belong to no run, no model and no trace.
NOBODY = ""
MODEL_PREFIX = "m-"
_DRIVE = re.compile(r"[A-Za-z]:", re.ASCII)
_RUN = re.compile(r"[0-9a-f]{32}")
_MODEL, _TRACE = re.compile(r"m-[0-9a-zA-Z_-]{1,64}"), re.compile(r"tr-[0-9a-zA-Z_-]{1,64}")
_KINDS = {"models": _MODEL, "traces": _TRACE}
_ARTIFACTS = "artifacts"
_JOINERS = "\u200c\u200d"  # words of Persian and some pictures need them


class InvalidPathError(UsageError):
    """A path that no artifact can have."""


class ArtifactPlace(NamedTuple):
    """Where an artifact is: whose it is, a run's, a logged model's, a trace's or nobody's, and its path there."""

    owner: str
    path: str


def check_path(path: str) -> str:
    """Return the path of a file in its one normal form, NFC. Raises InvalidPathError for what cannot be one.

    The error tells the rule, and not what was tried.

    >>> check_path("model/MLmodel")
    'model/MLmodel'
    >>> check_path("../secret")
    Traceback (most recent call last):
    ...
    tidemill.tracking.artifact_paths.InvalidPathError: Invalid path: a path is names between single slashes; none ...
    """
    names = path.split("/")
    if not all(names):
        raise _refused("a path is names between single slashes; none is empty, and it neither begins nor ends with one")
    _refuse_escapes(path)
    _refuse_escapes(unquote(path))  # only looked at: a name is stored as it came, percent signs and all
    if not _is_text(path) or any(map(_is_hidden, path)):
        raise _refused("leave out control characters, marks that turn the direction of text, and what is no Unicode")
    normal = unicodedata.normalize("NFC", path)
    if len(normal.encode()) > MOST_PATH_BYTES or max(len(name.encode()) for name in names) > MOST_NAME_BYTES:
        raise _refused(f"a path has at most {MOST_PATH_BYTES} bytes, a name in it {MOST_NAME_BYTES}")
    return normal


def check_folder(path: str) -> str:
    """Return the path of a folder, empty for the root; a slash at its end is left out. Raises InvalidPathError.

    >>> check_folder("model/"), check_folder("")
    ('model', '')
    """
    return check_path(path.removesuffix("/")) if path else ""


def place_of(path: str) -> ArtifactPlace:
    """Return whose path it is and what is left of it there: ``3/RUN/artifacts/a/b`` is ``a/b`` of a run.

    path: of a file or folder, checked; empty for the root. What is no such path is nobody's, as it stands. Whether
    there is such a run is not known here.

    >>> place_of("0/" + "ab" * 16 + "/artifacts/plots/roc.png").path
    'plots/roc.png'
    >>> place_of("0/models/m-1/artifacts").owner, place_of("shared/a.csv")
    ('m-1', ArtifactPlace(owner='', path='shared/a.csv'))
    """
    names = path.split("/")
    for at in range(1, len(names)):
        if names[at] != _ARTIFACTS:
            continue
        owner, kind = names[at - 1], _KINDS.get(names[at - 2] if at > 1 else "")
        if _RUN.fullmatch(owner) or (kind is not None and kind.fullmatch(owner)):
            return ArtifactPlace(owner, "/".join(names[at + 1 :]))
    return ArtifactPlace(NOBODY, path)


def address_of(number: int, owner: str) -> str:
    """Return the address of an owner's root. number: of the experiment that it belongs to.

    >>> address_of(3, "m-1"), place_of(address_of(3, "m-1"))
    ('3/models/m-1/artifacts', ArtifactPlace(owner='m-1', path=''))
    """
    kind = next((f"{name}/" for name, pattern in _KINDS.items() if pattern.fullmatch(owner)), "")
    return f"{number}/{kind}{owner}/{_ARTIFACTS}"


def is_run(owner: str) -> bool:
    """Tell whether an owner is a run."""
    return _RUN.fullmatch(owner) is not None


def folders_above(path: str) -> list[str]:
    """Return the folders that a file is in.

    >>> folders_above("a/b/c")
    ['a', 'a/b']
    """
    return [path[:at] for at, sign in enumerate(path) if sign == "/"]


def _refuse_escapes(path: str) -> None:
    if "\\" in path or path.startswith("/"):
        raise _refused("a path is names between single slashes; no backslash, and no slash at its beginning")
    if any(name in {".", ".."} for name in path.split("/")) or _DRIVE.match(path) or "\0" in path:
        raise _refused("a path is names between single slashes; none is '.' or '..', and it begins with no drive")


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and sign not in _JOINERS


def _refused(rule: str) -> InvalidPathError:
    return InvalidPathError(f"Invalid path: {rule}")
