"""The manifest of a bundle: exactly which files, which lock, which Python, which pipelines. Its digest is the bundle's.

Who made it, when, and from which commit is not in it: the same files and the same lock are the same bundle.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from tidemill.core import DamagedError, UsageError, canonical_json, digest_bytes
from tidemill.storage import is_digest
from tidemill.storage.confined import split_name

FORMAT = 1
MOST_FILES = 5_000
MOST_BYTES = 50_000_000
INSTALLED = "installed"


class BundleFile(msgspec.Struct, frozen=True):
    """One file: its path below the project's folder, digest and size of its bytes, whether it can be executed."""

    path: str
    digest: str
    size: int
    executable: bool = False


class Lock(msgspec.Struct, frozen=True):
    """Which versions of other packages the code was made for.

    kind: the project's own file, such as ``uv.lock``; ``installed`` when it has none, and the versions of what was
    installed are kept instead, one ``name==version`` a line. digest, size: of its bytes.
    """

    kind: str
    digest: str
    size: int


class Manifest(msgspec.Struct, frozen=True, dict=True):
    """What a bundle is made of. `files` are in the order of their paths; `python` is such as ``3.12``."""

    module: str
    python: str
    lock: Lock
    pipelines: tuple[str, ...]
    files: tuple[BundleFile, ...]
    format: int = FORMAT

    @cached_property
    def content(self) -> bytes:
        """The manifest as it is stored and digested."""
        return canonical_json(msgspec.to_builtins(self))

    @cached_property
    def digest(self) -> str:
        """The bundle's digest."""
        return digest_bytes(self.content)

    @property
    def n_bytes(self) -> int:
        """How many bytes the files have."""
        return sum(file.size for file in self.files)

    def blobs(self) -> dict[str, int]:
        """Return the size of every blob that the bundle needs, by digest; the manifest itself is one of them."""
        sizes = {file.digest: file.size for file in self.files}
        return sizes | {self.lock.digest: self.lock.size, self.digest: len(self.content)}


def parse_manifest(given: bytes | Mapping[str, Any]) -> Manifest:
    """Read a manifest and check everything that its form promises.

    Raises DamagedError for what is no manifest, for names that lead out of a folder, and for what `check_files` says.
    """
    try:
        manifest = (
            msgspec.json.decode(given, type=Manifest) if isinstance(given, bytes) else msgspec.convert(given, Manifest)
        )
        _check(manifest)
    except (msgspec.MsgspecError, UsageError, RecursionError) as error:
        raise DamagedError(f"this is no manifest of a bundle: {error}") from error
    return manifest


def _check(manifest: Manifest) -> None:
    if manifest.format != FORMAT:
        raise UsageError(f"it has the format {manifest.format}, and this Tidemill knows {FORMAT}; upgrade Tidemill")
    if len(manifest.pipelines) > MOST_FILES or any(len(name) > 200 for name in manifest.pipelines):
        raise UsageError("it names too many pipelines, or one with too long a name")
    if not is_digest(manifest.lock.digest) or manifest.lock.size < 0 or len(manifest.lock.kind) > 200:
        raise UsageError("its lock has no digest and size")
    check_files(manifest.files)
    if manifest.module and manifest.module not in {file.path for file in manifest.files}:
        raise UsageError("its module is none of its files")


def check_files(files: Sequence[BundleFile]) -> None:
    """Do nothing when files can lie in one folder on every platform.

    Raises UsageError for too many or too large ones, names that are not plain and relative, two that differ only in
    case, one that is a folder to another, and what has no digest.
    """
    if len(files) > MOST_FILES:
        raise UsageError(f"it has {len(files):,} files; a bundle holds {MOST_FILES:,} at most")
    if sum(max(file.size, 0) for file in files) > MOST_BYTES:
        raise UsageError(
            f"its files are larger than {MOST_BYTES // 1_000_000} MB together, the most that a bundle holds"
        )
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for file in files:
        parts = split_name(file.path)
        if not is_digest(file.digest) or file.size < 0:
            raise UsageError(f"{file.path} has no digest and size")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folders.setdefault(folded(folder), folder) != folder:
                raise UsageError(f"{folder} differs from another folder only in case")
        if seen.setdefault(folded(file.path), file.path) != file.path or file.path in folders:
            raise UsageError(f"{file.path} differs from another name only in case")
    if len(seen) != len(files):
        raise UsageError("it names a file twice")
    if both := sorted(seen.keys() & folders.keys()):
        raise UsageError(f"{seen[both[0]]} is a file and a folder")


def folded(path: str) -> str:
    """Return what two names share that a file system which ignores case takes for one.

    >>> folded("Train.py") == folded("train.PY")
    True
    """
    return unicodedata.normalize("NFC", path.casefold())
