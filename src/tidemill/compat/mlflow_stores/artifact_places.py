"""Where the files of a run or model lie on this machine, and walking them.

A location that records name is only believed when it ends as MLflow's do, with the owner's id and ``artifacts``:
a record can name any folder, and none but artifacts are to be read. Links are never followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.records import MovedFile, MovedLoggedModel, MovedRun, MovedTrace

_ARTIFACTS = "artifacts"
_PROXY = "mlflow-artifacts"


#: What is between an experiment's folder and that of an owner, and what the owner is called.
_BELOW = {MovedRun: (), MovedLoggedModel: ("models",), MovedTrace: ("traces",)}
_KINDS = {MovedRun: "run", MovedLoggedModel: "logged model", MovedTrace: "trace"}


def kind_of(of: MovedRun | MovedLoggedModel | MovedTrace) -> str:
    """Return what the owner of files is called."""
    return _KINDS[type(of)]


class ArtifactPlaces:
    """Finds folders of artifacts. root: the folder that proxied locations, and those elsewhere, are looked for in."""

    def __init__(self, root: Path | None, left_out: LeftOut) -> None:
        self._root = root
        self._left_out = left_out

    def files(self, of: MovedRun | MovedLoggedModel | MovedTrace, beside: Path | None = None) -> Iterator[MovedFile]:
        """Yield the files of a run or model. beside: where they lie when the records tell no better."""
        folder = self._found(of, beside)
        if folder is not None:
            yield from self._walk(folder, (), f"{kind_of(of)} {of.id}")
        elif of.location and self._root is None:
            self._explain(of)

    def _found(self, of: MovedRun | MovedLoggedModel | MovedTrace, beside: Path | None) -> Path | None:
        parts = self._parts(of)
        candidates = [_local(of.location, of.id), beside]
        if self._root is not None:
            candidates += [self._root.joinpath(*parts[at:]) for at in range(len(parts) - 1)]
        return next((each for each in candidates if each is not None and _is_folder(each)), None)

    def _explain(self, of: MovedRun | MovedLoggedModel | MovedTrace) -> None:
        """Say of a run or model whose artifacts are elsewhere where; where its root is here, it just has none."""
        local = _local(of.location, of.id)
        root = local.parent.parent if local is not None else None
        if root is None or not (root.is_dir() or root.parent.is_dir()):
            why = f"{shown_location(of.location)} is no folder here; --artifacts ROOT tells where its root is"
            self._left_out.add("artifacts", f"of {kind_of(of)} {of.id}", why)

    def _parts(self, of: MovedRun | MovedLoggedModel | MovedTrace) -> Sequence[str]:
        usual = [of.experiment_id, *_BELOW[type(of)], of.id, _ARTIFACTS]
        given = urlsplit(of.location)
        names = [unquote(name) for name in given.path.split("/") if name]
        ends_well = given.scheme == _PROXY and names[-2:] == usual[-2:] and ".." not in names
        return names if ends_well else usual

    def _walk(self, folder: Path, above: tuple[str, ...], owner: str) -> Iterator[MovedFile]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self._left_out.add("folder", "/".join(above) or _ARTIFACTS, f"of {owner}: {error.strerror}")
            return
        for entry in entries:
            path = (*above, entry.name)
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(folder / entry.name, path, owner)
            elif entry.is_file(follow_symlinks=False):
                local = folder / entry.name
                yield MovedFile("/".join(path), entry.stat().st_size, partial(_open, local), local)
            else:
                self._left_out.add("file", "/".join(path), f"of {owner} is a link or no file; links are not followed")


def _open(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    return os.fdopen(descriptor, "rb")


def _local(location: str, owner: str) -> Path | None:
    given = urlsplit(location)
    if given.scheme == "file" and given.netloc in {"", "localhost"}:
        path = Path(unquote(given.path))
    elif not given.scheme and location.startswith("/"):
        path = Path(location)
    else:
        return None
    return path if path.parts[-2:] == (owner, _ARTIFACTS) and ".." not in path.parts else None


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def shown_location(location: str) -> str:
    """Return a location without secrets, for a line."""
    given = urlsplit(location)
    shown = location if "@" not in given.netloc else location.replace(given.netloc, given.netloc.split("@")[-1])
    return shown[:200]
