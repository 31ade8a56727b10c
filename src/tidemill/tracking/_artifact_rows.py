"""Rows of artifacts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.storage.records import Transaction
from tidemill.storage.statements import upsert
from tidemill.tracking._tables import artifact_table, experiment_table, logged_model_table, run_table, trace_table
from tidemill.tracking.artifact_paths import MODEL_PREFIX, is_run

_PUT = upsert(artifact_table)
_AT_ONCE = 500
_BEHIND_SLASH = "0"  # the sign that follows "/"


class Owner(NamedTuple):
    """Whose files: a run, a logged model or a trace of a project; an empty id for the project itself."""

    project: str
    id: str


@dataclass(frozen=True)
class ArtifactFile:
    """A file that a run or a logged model keeps. path: within it. digest: of its bytes, SHA-256 in hex digits."""

    path: str
    size: int
    digest: str
    stored_at: str


@dataclass(frozen=True)
class ArtifactEntry:
    """What is in a folder. name: the last part of its path. size: in bytes, None for a folder."""

    name: str
    path: str
    size: int | None = None

    @property
    def is_folder(self) -> bool:
        """Tell whether more is in it."""
        return self.size is None


class KeptFile(NamedTuple):
    """A file, whose it is, and where its bytes are. owner: as `Artifacts` has it."""

    owner: str
    path: str
    digest: str
    size: int


def put(tx: Transaction, of: Owner, file: ArtifactFile) -> None:
    """Store where the bytes of a file are, instead of those it had."""
    values = {"blob": file.digest, "size": file.size, "stored_at": file.stored_at}
    tx.execute(_PUT, {"project_id": of.project, "owner": of.id, "path": file.path, **values})


def file_at(tx: Transaction, of: Owner, path: str, digest: str, size: int) -> ArtifactFile:
    """Store a file that is there from now on, and return it."""
    file = ArtifactFile(path, size, digest, iso(tx.now))
    put(tx, of, file)
    return file


def find(tx: Transaction, of: Owner, path: str) -> ArtifactFile | None:
    """Return a file."""
    row = tx.row(_of(of).where(artifact_table.c.path == path))
    return None if row is None else _file(row)


def files_among(tx: Transaction, of: Owner, paths: Collection[str]) -> list[str]:
    """Return which of these paths are files."""
    found: list[Any] = list(tx.execute(_of(of).where(artifact_table.c.path.in_(paths)))) if paths else []
    return [row.path for row in found]


def has_folder(tx: Transaction, of: Owner, folder: str) -> bool:
    """Tell whether any file is in a folder."""
    table = artifact_table.c
    inside = sa.select(table.path).where(table.project_id == of.project, table.owner == of.id, *_inside(folder))
    return tx.scalar(inside.limit(1)) is not None


def files_after(tx: Transaction, of: Owner, folder: str, after: str, limit: int = _AT_ONCE) -> list[ArtifactFile]:
    """Return the next files of a folder and of those below, in order of their paths. after: the last one's path."""
    table = artifact_table.c
    statement = _of(of).where(*_inside(folder), table.path > after).order_by(table.path).limit(limit)
    return [_file(row) for row in tx.rows(statement)]


def entries_after(tx: Transaction, of: Owner, folder: str, after: str, limit: int) -> list[ArtifactEntry]:
    """Return what comes in a folder behind an entry: each file, and each folder once.

    after: the entry's name, a folder's with a slash behind it: that is how they are ordered. Of a folder with any
    number of files one page of rows is read.
    """
    table = artifact_table.c
    prefix = f"{folder}/" if folder else ""
    entries: list[ArtifactEntry] = []
    while len(entries) < limit:
        behind = table.path > prefix + after
        if after.endswith("/"):
            behind = table.path >= prefix + after[:-1] + _BEHIND_SLASH
        page = _of(of).where(*_inside(folder), behind).order_by(table.path).limit(_AT_ONCE)
        rows = tx.rows(page)
        for row in rows:
            name, slash, _ = row["path"][len(prefix) :].partition("/")
            if name + slash != after:
                entries.append(ArtifactEntry(name, prefix + name, None if slash else row["size"]))
                after = name + slash
        if len(rows) < _AT_ONCE:
            break
    return entries[:limit]


def of_all_after(tx: Transaction, project: str, after: tuple[str, str], limit: int) -> list[KeptFile]:
    """Return the next files of a project, whoever keeps them, by owner and path. after: those of the last one."""
    table = artifact_table.c
    columns = sa.select(table.owner, table.path, table.blob, table.size).where(table.project_id == project)
    behind = sa.tuple_(table.owner, table.path) > sa.tuple_(*map(sa.literal, after))
    found: list[Any] = list(tx.execute(columns.where(behind).order_by(table.owner, table.path).limit(limit)))
    return [KeptFile(*row) for row in found]


def experiment_number(tx: Transaction, of: Owner) -> int | None:
    """Return the number of the experiment that a run, a logged model or a trace belongs to; None for an unknown one."""
    owner, experiment = _table_of(of.id), experiment_table.c
    joined = sa.and_(experiment.project_id == owner.c.project_id, experiment.id == owner.c.experiment_id)
    statement = sa.select(experiment.number).join_from(owner, experiment_table, joined)
    found = tx.scalar(statement.where(owner.c.project_id == of.project, owner.c.id == of.id))
    return None if found is None else int(found)


def knows_owner(tx: Transaction, of: Owner) -> bool:
    """Tell whether there is a run, a logged model or a trace of this id, be it deleted or not; nobody is always."""
    if not of.id:
        return True
    table = _table_of(of.id).c
    return tx.scalar(sa.select(table.id).where(table.project_id == of.project, table.id == of.id)) is not None


def delete(tx: Transaction, of: Owner, path: str) -> int:
    """Delete a file, or a folder with all that is in it; return how many files went. path: empty for all."""
    table = artifact_table.c
    mine = sa.delete(artifact_table).where(table.project_id == of.project, table.owner == of.id)
    n_files = tx.execute(mine.where(*_inside(path))).rowcount
    return n_files + (tx.execute(mine.where(table.path == path)).rowcount if path else 0)


def delete_owners(tx: Transaction, project: str, owners: Sequence[str]) -> None:
    """Delete all that some runs, models or traces keep."""
    table = artifact_table.c
    tx.execute(sa.delete(artifact_table).where(table.project_id == project, table.owner.in_(owners)))


def _table_of(owner: str) -> sa.Table:
    if is_run(owner):
        return run_table
    return logged_model_table if owner.startswith(MODEL_PREFIX) else trace_table


def _of(of: Owner) -> sa.Select[Any]:
    table = artifact_table.c
    columns = sa.select(table.path, table.size, table.blob, table.stored_at)
    return columns.where(table.project_id == of.project, table.owner == of.id)


def _inside(folder: str) -> tuple[sa.ColumnElement[bool], ...]:
    path = artifact_table.c.path
    return (path > f"{folder}/", path < folder + _BEHIND_SLASH) if folder else ()


def _file(row: dict[str, Any]) -> ArtifactFile:
    return ArtifactFile(row["path"], row["size"], row["blob"], row["stored_at"])
