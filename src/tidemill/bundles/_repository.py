"""Rows of the bundles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from tidemill.bundles._tables import bundle_table, check_table, deployment_table
from tidemill.bundles.manifest import parse_manifest
from tidemill.bundles.records import Bundle, BundleCheck, BundleDeployment
from tidemill.core import iso
from tidemill.storage.records import Transaction


def has_bundle(tx: Transaction, project: str, digest: str) -> bool:
    """Tell whether a bundle is stored."""
    table = bundle_table.c
    return tx.scalar(sa.select(table.digest).where(table.project_id == project, table.digest == digest)) is not None


def insert_bundle(tx: Transaction, project: str, bundle: Bundle) -> None:
    """Store a bundle; `created_at` empty means now."""
    tx.execute(
        sa.insert(bundle_table).values(
            project_id=project,
            digest=bundle.digest,
            manifest=msgspec.to_builtins(bundle.manifest),
            commit=bundle.commit,
            diff_digest=bundle.diff_digest,
            made_with=bundle.made_with,
            created_at=bundle.created_at or iso(tx.now),
            created_by=bundle.created_by,
        )
    )


def set_source(tx: Transaction, project: str, digest: str, commit: str) -> None:
    """Say of a bundle that was stored with uncommitted changes that it is now all of a commit."""
    table = bundle_table.c
    where = (table.project_id == project, table.digest == digest)
    tx.execute(sa.update(bundle_table).where(*where).values(commit=commit, diff_digest=""))


def find_bundle(tx: Transaction, project: str, digest: str) -> Bundle | None:
    """Return a bundle, or None. Raises DamagedError."""
    table = bundle_table.c
    row = tx.row(sa.select(bundle_table).where(table.project_id == project, table.digest == digest))
    return _bundle(row) if row else None


def digests_from(tx: Transaction, project: str, prefix: str, limit: int = 5) -> list[str]:
    """Return the digests that begin so, in order."""
    table = bundle_table.c
    where = (table.project_id == project, table.digest >= prefix, table.digest < prefix + "g")
    rows = tx.execute(sa.select(table.digest).where(*where).order_by(table.digest).limit(limit))
    return [row[0] for row in rows]


def list_bundles(tx: Transaction, project: str, limit: int) -> list[Bundle]:
    """Return the latest bundles, newest first. Raises DamagedError."""
    table = bundle_table.c
    statement = sa.select(bundle_table).where(table.project_id == project)
    return [_bundle(row) for row in tx.rows(statement.order_by(table.created_at.desc(), table.digest).limit(limit))]


def insert_check(tx: Transaction, project: str, check: BundleCheck) -> BundleCheck:
    """Store a check unless it is there, and return it as stored; `at` empty means now."""
    dated = replace(check, at=check.at or iso(tx.now))
    table = check_table.c
    if tx.scalar(sa.select(table.id).where(table.project_id == project, table.id == dated.id)) is None:
        tx.execute(sa.insert(check_table).values(project_id=project, **asdict(dated)))
    return dated


def list_checks(tx: Transaction, project: str, digest: str) -> list[BundleCheck]:
    """Return the checks of a bundle, the latest first."""
    table = check_table.c
    statement = sa.select(check_table).where(table.project_id == project, table.digest == digest)
    return [BundleCheck(**_without_project(row)) for row in tx.rows(statement.order_by(table.id.desc()))]


def insert_deployment(tx: Transaction, project: str, deployment: BundleDeployment) -> BundleDeployment:
    """Store a deployment under the next number of its environment and return it."""
    table = deployment_table.c
    where = (table.project_id == project, table.environment == deployment.environment)
    number = (tx.scalar(sa.select(sa.func.max(table.number)).where(*where)) or 0) + 1
    stored = replace(deployment, number=number, at=iso(tx.now))
    tx.execute(sa.insert(deployment_table).values(project_id=project, **asdict(stored)))
    return stored


def last_deployment(tx: Transaction, project: str, environment: str) -> BundleDeployment | None:
    """Return the last deployment to an environment, or None."""
    table = deployment_table.c
    where = (table.project_id == project, table.environment == environment)
    row = tx.row(sa.select(deployment_table).where(*where).order_by(table.number.desc()).limit(1))
    return BundleDeployment(**_without_project(row)) if row else None


def list_deployments(tx: Transaction, project: str, environment: str | None = None) -> list[BundleDeployment]:
    """Return deployments, of one environment or all, the latest first."""
    table = deployment_table.c
    statement = sa.select(deployment_table).where(table.project_id == project)
    if environment is not None:
        statement = statement.where(table.environment == environment)
    rows: Sequence[dict[str, Any]] = tx.rows(statement.order_by(table.at.desc(), table.number.desc()))
    return [BundleDeployment(**_without_project(row)) for row in rows]


def _bundle(row: dict[str, Any]) -> Bundle:
    return Bundle(
        manifest=parse_manifest(row["manifest"]),
        commit=row["commit"],
        diff_digest=row["diff_digest"],
        made_with=row["made_with"],
        created_at=row["created_at"],
        created_by=row["created_by"],
    )


def _without_project(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "project_id"}
