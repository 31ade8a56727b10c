"""Rows of registered models, their tags and aliases, and of verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.registry._tables import (
    alias_table,
    environment_table,
    model_table,
    model_tag_table,
    request_table,
    verdict_table,
    version_table,
    version_tag_table,
)
from tidemill.registry.records import RegisteredModel, VerdictRecord
from tidemill.storage.records import Transaction

_AT_ONCE = 500
_OF_A_MODEL = (
    version_tag_table,
    environment_table,
    alias_table,
    version_table,
    verdict_table,
    request_table,
    model_tag_table,
)


def ensure_model(tx: Transaction, project: str, name: str, actor: str) -> bool:
    """Store a model when it is new and tell whether it was."""
    table = model_table.c
    if tx.scalar(sa.select(table.name).where(table.project_id == project, table.name == name)) is not None:
        return False
    told = {"created_at": iso(tx.now), "updated_at": iso(tx.now), "created_by": actor, "owner": actor}
    tx.execute(sa.insert(model_table).values(project_id=project, name=name, **told))
    return True


def find_model(tx: Transaction, project: str, name: str) -> RegisteredModel | None:
    """Return a model, or None."""
    table = model_table.c
    row = tx.row(sa.select(model_table).where(table.project_id == project, table.name == name))
    return models_of(tx, project, [row])[0] if row else None


def list_models(tx: Transaction, project: str) -> list[RegisteredModel]:
    """Return all models by name."""
    statement = sa.select(model_table).where(model_table.c.project_id == project).order_by(model_table.c.name)
    return models_of(tx, project, tx.rows(statement))


def model_names(tx: Transaction, project: str) -> list[str]:
    """Return the names of all models."""
    table = model_table.c
    return [row["name"] for row in tx.rows(sa.select(table.name).where(table.project_id == project))]


def models_of(tx: Transaction, project: str, rows: Sequence[Mapping[str, Any]]) -> list[RegisteredModel]:
    """Return the models of rows, with their newest version, aliases and tags."""
    names = [row["name"] for row in rows]
    counts: dict[str, tuple[int, int]] = {}
    aliases: dict[str, dict[str, int]] = {}
    tags: dict[str, dict[str, str]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        version = version_table.c
        counted = sa.select(version.model, sa.func.max(version.version).label("newest"), sa.func.count().label("n"))
        counted = counted.where(version.project_id == project, version.model.in_(some)).group_by(version.model)
        counts |= {row["model"]: (row["newest"], row["n"]) for row in tx.rows(counted)}
        for row in tx.rows(_of_models(alias_table, project, some).order_by(alias_table.c.model, alias_table.c.alias)):
            aliases.setdefault(row["model"], {})[row["alias"]] = row["version"]
        by_key = (model_tag_table.c.model, model_tag_table.c.key)
        for row in tx.rows(_of_models(model_tag_table, project, some).order_by(*by_key)):
            tags.setdefault(row["model"], {})[row["key"]] = row["value"]
    return [
        RegisteredModel(
            name=row["name"],
            created_at=row["created_at"],
            created_by=row["created_by"],
            latest_version=counts.get(row["name"], (0, 0))[0],
            aliases=aliases.get(row["name"], {}),
            n_versions=counts.get(row["name"], (0, 0))[1],
            updated_at=row["updated_at"],
            owner=row["owner"],
            description=row["description"] or "",
            tags=tags.get(row["name"], {}),
        )
        for row in rows
    ]


def update_model(tx: Transaction, project: str, name: str, changes: Mapping[str, Any]) -> None:
    """Change columns of a model; with none, only the instant of its last change."""
    table = model_table.c
    where = (table.project_id == project, table.name == name)
    tx.execute(sa.update(model_table).where(*where).values(**changes, updated_at=iso(tx.now)))


def rename_model(tx: Transaction, project: str, name: str, new_name: str) -> None:
    """Give a model, and all that belongs to it, another name."""
    for table in _OF_A_MODEL:
        mine = (table.c.project_id == project, table.c.model == name)
        tx.execute(sa.update(table).where(*mine).values(model=new_name))
    update_model(tx, project, name, {"name": new_name})


def delete_model(tx: Transaction, project: str, name: str) -> None:
    """Remove a model and all that belongs to it."""
    for table in _OF_A_MODEL:
        tx.execute(sa.delete(table).where(table.c.project_id == project, table.c.model == name))
    tx.execute(sa.delete(model_table).where(model_table.c.project_id == project, model_table.c.name == name))


def set_model_tag(tx: Transaction, project: str, name: str, key: str, value: str | None) -> None:
    """Set a tag of a model, or with None remove it."""
    table = model_tag_table.c
    tx.execute(sa.delete(model_tag_table).where(table.project_id == project, table.model == name, table.key == key))
    if value is not None:
        tx.execute(sa.insert(model_tag_table).values(project_id=project, model=name, key=key, value=value))


def find_alias(tx: Transaction, project: str, model: str, alias: str) -> dict[str, Any] | None:
    """Return an alias's row, or None."""
    table = alias_table.c
    where = (table.project_id == project, table.model == model, table.alias == alias)
    return tx.row(sa.select(alias_table).where(*where))


def set_alias(tx: Transaction, project: str, actor: str, target: tuple[str, str, int]) -> None:
    """Point an alias of a model at a version."""
    model, alias, number = target
    remove_alias(tx, project, model, alias)
    tx.execute(
        sa.insert(alias_table).values(
            project_id=project, model=model, alias=alias, version=number, set_at=iso(tx.now), set_by=actor
        )
    )


def remove_alias(tx: Transaction, project: str, model: str, alias: str) -> None:
    """Let an alias point at nothing."""
    table = alias_table.c
    tx.execute(sa.delete(alias_table).where(table.project_id == project, table.model == model, table.alias == alias))


def insert_verdict(tx: Transaction, project: str, verdict: VerdictRecord) -> VerdictRecord:
    """Store a verdict and return it as stored."""
    dated = replace(verdict, judged_at=iso(tx.now))
    values = {name: getattr(dated, name) for name in VerdictRecord.__dataclass_fields__}
    tx.execute(sa.insert(verdict_table).values(project_id=project, **values))
    return dated


def find_verdict(tx: Transaction, project: str, id_: str) -> VerdictRecord | None:
    """Return a verdict, or None."""
    table = verdict_table.c
    row = tx.row(sa.select(verdict_table).where(table.project_id == project, table.id == id_))
    return VerdictRecord(**{name: row[name] for name in VerdictRecord.__dataclass_fields__}) if row else None


def list_verdicts(tx: Transaction, project: str, model: str, limit: int) -> list[VerdictRecord]:
    """Return the latest verdicts on candidates for a model, newest first."""
    table = verdict_table.c
    statement = sa.select(verdict_table).where(table.project_id == project, table.model == model)
    rows = tx.rows(statement.order_by(table.id.desc()).limit(limit))
    return [VerdictRecord(**{name: row[name] for name in VerdictRecord.__dataclass_fields__}) for row in rows]


def _of_models(table: sa.Table, project: str, names: Sequence[str]) -> sa.Select[Any]:
    return sa.select(table).where(table.c.project_id == project, table.c.model.in_(names))
