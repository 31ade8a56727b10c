"""Folders of files from a notebook or script: committed to, and checked out of, the store of the folder one is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.core import load_settings
from tidemill.data import FileSetVersion
from tidemill.workspace import Workspace


def commit_folder(
    name: str, folder: Path | str, *, home: Path | str | None = None, skip_irregular: bool = False
) -> FileSetVersion:
    """Commit a folder's files and return the version that holds exactly them; unchanged files cost a stat each.

    home: the folder of the store, instead of the one that the settings name. For the rest, and the errors raised, see
    `FileSets.commit`.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> (place / "images").mkdir()
    >>> (place / "images" / "cat.png").write_bytes(b"cat")
    3
    >>> commit_folder("images", place / "images", home=place / "store").reference
    'images@1'
    >>> checkout_folder("images@1", place / "copy", home=place / "store").n_files
    1
    """
    with _opened(home) as workspace:
        caller = local_caller(workspace.settings.project)
        return workspace.file_sets.commit(caller, name, Path(folder), skip_irregular=skip_irregular)


def checkout_folder(
    reference: str, folder: Path | str, *, home: Path | str | None = None, force: bool = False
) -> FileSetVersion:
    """Make a folder's files those of a version such as ``images@1``, and return it. See `FileSets.checkout`."""
    with _opened(home) as workspace:
        return workspace.file_sets.checkout(
            local_caller(workspace.settings.project), reference, Path(folder), force=force
        )


@contextmanager
def _opened(home: Path | str | None) -> Iterator[Workspace]:
    here = Path()
    workspace = open_workspace(here, load_settings(here, home=Path(home).absolute() if home is not None else None))
    try:
        yield workspace
    finally:
        workspace.database.close()
