"""File set versions: immutable, named, numbered, and known by the digest of their manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tidemill.core import iso


@dataclass(frozen=True)
class FileSetVersion:
    """What one commit of a folder holds.

    `digest` is that of the manifest: path, size, executable bit and digest of each file, and the empty folders.
    `created` tells whether the call that returned it made it, or found the same content already there.
    """

    name: str
    version: int
    digest: str
    n_files: int
    n_bytes: int
    created_at: datetime
    created_by: str
    created: bool = field(default=False, compare=False)

    @property
    def reference(self) -> str:
        """The name by which `FileSets.get` finds it, such as ``images@3``."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> dict[str, Any]:
        """Return what pages and commands show."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "n_files": self.n_files,
            "n_bytes": self.n_bytes,
            "created_at": iso(self.created_at),
            "created_by": self.created_by,
            "created": self.created,
        }
