"""What a run was made in and from, noted as tags of the run: the installed set, the lock, the uncommitted changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tidemill.provenance.changes import Changes, uncommitted_changes
from tidemill.provenance.installed import Installed, installed_here
from tidemill.storage import BlobStore
from tidemill.tracking import CHANGES_TAG, ENVIRONMENT_TAG, LOCK_TAG

LOCK_FILE = "requirements.lock"
#: What of the changes was not kept, in words.
LACKING_TAG = "tidemill.changes_lacking"


@dataclass(frozen=True)
class Origin:
    """What is known of where a run came from; None and empty for what was not recorded."""

    environment: Installed | None = None
    lock: bytes | None = None
    changes: Changes = Changes(b"")  # noqa: RUF009 - frozen


def origin_tags(blobs: BlobStore, folder: Path, commit: str | None) -> dict[str, str]:
    """Keep what this process and folder are as blobs, and return the tags that name them.

    commit: as `current_commit` gives it; only one with changes has a patch.
    """
    tags = {ENVIRONMENT_TAG: _kept(blobs, installed_here().to_bytes())}
    lock = folder / LOCK_FILE
    if lock.is_file():
        tags[LOCK_TAG] = _kept(blobs, lock.read_bytes())
    if commit is not None and commit.endswith("+changes"):
        changes = uncommitted_changes(folder)
        if changes.patch:
            tags[CHANGES_TAG] = _kept(blobs, changes.patch)
        if changes.lacking:
            tags[LACKING_TAG] = "; ".join(changes.lacking)
    return tags


def read_origin(blobs: BlobStore, tags: Mapping[str, str]) -> Origin:
    """Return what the tags of a run name. Raises NotFoundError, DamagedError for a blob that is gone or altered."""
    environment = tags.get(ENVIRONMENT_TAG)
    lacking = tuple(each for each in tags.get(LACKING_TAG, "").split("; ") if each)
    return Origin(
        Installed.from_json(json.loads(blobs.get(environment))) if environment else None,
        blobs.get(tags[LOCK_TAG]) if LOCK_TAG in tags else None,
        Changes(blobs.get(tags[CHANGES_TAG]) if CHANGES_TAG in tags else b"", lacking),
    )


def _kept(blobs: BlobStore, data: bytes) -> str:
    return blobs.put(data)
