"""Rows of model versions, with the aliases, tags and environments that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.registry._tables import alias_table, environment_table, model_table, version_table, version_tag_table
from tidemill.registry.environments import STAGES
from tidemill.registry.records import ModelVersion
from tidemill.storage.records import Transaction

#: Pairs are asked for by their names and their numbers, so at most the square of it is looked up.
_AT_ONCE = 100
_ELSEWHERE = {"aliases", "tags", "environments"}
_NAMES = tuple(name for name in ModelVersion.__dataclass_fields__ if name not in _ELSEWHERE)
#: Columns that were added to stores which are sealed or not: they may hold nothing.
_MAY_BE_NULL: dict[str, Any] = {"description": "", "status_message": "", "facts": {}}

Pair = tuple[str, int]


def insert_version(tx: Transaction, project: str, version: ModelVersion) -> ModelVersion:
    """Store a version under the next number, with its tags, and return it. A number never comes again."""
    model = model_table.c
    mine = (model.project_id == project, model.name == version.model)
    changes = {"last_version": model.last_version + 1, "updated_at": iso(tx.now)}
    tx.execute(sa.update(model_table).where(*mine).values(**changes))
    number = int(tx.scalar(sa.select(model.last_version).where(*mine)))
    numbered = replace(version, version=number, created_at=iso(tx.now), updated_at=iso(tx.now))
    values = {name: getattr(numbered, name) for name in _NAMES}
    tx.execute(sa.insert(version_table).values(project_id=project, **values))
    for key, value in version.tags.items():
        set_version_tag(tx, project, (version.model, number), key, value)
    return numbered


def find_same(tx: Transaction, project: str, version: ModelVersion) -> ModelVersion | None:
    """Return the version with the same package and report, or None."""
    table = version_table.c
    row = tx.row(
        sa.select(version_table).where(
            table.project_id == project,
            table.model == version.model,
            table.package_digest == version.package_digest,
            table.report_digest == version.report_digest,
            table.report_digest != "",
        )
    )
    return versions_of(tx, project, [row])[0] if row else None


def find_version(tx: Transaction, project: str, model: str, number: int) -> ModelVersion | None:
    """Return a version, or None."""
    row = tx.row(sa.select(version_table).where(*_is(version_table, project, (model, number))))
    return versions_of(tx, project, [row])[0] if row else None


def list_versions(tx: Transaction, project: str, model: str) -> list[ModelVersion]:
    """Return the versions of a model, newest first."""
    table = version_table.c
    statement = sa.select(version_table).where(table.project_id == project, table.model == model)
    return versions_of(tx, project, tx.rows(statement.order_by(table.version.desc())))


def list_judged(tx: Transaction, project: str) -> list[ModelVersion]:
    """Return the versions of all models that a gate let pass, of each model the newest first."""
    table = version_table.c
    statement = sa.select(version_table).where(table.project_id == project, table.report_digest != "")
    return versions_of(tx, project, tx.rows(statement.order_by(table.model, table.version.desc())))


def update_version(tx: Transaction, project: str, pair: Pair, changes: Mapping[str, Any]) -> None:
    """Change columns of a version; with none, only the instant of its last change."""
    where = _is(version_table, project, pair)
    tx.execute(sa.update(version_table).where(*where).values(**changes, updated_at=iso(tx.now)))


def delete_version(tx: Transaction, project: str, pair: Pair) -> None:
    """Remove a version with its tags, and what points at it."""
    for table in (version_tag_table, environment_table, alias_table, version_table):
        tx.execute(sa.delete(table).where(*_is(table, project, pair)))


def set_version_tag(tx: Transaction, project: str, pair: Pair, key: str, value: str | None) -> None:
    """Set a tag of a version, or with None remove it."""
    tx.execute(
        sa.delete(version_tag_table).where(*_is(version_tag_table, project, pair), version_tag_table.c.key == key)
    )
    if value is not None:
        named = {"project_id": project, "model": pair[0], "version": pair[1]}
        tx.execute(sa.insert(version_tag_table).values(**named, key=key, value=value))


def place_version(tx: Transaction, project: str, actor: str, pair: Pair, environment: str) -> None:
    """Let a version stand in an environment."""
    remove_from(tx, project, pair, environment)
    placed = {"environment": environment, "set_at": iso(tx.now), "set_by": actor}
    tx.execute(sa.insert(environment_table).values(project_id=project, model=pair[0], version=pair[1], **placed))


def remove_from(tx: Transaction, project: str, pair: Pair, environment: str) -> bool:
    """Let a version stand there no more, and tell whether it did."""
    table = environment_table
    gone = tx.execute(sa.delete(table).where(*_is(table, project, pair), table.c.environment == environment))
    return gone.rowcount > 0


def versions_in(tx: Transaction, project: str, model: str, environment: str) -> list[int]:
    """Return the versions of a model that stand in an environment."""
    table = environment_table.c
    where = (table.project_id == project, table.model == model, table.environment == environment)
    return [int(row["version"]) for row in tx.rows(sa.select(table.version).where(*where).order_by(table.version))]


def latest_versions(
    tx: Transaction, project: str, names: Sequence[str], environments: Sequence[str] | None = None
) -> dict[str, list[ModelVersion]]:
    """Return of each model the newest version in each of MLflow's stages, in the order of the stages.

    environments: of those stages only, where the empty text is the stage None.
    """
    wanted = ["", *reversed(STAGES)] if environments is None else list(environments)
    newest: dict[tuple[str, str], int] = {}
    for start in range(0, len(names), _AT_ONCE):
        newest |= _newest_in_stages(tx, project, names[start : start + _AT_ONCE])
    pairs = sorted((name, number) for (name, stage), number in newest.items() if stage in wanted)
    found: dict[str, list[ModelVersion]] = {}
    for version in find_versions(tx, project, pairs):
        found.setdefault(version.model, []).append(version)
    return found


def find_versions(tx: Transaction, project: str, pairs: Sequence[Pair]) -> list[ModelVersion]:
    """Return the versions of some numbers, by name and number; those that are there."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(pairs), _AT_ONCE):
        rows += _among(tx, version_table, project, pairs[start : start + _AT_ONCE])
    rows.sort(key=lambda row: (row["model"], row["version"]))
    return versions_of(tx, project, rows)


def _newest_in_stages(tx: Transaction, project: str, names: Sequence[str]) -> dict[tuple[str, str], int]:
    placed, version, model = environment_table.c, version_table.c, model_table.c
    stands = sa.select(placed.model, placed.version, placed.environment).where(
        placed.project_id == project, placed.model.in_(names), placed.environment.in_(list(STAGES))
    )
    stage_by_pair: dict[Pair, str] = {}
    for row in tx.rows(stands):
        pair = (row["model"], row["version"])
        rank = list(STAGES).index
        known = stage_by_pair.get(pair, row["environment"])
        stage_by_pair[pair] = min(known, row["environment"], key=rank)
    newest: dict[tuple[str, str], int] = {}
    for (name, number), environment in stage_by_pair.items():
        newest[name, environment] = max(number, newest.get((name, environment), 0))
    staged = sa.select(placed.version).where(
        placed.project_id == project,
        placed.model == version.model,
        placed.version == version.version,
        placed.environment.in_(list(STAGES)),
    )
    free = (
        sa.select(version.version)
        .where(version.project_id == project, version.model == model.name, ~staged.exists())
        .order_by(version.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    for row in tx.rows(
        sa.select(model.name, free.label("number")).where(model.project_id == project, model.name.in_(names))
    ):
        if row["number"] is not None:
            newest[row["name"], ""] = row["number"]
    return newest


def versions_of(tx: Transaction, project: str, rows: Sequence[Mapping[str, Any]]) -> list[ModelVersion]:
    """Return the versions of rows, with what belongs to them."""
    pairs = [(str(row["model"]), int(row["version"])) for row in rows]
    aliases = _by_pair(tx, project, pairs, alias_table, "alias")
    standing = _by_pair(tx, project, pairs, environment_table, "environment")
    tags = _by_pair(tx, project, pairs, version_tag_table, "key")
    return [
        ModelVersion(
            **_own_columns(row),
            aliases=tuple(found["alias"] for found in aliases.get(pair, ())),
            environments=tuple(found["environment"] for found in standing.get(pair, ())),
            tags={found["key"]: found["value"] for found in tags.get(pair, ())},
        )
        for pair, row in zip(pairs, rows, strict=True)
    ]


def _own_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _MAY_BE_NULL[name] if row[name] is None else row[name] for name in _NAMES}


def _by_pair(
    tx: Transaction, project: str, pairs: Sequence[Pair], table: sa.Table, order: str
) -> dict[Pair, list[dict[str, Any]]]:
    found: dict[Pair, list[dict[str, Any]]] = {}
    for start in range(0, len(pairs), _AT_ONCE):
        for row in _among(tx, table, project, pairs[start : start + _AT_ONCE]):
            found.setdefault((row["model"], row["version"]), []).append(row)
    for rows in found.values():
        rows.sort(key=itemgetter(order))
    return found


def _among(tx: Transaction, table: sa.Table, project: str, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Return the rows of pairs. A list of pairs in a statement would make SQLite read all rows of the project."""
    names, numbers = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    columns, wanted = table.c, set(pairs)
    which = (columns.project_id == project, columns.model.in_(names), columns.version.in_(numbers))
    return [row for row in tx.rows(sa.select(table).where(*which)) if (row["model"], row["version"]) in wanted]


def _is(table: sa.Table, project: str, pair: Pair) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.project_id == project, table.c.model == pair[0], table.c.version == pair[1]
