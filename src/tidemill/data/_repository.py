"""Rows of this room's tables, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.core import ConflictError, from_iso, iso, new_id
from tidemill.data._tables import dataset_check, dataset_version, file_set_version, ingested_part
from tidemill.data.checks import CheckResult
from tidemill.data.dataset_version import DatasetVersion, Part, Redaction
from tidemill.data.file_set_version import FileSetVersion
from tidemill.data.reading import FileStamp
from tidemill.storage.records import Transaction
from tidemill.storage.statements import insert_or_ignore, upsert

_KEEP_PART, _KEEP_EVIDENCE = upsert(ingested_part), insert_or_ignore(dataset_check)


@dataclass(frozen=True)
class CachedPart:
    """What a file of this stamp became under this recipe; `empty` are the columns in which it has no value.

    n_suppressed: how many of its rows were left out, since their key was erased.
    """

    path: str
    stamp: FileStamp
    recipe: str
    part: Part
    schema: dict[str, str]
    empty: frozenset[str] = frozenset()
    n_suppressed: int = 0


@dataclass(frozen=True)
class Evidence:
    """The checks that were asked of a version, and what they found."""

    digest: str
    results: tuple[CheckResult, ...]


def cached_parts(tx: Transaction, project: str, source: str) -> dict[str, CachedPart]:
    """Return what is known of a source's files, by path."""
    table = ingested_part
    rows = tx.rows(sa.select(table).where(table.c.project_id == project, table.c.source == source))
    return {row["path"]: _cached(row) for row in rows}


def keep_parts(tx: Transaction, project: str, source: str, parts: Sequence[CachedPart]) -> None:
    """Remember what files became, replacing what they were."""
    if not parts:
        return
    rows = [
        {
            "project_id": project,
            "source": source,
            "path": cached.path,
            "size": cached.stamp.size,
            "mtime_ns": cached.stamp.mtime_ns,
            "inode": cached.stamp.inode,
            "recipe": cached.recipe,
            "digest": cached.part.digest,
            "blob": cached.part.blob,
            "n_rows": cached.part.n_rows,
            "schema": [[name, dtype, name in cached.empty] for name, dtype in cached.schema.items()],
            "n_suppressed": cached.n_suppressed,
        }
        for cached in parts
    ]
    tx.execute(_KEEP_PART, rows)


def add_version(tx: Transaction, project: str, version: DatasetVersion) -> str:
    """Insert a version and return its row's id."""
    row_id = new_id()
    tx.execute(
        sa.insert(dataset_version).values(
            id=row_id,
            project_id=project,
            name=version.name,
            version=version.version,
            digest=version.digest,
            n_rows=version.n_rows,
            schema=list(version.schema.items()),
            parts=[part.to_json() for part in version.parts],
            key=version.key,
            event_time=version.event_time,
            first_event_at=iso(version.first_event_at),
            last_event_at=iso(version.last_event_at),
            clean_digest=version.clean_digest,
            created_at=iso(version.created_at),
            created_by=version.created_by,
        )
    )
    return row_id


def restore_parts(tx: Transaction, project: str, row_id: str, parts: Sequence[Part]) -> None:
    """Give a version whose rows had been erased the parts that hold them again."""
    table = dataset_version.c
    values = {"parts": [part.to_json() for part in parts], "redactions": None}
    tx.execute(sa.update(dataset_version).where(table.project_id == project, table.id == row_id).values(values))


def keep_evidence(tx: Transaction, project: str, row_id: str, evidence: Evidence, by: str) -> None:
    """Remember what a set of checks found in a version."""
    results = [
        {"check": r.check, "column": r.column, "sentence": r.sentence, "n_failing": r.n_failing}
        for r in evidence.results
    ]
    row = {
        "project_id": project,
        "dataset_version_id": row_id,
        "checks_digest": evidence.digest,
        "results": results,
        "checked_at": iso(tx.now),
        "checked_by": by,
    }
    tx.execute(_KEEP_EVIDENCE, row)


def find_version(tx: Transaction, project: str, name: str, **where: Any) -> tuple[str, DatasetVersion] | None:
    """Return the row's id and the newest version that fits, or None."""
    table = dataset_version
    fits = [table.c[column] == value for column, value in where.items()]
    row = tx.row(
        sa.select(table)
        .where(table.c.project_id == project, table.c.name == name, *fits)
        .order_by(table.c.version.desc())
        .limit(1)
    )
    return (row["id"], _version(tx, row)) if row is not None else None


def find_evidence(tx: Transaction, project: str, row_id: str, digest: str = "") -> tuple[CheckResult, ...] | None:
    """Return what these checks, or the latest ones, found in a version; None when they were never run."""
    table = dataset_check
    query = sa.select(table.c.results).where(table.c.project_id == project, table.c.dataset_version_id == row_id)
    if digest:
        query = query.where(table.c.checks_digest == digest)
    results = tx.scalar(query.order_by(table.c.checked_at.desc()).limit(1))
    return None if results is None else tuple(CheckResult(**result) for result in results)


def names(tx: Transaction, project: str) -> list[str]:
    """Return the names of the project's datasets."""
    table = dataset_version
    rows = tx.rows(sa.select(table.c.name).where(table.c.project_id == project).distinct())
    return sorted(row["name"] for row in rows)


def versions(tx: Transaction, project: str, name: str | None) -> list[DatasetVersion]:
    """Return versions by name and number."""
    table = dataset_version
    query = sa.select(table).where(table.c.project_id == project).order_by(table.c.name, table.c.version)
    if name is not None:
        query = query.where(table.c.name == name)
    return [_version(tx, row) for row in tx.rows(query)]


def add_file_set(tx: Transaction, project: str, version: FileSetVersion) -> None:
    """Insert a version of a file set."""
    row = {
        "id": new_id(),
        "project_id": project,
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "n_files": version.n_files,
        "n_bytes": version.n_bytes,
        "created_at": iso(version.created_at),
        "created_by": version.created_by,
    }
    tx.execute(sa.insert(file_set_version).values(**row))


def file_sets(tx: Transaction, project: str, **where: Any) -> list[FileSetVersion]:
    """Return the versions of file sets that fit, by name and number."""
    table = file_set_version
    fits = [table.c[column] == value for column, value in where.items()]
    rows = tx.rows(sa.select(table).where(table.c.project_id == project, *fits).order_by(table.c.name, table.c.version))
    return [_file_set(row) for row in rows]


def find_file_set(tx: Transaction, project: str, **where: Any) -> FileSetVersion | None:
    """Return the newest version of a file set that fits, or None."""
    table = file_set_version
    fits = [table.c[column] == value for column, value in where.items()]
    query = sa.select(table).where(table.c.project_id == project, *fits).order_by(table.c.version.desc()).limit(1)
    row = tx.row(query)
    return None if row is None else _file_set(row)


def require_free_name(tx: Transaction, project: str, name: str, *, of: str) -> None:
    """Raise ConflictError when the name is that of data of the other kind: datasets and file sets share theirs."""
    table, other = (dataset_version, "dataset") if of == "file set" else (file_set_version, "file set")
    query = sa.select(table.c.version).where(table.c.project_id == project, table.c.name == name).limit(1)
    if tx.scalar(query) is not None:
        raise ConflictError(f"{name!r} is a {other} already; give the {of} another name")


def _file_set(row: dict[str, Any]) -> FileSetVersion:
    return FileSetVersion(
        name=row["name"],
        version=row["version"],
        digest=row["digest"],
        n_files=row["n_files"],
        n_bytes=row["n_bytes"],
        created_at=from_iso(row["created_at"]),
        created_by=row["created_by"],
    )


def _cached(row: dict[str, Any]) -> CachedPart:
    return CachedPart(
        path=row["path"],
        stamp=FileStamp(row["size"], row["mtime_ns"], row["inode"]),
        recipe=row["recipe"],
        part=Part("", row["digest"], row["blob"], row["n_rows"]),
        schema={name: dtype for name, dtype, *_ in row["schema"]},
        empty=frozenset(name for name, _, *empty in row["schema"] if empty == [True]),
        n_suppressed=row["n_suppressed"] or 0,
    )


def _version(tx: Transaction, row: dict[str, Any]) -> DatasetVersion:
    return DatasetVersion(
        name=row["name"],
        version=row["version"],
        digest=row["digest"],
        n_rows=row["n_rows"],
        schema=dict(row["schema"]),
        parts=tuple(Part(**part) for part in row["parts"]),
        checks=find_evidence(tx, row["project_id"], row["id"]) or (),
        key=row["key"],
        event_time=row["event_time"],
        first_event_at=from_iso(row["first_event_at"]),
        last_event_at=from_iso(row["last_event_at"]),
        clean_digest=row["clean_digest"],
        created_at=from_iso(row["created_at"]),
        created_by=row["created_by"],
        redactions=tuple(Redaction(**redaction) for redaction in row["redactions"] or ()),
    )
