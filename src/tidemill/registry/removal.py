"""Which model versions there are and which of them were ever promoted, and taking others away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidemill.registry._tables import (
    alias_table,
    answer_table,
    evidence_table,
    request_table,
    verdict_table,
    version_table,
)
from tidemill.registry._version_rows import delete_version
from tidemill.registry.promotion_request import PENDING
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Transaction

_ALL = 2**31


class VersionFacts(NamedTuple):
    """What decides whether a model version is kept; `promoted`: it is or was behind an alias, or waits
    for approval. ISO 8601 UTC."""

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
    request = request_table.c
    waits = sa.select(request.model, request.version).where(request.project_id == project, request.state == PENDING)
    promoted |= {f"{row['model']}/{row['version']}" for row in tx.rows(waits)}
    promoted |= {event.subject for event in read_events(tx, project, query)}
    columns = (table.model, table.version, table.run_id, table.verdict_id, table.created_at)
    statement = sa.select(*columns).where(table.project_id == project)
    rows = tx.rows(statement.order_by(table.model, table.version.desc()))
    return [VersionFacts(**row, promoted=f"{row['model']}/{row['version']}" in promoted) for row in rows]


def remove_version(tx: Transaction, project: str, model: str, version: int) -> None:
    """Remove a model version with what was collected of it and asked for it; nothing when an alias has come to point
    at it."""
    alias = alias_table.c
    pointed = (alias.project_id == project, alias.model == model, alias.version == version)
    if tx.scalar(sa.select(alias.alias).where(*pointed).limit(1)) is not None:
        return
    remove_asked_and_collected(tx, project, model, version)
    delete_version(tx, project, (model, version))


def remove_asked_and_collected(tx: Transaction, project: str, model: str, version: int | None = None) -> None:
    """Remove the requests for a model, or for one version of it, their answers, and the evidence on its packages.

    Evidence stays that is also on a version which stays. Called before the versions themselves are removed.
    """
    request, answer, evidence, table = request_table.c, answer_table.c, evidence_table.c, version_table.c
    asked: tuple[sa.ColumnElement[bool], ...] = (request.project_id == project, request.model == model)
    mine: tuple[sa.ColumnElement[bool], ...] = (table.project_id == project, table.model == model)
    stays = table.model != model
    if version is not None:
        asked, mine = (*asked, request.version == version), (*mine, table.version == version)
        stays = sa.or_(stays, table.version != version)
    ids = sa.select(request.id).where(*asked)
    tx.execute(sa.delete(answer_table).where(answer.project_id == project, answer.request_id.in_(ids)))
    tx.execute(sa.delete(request_table).where(*asked))
    digests = sa.select(table.package_digest).where(*mine, table.package_digest != "")
    kept = sa.select(table.version).where(
        table.project_id == project, table.package_digest == evidence.package_digest, stays
    )
    of_these = (evidence.project_id == project, evidence.package_digest.in_(digests))
    tx.execute(sa.delete(evidence_table).where(*of_these, ~kept.exists()))


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
