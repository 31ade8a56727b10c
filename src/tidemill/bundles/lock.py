"""Which versions of other packages a project's code stands on."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tidemill.bundles.manifest import INSTALLED

#: The lock files of the tools that make one, the most exact first.
_LOCKS = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml", "requirements.lock")
_REQUIREMENTS = "requirements.txt"
_PINNED = re.compile(r"\s*[A-Za-z0-9._-]+(?:\[[^\]]*\])?\s*==\s*[^\s;\\*]+\s*(?:;[^#]*)?(?:\\|--hash.*|#.*)?$")
_IGNORED = re.compile(r"\s*(?:#|--|$)")


def lock_file(folder: Path) -> str | None:
    """Return the name of the project's own lock file; None when it has none.

    A `requirements.txt` is one when each of its lines names one version.
    """
    for name in _LOCKS:
        if (folder / name).is_file() and not (folder / name).is_symlink():
            return name
    file = folder / _REQUIREMENTS
    return _REQUIREMENTS if file.is_file() and not file.is_symlink() and _is_pinned(file) else None


def installed_lock(places: list[str] | None = None) -> tuple[str, bytes]:
    """Return the kind ``installed``, and ``name==version`` of each installed distribution, a line each.

    They are read from the names of their `.dist-info` folders, as the specification of installed projects has them:
    nothing is opened. places: where to look; `sys.path` when None.
    """
    found: dict[str, str] = {}
    for place in sys.path if places is None else places:
        if not place.endswith(("site-packages", "dist-packages")):
            continue
        try:
            names = [entry.name for entry in Path(place).iterdir()]
        except OSError:
            continue
        for name in names:
            stem = name.removesuffix(".dist-info")
            distribution, dash, version = stem.partition("-")
            if stem != name and dash:
                found.setdefault(re.sub(r"[-_.]+", "-", distribution).lower(), version.replace("_", "-"))
    lines = [f"{name}=={version}\n" for name, version in sorted(found.items())]
    return INSTALLED, "".join(lines).encode()


def _is_pinned(file: Path) -> bool:
    lines = file.read_text("utf-8", "replace").splitlines()
    wanted = [line for line in lines if not _IGNORED.match(line)]
    return bool(wanted) and all(_PINNED.match(line) for line in wanted)
