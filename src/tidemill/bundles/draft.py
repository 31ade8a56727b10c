"""A bundle that is not stored yet: what would go in, shown first."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from tidemill.bundles.belonging import LeftOut
from tidemill.bundles.lock import installed_lock, lock_file
from tidemill.bundles.manifest import Lock, Manifest, check_files
from tidemill.bundles.project_files import find_files
from tidemill.bundles.source_state import SourceState, source_state
from tidemill.core import Settings, UsageError, digest_bytes, load_settings, module_files


@dataclass(frozen=True)
class BundleDraft:
    """What would go into a bundle of a folder as it is now, and what would not.

    given: the bytes of files that go in otherwise than they lie in the folder, and of a lock that is none of its files.
    """

    folder: Path
    manifest: Manifest
    left_out: tuple[LeftOut, ...]
    given: dict[str, bytes]

    @property
    def digest(self) -> str:
        """The digest that the bundle will have."""
        return self.manifest.digest

    def source(self) -> SourceState:
        """Ask git where the files come from; some ten milliseconds."""
        return source_state(self.folder, platform.python_version())


def make_draft(folder: Path, settings: Settings | None = None) -> BundleDraft:
    """Return what a bundle of a project's folder would hold; a file that has not changed since is not read again.

    Nothing of the project is run, and nothing is stored but what is known of the files by heart, in the store's cache.
    settings: those of the folder; read from it when None.

    Raises UsageError when there are too many files, or too large ones together, and what `load_settings` raises.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    settings = load_settings(folder) if settings is None else settings
    own_lock = lock_file(folder)
    found = find_files(folder, settings, own_lock)
    given = {digest_bytes(data): data for data in found.rewritten.values()}
    locked = next((file for file in found.files if file.path == own_lock), None)
    if locked is not None:
        lock = Lock(locked.path, locked.digest, locked.size)
    else:
        kind, data = installed_lock()
        lock = Lock(kind, digest_bytes(data), len(data))
        given[lock.digest] = data
    files = tuple(found.files)
    check_files(files)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    module = _module(folder, settings, {file.path for file in files})
    manifest = Manifest(module, python, lock, tuple(sorted(found.pipelines)), files)
    return BundleDraft(folder, manifest, tuple(found.left_out), given)


def _module(folder: Path, settings: Settings, paths: set[str]) -> str:
    """Return the project's module, as it is found when it is imported; empty when there is no one."""
    if settings.module:
        return settings.module if settings.module in paths else ""
    named = module_files(folder / path for path in paths if "/" not in path)
    return named[0].name if len(named) == 1 else ""
