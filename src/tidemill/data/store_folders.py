"""The store's own folders, which are no data: no commit reads them, and no checkout writes there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from tidemill.core import UsageError


class StoreFolders:
    """The folders of a store, wherever they are.

    >>> StoreFolders([Path("/shop/.tidemill")]).below("/shop")
    ('.tidemill',)
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(sorted({os.path.realpath(folder) for folder in folders}))

    def below(self, folder: str) -> tuple[str, ...]:
        """Return those that lie in a folder, a real path, by their paths below it."""
        root = f"{folder.rstrip('/')}/"
        return tuple(each.removeprefix(root) for each in self._folders if each.startswith(root))

    def require_outside(self, folder: Path, *paths: Iterable[str]) -> None:
        """Raise UsageError for a folder that is one of these or lies in one, and for paths below it that do."""
        try:
            root = os.path.realpath(folder)
        except ValueError as error:
            raise UsageError(f"{str(folder)!r:.80} cannot be a folder; name one") from error
        if any(f"{root}/".startswith(f"{each}/") for each in self._folders):
            raise UsageError(f"{folder} belongs to the store itself; name a folder outside of it")
        own = tuple(f"{each}/" for each in self.below(root))
        for path in chain(*paths) if own else ():
            if f"{path}/".startswith(own):
                raise UsageError(
                    f"{path} of the version would lie in {folder} where the store itself does; check out to another "
                    "folder; nothing was changed"
                )
