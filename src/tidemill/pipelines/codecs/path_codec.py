"""The codec of a returned path: the file or the folder that it names is kept, and comes back as a file or a folder."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path, PurePosixPath
from typing import Any

from tidemill.core import DamagedError
from tidemill.pipelines.keys.path_digest import files_in, path_digest
from tidemill.storage import BlobStore


class PathCodec:
    """Files and folders by their content. They come back in a folder of their own, gone when the process ends."""

    name = "path"

    def __init__(self) -> None:
        self._place: Path | None = None

    def accepts(self, value: object) -> bool:
        """Take the path of a file or folder that is there."""
        return isinstance(value, Path) and value.exists()

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store every file, large ones in pieces. Raises OSError."""
        files = files_in(value) if value.is_dir() else [(value.name, value)]
        kept = {name: blobs.put_file(file) for name, file in files}
        return {"folder": value.is_dir(), "called": value.name, "files": kept, "content": path_digest(value)}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Write the files to a folder and return the path. Raises NotFoundError, DamagedError, OSError."""
        place = Path(tempfile.mkdtemp(dir=self._folder()))
        target = place / _inside(manifest["called"])
        base = target if manifest["folder"] else place
        base.mkdir(exist_ok=True)
        for name, digest in manifest["files"].items():
            file = base / _inside(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            with blobs.open(digest) as kept, file.open("wb") as written:
                shutil.copyfileobj(kept, written)
        return target

    def _folder(self) -> Path:
        if self._place is None:
            self._place = Path(tempfile.mkdtemp(prefix="tidemill-files-"))
            weakref.finalize(self, shutil.rmtree, self._place, ignore_errors=True)
        return self._place


def _inside(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or ".." in parts or "\\" in name:
        raise DamagedError(f"a kept file is called {name!r}, which is no name inside a folder; make it anew")
    return name
