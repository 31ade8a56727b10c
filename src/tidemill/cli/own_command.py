"""How to call this very installation from a folder, as a person types it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path


def own_command(folder: Path) -> str:
    """Return what calls this installation in a folder: ``tidemill`` when the shell finds it, else its path."""
    own = Path(sysconfig.get_path("scripts")) / "tidemill"
    if not own.exists():
        return f"{shlex.quote(sys.executable)} -m tidemill"
    found = shutil.which("tidemill")
    if found and Path(found).samefile(own):
        return "tidemill"
    relative = os.path.relpath(own, folder.resolve())
    return shlex.quote(min(relative, str(own), key=len))
