"""Erasing again what a restored backup brings back: hashes of keys, kept beside the backups that still hold the rows.

What is beside the backups says as much as the records do, and no more: ids, columns and keyed hashes. The secret of the
hashes is in the backups; it is told here only for those that were made before there was one, and never where the
store is encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tidemill.core import DamagedError, Event, UnavailableError, write_atomically
from tidemill.data import KeyHash, add_erased_keys, all_erased_keys, load_erased_keys, open_erased_keys
from tidemill.erasure import _repository as repository
from tidemill.erasure.records import OPEN, ErasureReport
from tidemill.storage.backup_folders import ERASURES
from tidemill.storage.records import Database, Transaction

_FORMAT = 1


def tell_backups(database: Database, folders: Sequence[Path], *, encrypted: bool) -> list[Path]:
    """Write what may not come back beside the backups in these folders; return the folders where that failed."""
    told = json.dumps(database.read(lambda tx: _document(tx, encrypted=encrypted)), indent=1).encode()
    failed = []
    for folder in folders:
        try:
            write_atomically(folder / ERASURES, told)
        except OSError:
            failed.append(folder)
    return failed


def apply_again(database: Database, home: Path, by: str) -> int:
    """Make requests of what was erased since a restored backup was made; return how many.

    They are then as any that was not finished. Raises DamagedError for what cannot be read, UnavailableError when the
    disk refuses; ConflictError for hashes whose secret is not known.
    """
    file = home / ERASURES
    if not file.exists():
        return 0
    try:
        told = json.loads(file.read_bytes())
        if told["format"] != _FORMAT:
            raise ValueError(f"it is of format {told['format']}")
        projects = dict(told["projects"])
        n_applied = int(database.write(lambda tx: sum(_apply(tx, name, each, by) for name, each in projects.items())))
        file.unlink(missing_ok=True)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError(
            f"{file} is damaged ({error}), so what was erased since the backup was made is not known; look it up in "
            "your own records of requests, erase it again, and delete that file"
        ) from error
    except OSError as error:
        raise UnavailableError(f"{file} cannot be read ({error.strerror}); see to its disk and its rights") from error
    return n_applied


def n_erased_since(folder: Path, made_at: str) -> int:
    """Return how many requests that are told beside a backup came after it was made; 0 when there is nothing told."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        projects = json.loads((folder / ERASURES).read_bytes())["projects"].values()
        return sum(each["requested_at"] > made_at for project in projects for each in project["requests"])
    return 0


def _document(tx: Transaction, *, encrypted: bool) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "projects": {
            project: {
                "secret": "" if encrypted else load_erased_keys(tx, project).secret.hex(),
                "requests": [_told(tx, project, each) for each in _standing(tx, project)],
            }
            for project in repository.projects_with_requests(tx)
        },
    }


def _standing(tx: Transaction, project: str) -> list[ErasureReport]:
    return [each for each in repository.requests(tx, project) if each.lifted_at is None]


def _told(tx: Transaction, project: str, report: ErasureReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "columns": list(report.columns),
        "n_keys": report.n_keys,
        "why": report.why,
        "requested_at": report.requested_at,
        "requested_by": report.requested_by,
        "keys": [list(each) for each in all_erased_keys(tx, project, report.id)],
    }


def _apply(tx: Transaction, project: str, told: dict[str, Any], by: str) -> int:
    there = {each.id for each in repository.requests(tx, project)}
    wanted = [each for each in told["requests"] if each["id"] not in there]
    if wanted:
        open_erased_keys(tx, project, told["secret"])
    for each in wanted:
        report = ErasureReport(
            id=each["id"],
            state=OPEN,
            columns=tuple(each["columns"]),
            n_keys=each["n_keys"],
            why=each["why"],
            requested_at=each["requested_at"],
            requested_by=each["requested_by"],
        )
        repository.add_request(tx, project, report)
        keys = [KeyHash(tuple(columns), hash_, bool(derived)) for columns, hash_, derived in each["keys"]]
        add_erased_keys(tx, project, report.id, keys)
        data = {"columns": list(report.columns), "n_keys": report.n_keys, "again": True}
        tx.emit(by, project, Event("erasure.requested", report.id, data))
    return len(wanted)
