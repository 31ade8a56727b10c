"""Rows of the deployment room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.deployment._tables import endpoint_table, revision_table
from tidemill.deployment.endpoint import DeployedEndpoint, Revision
from tidemill.registry import governed
from tidemill.storage.records import Transaction


def find_endpoint(tx: Transaction, project: str, name: str) -> DeployedEndpoint | None:
    """Return an endpoint, or None."""
    table = endpoint_table.c
    row = tx.row(sa.select(endpoint_table).where(table.project_id == project, table.name == name))
    return DeployedEndpoint(**{field: row[field] for field in DeployedEndpoint.__dataclass_fields__}) if row else None


def list_endpoints(tx: Transaction, project: str) -> list[DeployedEndpoint]:
    """Return the endpoints by name."""
    table = endpoint_table.c
    rows = tx.rows(sa.select(endpoint_table).where(table.project_id == project).order_by(table.name))
    return [DeployedEndpoint(**{field: row[field] for field in DeployedEndpoint.__dataclass_fields__}) for row in rows]


def ungoverned_gates(tx: Transaction) -> list[tuple[str, str, str, list[dict[str, Any]]]]:
    """Return project, name, model and gate of the endpoints of all projects whose model no policy governs."""
    table = endpoint_table.c
    statement = sa.select(table.project_id, table.name, table.model, table.declared).where(
        table.declared.is_not(None), ~governed(table.project_id, table.model)
    )
    rows = tx.rows(statement.order_by(table.project_id, table.name))
    told = [(row, (row["declared"] or {}).get("gate")) for row in rows]
    return [(row["project_id"], row["name"], row["model"], gate) for row, gate in told if gate]


def store_endpoint(tx: Transaction, project: str, endpoint: DeployedEndpoint) -> None:
    """Store an endpoint, or what has changed of it."""
    table = endpoint_table.c
    known = find_endpoint(tx, project, endpoint.name)
    created = known.created_at if known else iso(tx.now)
    stored = replace(endpoint, created_at=created, created_by=known.created_by if known else endpoint.created_by)
    tx.execute(sa.delete(endpoint_table).where(table.project_id == project, table.name == endpoint.name))
    values = {field: getattr(stored, field) for field in DeployedEndpoint.__dataclass_fields__}
    tx.execute(sa.insert(endpoint_table).values(project_id=project, **values))


def insert_revision(tx: Transaction, project: str, revision: Revision) -> Revision:
    """Store a revision under the next number and return it."""
    table = revision_table.c
    where = (table.project_id == project, table.endpoint == revision.endpoint)
    number = (tx.scalar(sa.select(sa.func.max(table.revision)).where(*where)) or 0) + 1
    numbered = replace(revision, revision=number, created_at=iso(tx.now))
    values = {field: getattr(numbered, field) for field in Revision.__dataclass_fields__}
    tx.execute(sa.insert(revision_table).values(project_id=project, **values))
    return numbered


def list_revisions(tx: Transaction, project: str, endpoint: str) -> list[Revision]:
    """Return the revisions of an endpoint, newest first."""
    table = revision_table.c
    statement = sa.select(revision_table).where(table.project_id == project, table.endpoint == endpoint)
    rows = tx.rows(statement.order_by(table.revision.desc()))
    return [Revision(**{field: row[field] for field in Revision.__dataclass_fields__}) for row in rows]
