"""Which model versions there are and which of them were ever promoted, and taking others away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidemill.registry._tables import (
    alias_table,
    environment_table,
    verdict_table,
    version_table,
    version_tag_table,
)
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Transaction

_ALL = 2**31


class VersionFacts(NamedTuple):
    """What decides whether a model version is kept; `promoted`: it is or was behind an alias. ISO 8601 UTC."""

    model: str
    version: int
    run_id: str
    verdict_id: str
    created_at: str
    promoted: bool

    @property
    def reference(self) -> str:
        """Return ``delay/3``."""
        return f"{self.model}/{self.version}"


def list_version_facts(tx: Transaction, project: str) -> list[VersionFacts]:
    """Return all model versions of a project, of each model the newest first."""
    table, alias = version_table.c, alias_table.c
    named = tx.rows(sa.select(alias.model, alias.version).where(alias.project_id == project))
    promoted = {f"{row['model']}/{row['version']}" for row in named}
    query = EventQuery(limit=_ALL, kind_prefix="model_version.promoted")
    promoted |= {event.subject for event in read_events(tx, project, query)}
    columns = (table.model, table.version, table.run_id, table.verdict_id, table.created_at)
    statement = sa.select(*columns).where(table.project_id == project)
    rows = tx.rows(statement.order_by(table.model, table.version.desc()))
    return [VersionFacts(**row, promoted=f"{row['model']}/{row['version']}" in promoted) for row in rows]


def remove_version(tx: Transaction, project: str, model: str, version: int) -> None:
    """Remove a model version; nothing when an alias has come to point at it."""
    table, alias = version_table.c, alias_table.c
    pointed = sa.select(alias.alias).where(alias.project_id == project, alias.model == model, alias.version == version)
    mine = (table.project_id == project, table.model == model, table.version == version)
    if tx.execute(sa.delete(version_table).where(*mine, ~pointed.exists())).rowcount:
        for other in (version_tag_table, environment_table):
            named = (other.c.project_id == project, other.c.model == model, other.c.version == version)
            tx.execute(sa.delete(other).where(*named))


def remove_verdicts(tx: Transaction, project: str, run_ids: Sequence[str]) -> None:
    """Remove the verdicts on what runs made, but those that model versions name."""
    verdict, version = verdict_table.c, version_table.c
    named = sa.select(version.verdict_id).where(version.project_id == project, version.verdict_id == verdict.id)
    mine = (verdict.project_id == project, verdict.run_id.in_(run_ids))
    tx.execute(sa.delete(verdict_table).where(*mine, ~named.exists()))


def runs_registered(tx: Transaction, project: str, run_ids: Sequence[str]) -> set[str]:
    """Return those of the runs that stand behind a model version."""
    table = version_table.c
    statement = sa.select(table.run_id).where(table.project_id == project, table.run_id.in_(run_ids))
    return set(tx.execute(statement).scalars())
