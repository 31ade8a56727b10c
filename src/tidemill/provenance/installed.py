"""What is installed: names and versions of distributions, read from the names of their folders."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tidemill.core import DamagedError, canonical_json, digest_bytes

_FOLDER = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[0-9.]+)?\.(?:dist|egg)-info")


@dataclass(frozen=True)
class Installed:
    """A Python version and the distributions beside it, by normalized name."""

    python: str
    packages: dict[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return canonical JSON: equal sets give equal bytes."""
        return canonical_json({"python": self.python, "packages": self.packages})

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Installed:
        """Read what `to_bytes` wrote. Raises DamagedError for anything else."""
        try:
            return cls(str(record["python"]), {str(name): str(version) for name, version in record["packages"].items()})
        except (KeyError, TypeError, AttributeError) as error:
            raise DamagedError(f"this is no recorded environment ({error}); run the pipeline again") from error

    @property
    def digest(self) -> str:
        """The digest of the set."""
        return digest_bytes(self.to_bytes())


def normal_name(name: str) -> str:
    """Return a distribution's name as indexes compare it.

    >>> normal_name("Ruamel.Yaml_Clib")
    'ruamel-yaml-clib'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_here() -> Installed:
    """Return what this process can import.

    The folders of `sys.path` are listed only when they have changed since the last call: nothing of a package is read
    but its folder's name.
    """
    return _installed_in(platform.python_version(), tuple(_stamped(sys.path)))


def installed_in(python: str, folders: Iterable[Path]) -> Installed:
    """Return what is installed in folders such as the site-packages of another environment."""
    return _installed_in(python, tuple(_stamped(map(str, folders))))


def _stamped(folders: Iterable[str]) -> Iterable[tuple[str, int]]:
    for folder in dict.fromkeys(folders):
        try:
            found = Path(folder or ".").stat()
        except OSError:
            continue
        yield folder or ".", found.st_mtime_ns


@lru_cache(maxsize=8)
def _installed_in(python: str, folders: tuple[tuple[str, int], ...]) -> Installed:
    packages: dict[str, str] = {}
    for folder, _ in folders:
        path = Path(folder)
        if not path.is_dir():
            continue
        for entry in path.iterdir():
            found = _FOLDER.fullmatch(entry.name)
            if found is not None:
                # What comes first on the path is what is imported.
                packages.setdefault(normal_name(found["name"]), found["version"])
    return Installed(python, dict(sorted(packages.items())))
