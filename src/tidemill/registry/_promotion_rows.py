"""Rows of policies, evidence, promotion requests and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.registry._tables import answer_table, evidence_table, policy_table, request_table
from tidemill.registry.policy import PolicyInForce
from tidemill.registry.promotion_request import APPROVED, PENDING, Answer, PromotionRequest
from tidemill.storage.records import Transaction
from tidemill.storage.statements import upsert

_STORE_EVIDENCE = upsert(evidence_table)
_FIELDS = tuple(name for name in PromotionRequest.__dataclass_fields__ if name != "answers")
_LISTS = ("approvers", "made_by")
_AT_ONCE = 1000


def find_policy(tx: Transaction, project: str, model: str, alias: str) -> PolicyInForce | None:
    """Return what governs an alias, or None."""
    table = policy_table.c
    where = (table.project_id == project, table.model == model, table.alias == alias)
    row = tx.row(sa.select(policy_table).where(*where))
    return _policy(row) if row else None


def governed(project: sa.ColumnElement[str], model: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return whether any policy governs a model, to be asked in a statement of another room."""
    table = policy_table.c
    return sa.select(table.alias).where(table.project_id == project, table.model == model).exists()


def list_policies(tx: Transaction, project: str, model: str) -> list[PolicyInForce]:
    """Return what governs a model's environments, each once."""
    table = policy_table.c
    rows = tx.rows(sa.select(policy_table).where(table.project_id == project, table.model == model))
    found = {each.environment: each for each in map(_policy, rows)}
    return sorted(found.values(), key=lambda each: (each.serves, each.environment))


def store_policies(tx: Transaction, project: str, actor: str, of: tuple[str, str, Sequence[PolicyInForce]]) -> bool:
    """Let policies be those of an endpoint's model, and no others; tell whether that is news."""
    model, endpoint, policies = of
    table = policy_table.c
    mine = (table.project_id == project, table.model == model, table.endpoint == endpoint)
    known = {row["alias"]: row for row in tx.rows(sa.select(policy_table).where(*mine))}
    wanted = {alias: each for each in policies for alias in each.aliases}
    if {alias: row["policy"] for alias, row in known.items()} == {
        alias: each.to_json() for alias, each in wanted.items()
    }:
        return False
    news = {alias: row["digest"] for alias, row in known.items()} != {
        alias: each.digest for alias, each in wanted.items()
    }
    tx.execute(sa.delete(policy_table).where(*mine))
    for alias, each in wanted.items():
        here = (table.project_id == project, table.model == model, table.alias == alias)
        tx.execute(sa.delete(policy_table).where(*here))
        values = {"project_id": project, "model": model, "alias": alias, "endpoint": endpoint, "policy": each.to_json()}
        stamps = {"digest": each.digest, "recorded_at": iso(tx.now), "recorded_by": actor}
        tx.execute(sa.insert(policy_table).values(**values, **stamps))
    return news


def insert_request(tx: Transaction, project: str, request: PromotionRequest) -> None:
    """Store a request."""
    values = {name: getattr(request, name) for name in _FIELDS}
    values |= {name: list(values[name]) for name in _LISTS}
    tx.execute(sa.insert(request_table).values(project_id=project, **values))


def settle(tx: Transaction, project: str, request: PromotionRequest) -> None:
    """Store how a request ended."""
    table = request_table.c
    ended = {name: getattr(request, name) for name in ("state", "decided_at", "decided_by", "sentence")}
    judged = {name: getattr(request, name) for name in ("verdict_id", "against")}
    tx.execute(
        sa.update(request_table).where(table.project_id == project, table.id == request.id).values(**ended, **judged)
    )


def find_request(tx: Transaction, project: str, id_: str) -> PromotionRequest | None:
    """Return a request with its answers, or None."""
    table = request_table.c
    row = tx.row(sa.select(request_table).where(table.project_id == project, table.id == id_))
    if row is None:
        return None
    answer = answer_table.c
    mine = sa.select(answer_table).where(answer.project_id == project, answer.request_id == id_)
    answers = [Answer(**_of(each, Answer)) for each in tx.rows(mine)]
    return replace(_request(row), answers=tuple(sorted(answers, key=lambda each: each.answered_at)))


def list_requests(
    tx: Transaction, project: str, state: str | None, model: str | None, limit: int
) -> list[PromotionRequest]:
    """Return requests without their answers, the latest first."""
    table = request_table.c
    statement = sa.select(request_table).where(table.project_id == project)
    if state is not None:
        statement = statement.where(table.state == state)
    if model is not None:
        statement = statement.where(table.model == model)
    return [_request(row) for row in tx.rows(statement.order_by(table.id.desc()).limit(limit))]


def pending(tx: Transaction, project: str, model: str, environment: str | None = None) -> list[PromotionRequest]:
    """Return what waits for answers for a model, or for one of its environments."""
    table = request_table.c
    statement = sa.select(request_table).where(
        table.project_id == project, table.state == PENDING, table.model == model
    )
    if environment is not None:
        statement = statement.where(table.environment == environment)
    return [_request(row) for row in tx.rows(statement.order_by(table.id))]


def list_late(tx: Transaction, project: str) -> list[PromotionRequest]:
    """Return what still waits though its time is over, the oldest first."""
    table = request_table.c
    where = (table.project_id == project, table.state == PENDING, table.expires_at <= iso(tx.now))
    return [_request(row) for row in tx.rows(sa.select(request_table).where(*where).order_by(table.id).limit(_AT_ONCE))]


def let_in(tx: Transaction, project: str, version: tuple[str, int, str], environment: str) -> bool:
    """Tell whether a version, by model, number and package digest, once came into an environment."""
    model, number, digest = version
    table = request_table.c
    where = (table.project_id == project, table.model == model, table.version == number, table.state == APPROVED)
    same = (table.package_digest == digest, table.environment == environment)
    return tx.scalar(sa.select(table.id).where(*where, *same).limit(1)) is not None


def insert_answer(tx: Transaction, project: str, request_id: str, answer: Answer) -> None:
    """Store an answer."""
    values = {name: getattr(answer, name) for name in Answer.__dataclass_fields__}
    tx.execute(sa.insert(answer_table).values(project_id=project, request_id=request_id, **values))


def store_evidence(tx: Transaction, project: str, actor: str, values: dict[str, Any]) -> None:
    """Store a piece of evidence in the place of the one of the same kind and name."""
    tx.execute(_STORE_EVIDENCE, {"project_id": project, "collected_at": iso(tx.now), "collected_by": actor, **values})


def list_evidence(tx: Transaction, project: str, package_digest: str) -> list[dict[str, Any]]:
    """Return what was collected of a package, by kind and name."""
    table = evidence_table.c
    where = (table.project_id == project, table.package_digest == package_digest)
    return tx.rows(sa.select(evidence_table).where(*where).order_by(table.kind, table.name))


def _policy(row: dict[str, Any]) -> PolicyInForce:
    found = PolicyInForce.from_json(row["model"], row["endpoint"], row["policy"])
    return replace(found, recorded_at=row["recorded_at"], recorded_by=row["recorded_by"])


def _request(row: dict[str, Any]) -> PromotionRequest:
    given = {name: row[name] for name in _FIELDS}
    return PromotionRequest(**{**given, **{name: tuple(given[name]) for name in _LISTS}})


def _of(row: dict[str, Any], kind: type[Answer]) -> dict[str, Any]:
    return {name: row[name] for name in kind.__dataclass_fields__}
