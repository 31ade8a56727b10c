"""Rows of the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.registry._tables import alias_table, model_table, verdict_table, version_table
from tidemill.registry.records import ModelVersion, RegisteredModel, VerdictRecord
from tidemill.storage.records import Transaction


def ensure_model(tx: Transaction, project: str, name: str, actor: str) -> bool:
    """Store a model when it is new and tell whether it was."""
    table = model_table.c
    if tx.scalar(sa.select(table.name).where(table.project_id == project, table.name == name)) is not None:
        return False
    tx.execute(sa.insert(model_table).values(project_id=project, name=name, created_at=iso(tx.now), created_by=actor))
    return True


def list_models(tx: Transaction, project: str) -> list[RegisteredModel]:
    """Return all models with their newest version and aliases, by name."""
    counted = (
        sa.select(version_table.c.model, sa.func.max(version_table.c.version).label("newest"))
        .where(version_table.c.project_id == project)
        .group_by(version_table.c.model)
    )
    newest: dict[str, int] = {row["model"]: row["newest"] for row in tx.rows(counted)}
    aliases: dict[str, dict[str, int]] = {}
    for row in tx.rows(sa.select(alias_table).where(alias_table.c.project_id == project)):
        aliases.setdefault(row["model"], {})[row["alias"]] = row["version"]
    models = tx.rows(sa.select(model_table).where(model_table.c.project_id == project).order_by(model_table.c.name))
    return [
        RegisteredModel(
            name=row["name"],
            created_at=row["created_at"],
            created_by=row["created_by"],
            latest_version=newest.get(row["name"], 0),
            aliases=aliases.get(row["name"], {}),
        )
        for row in models
    ]


def insert_version(tx: Transaction, project: str, version: ModelVersion) -> ModelVersion:
    """Store a version under the next number and return it."""
    table = version_table.c
    where = (table.project_id == project, table.model == version.model)
    number = (tx.scalar(sa.select(sa.func.max(table.version)).where(*where)) or 0) + 1
    numbered = replace(version, version=number, created_at=iso(tx.now))
    tx.execute(sa.insert(version_table).values(project_id=project, **_columns(version_table, numbered)))
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
        )
    )
    return _version(tx, project, row) if row else None


def find_version(tx: Transaction, project: str, model: str, number: int) -> ModelVersion | None:
    """Return a version, or None."""
    table = version_table.c
    row = tx.row(
        sa.select(version_table).where(table.project_id == project, table.model == model, table.version == number)
    )
    return _version(tx, project, row) if row else None


def list_versions(tx: Transaction, project: str, model: str) -> list[ModelVersion]:
    """Return the versions of a model, newest first."""
    table = version_table.c
    statement = sa.select(version_table).where(table.project_id == project, table.model == model)
    return [_version(tx, project, row) for row in tx.rows(statement.order_by(table.version.desc()))]


def find_alias(tx: Transaction, project: str, model: str, alias: str) -> dict[str, Any] | None:
    """Return an alias's row, or None."""
    table = alias_table.c
    where = (table.project_id == project, table.model == model, table.alias == alias)
    return tx.row(sa.select(alias_table).where(*where))


def set_alias(tx: Transaction, project: str, actor: str, target: tuple[str, str, int]) -> None:
    """Point an alias of a model at a version."""
    model, alias, number = target
    table = alias_table.c
    tx.execute(sa.delete(alias_table).where(table.project_id == project, table.model == model, table.alias == alias))
    tx.execute(
        sa.insert(alias_table).values(
            project_id=project, model=model, alias=alias, version=number, set_at=iso(tx.now), set_by=actor
        )
    )


def remove_alias(tx: Transaction, project: str, model: str, alias: str) -> None:
    """Let an alias of a model point nowhere."""
    table = alias_table.c
    tx.execute(sa.delete(alias_table).where(table.project_id == project, table.model == model, table.alias == alias))


def insert_verdict(tx: Transaction, project: str, verdict: VerdictRecord) -> VerdictRecord:
    """Store a verdict and return it as stored."""
    dated = replace(verdict, judged_at=iso(tx.now))
    tx.execute(sa.insert(verdict_table).values(project_id=project, **_columns(verdict_table, dated)))
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


def _version(tx: Transaction, project: str, row: dict[str, Any]) -> ModelVersion:
    table = alias_table.c
    statement = sa.select(table.alias).where(
        table.project_id == project, table.model == row["model"], table.version == row["version"]
    )
    aliases = tuple(found["alias"] for found in tx.rows(statement.order_by(table.alias)))
    names = (name for name in ModelVersion.__dataclass_fields__ if name != "aliases")
    return ModelVersion(**{name: row[name] for name in names}, aliases=aliases)


def _columns(table: sa.Table, record: object) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in table.columns if column.name != "project_id"}
