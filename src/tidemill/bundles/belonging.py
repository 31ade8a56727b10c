"""What belongs into a bundle: code and what lies beside it; not the store, environments, data, secrets, huge files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tidemill.bundles.secrets import is_secret_file, is_secret_folder
from tidemill.core import Settings, UsageError
from tidemill.storage.confined import split_name

LARGEST_FILE = 2_000_000
_REPOSITORIES = frozenset({".git", ".hg", ".svn", ".jj"})
_MADE = frozenset({
    "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
    ".tox", ".nox", ".cache", ".idea", ".eggs", "__pypackages__",
})  # fmt: skip
_MADE_FILES = frozenset({".DS_Store", "Thumbs.db", ".coverage"})
_DATA = frozenset({
    ".parquet", ".csv", ".tsv", ".ndjson", ".jsonl", ".arrow", ".feather", ".ipc", ".orc", ".avro", ".npy", ".npz",
    ".h5", ".hdf5", ".db", ".sqlite", ".sqlite3", ".duckdb", ".xls", ".xlsx", ".zip", ".gz", ".bz2", ".xz", ".zst",
    ".tar", ".tgz", ".7z",
})  # fmt: skip
_MODELS = frozenset({
    ".onnx", ".safetensors", ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".skops", ".gguf", ".pb",
})  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """A file, or a folder with all that is in it, that does not go into a bundle, and why."""

    path: str
    why: str


def own_places(folder: Path, settings: Settings) -> set[str]:
    """Return the real paths of what the store keeps, which may lie in the project's folder."""
    given = [
        settings.home,
        *(Path(place) for place in (settings.blobs, settings.tables) if place and "://" not in place),
    ]
    return {os.path.realpath(folder / place) for place in given}


def why_not_folder(entry: os.DirEntry[str], own: set[str]) -> str:
    """Return why a folder is left out as a whole; empty when it is looked into."""
    name, inside = entry.name, Path(entry.path)
    reasons = (
        (name in _REPOSITORIES, "the repository itself; its commit is recorded"),
        (name in _MADE or name.endswith(".egg-info"), "made from other files"),
        (name.startswith(".tidemill") or os.path.realpath(entry.path) in own, "the store"),
        (is_secret_folder(name), "credentials"),
    )
    found = next((why for holds, why in reasons if holds), "")
    if found:
        return found
    if (inside / "pyvenv.cfg").exists():
        return "a virtual environment; the lock says what was in it"
    return "a store" if (inside / "records.db").exists() else ""


def why_not_file(path: str, size: int, *, wanted: bool) -> str:
    """Return why a file is left out by its name and size; empty when it goes in.

    wanted: a line of `.tidemillignore` asks for it, which lets data in, and never secrets.
    """
    name, suffix = PurePosixPath(path).name, PurePosixPath(path).suffix.lower()
    if is_secret_file(name):
        return "it may hold secrets"
    if name in _MADE_FILES or suffix in {".pyc", ".pyo"}:
        return "made from other files"
    if suffix in _DATA | _MODELS and not wanted:
        kind = "data" if suffix in _DATA else "a model"
        return f"{kind}, which no bundle holds; a line !{name} in .tidemillignore takes it in"
    if size > LARGEST_FILE:
        return f"larger than {LARGEST_FILE // 1_000_000} MB"
    try:
        split_name(path)
    except UsageError as error:
        rule = str(error).removeprefix("this name cannot be a file: ").partition(";")[0]
        return f"its name cannot be a file everywhere: {rule}"
    return ""
