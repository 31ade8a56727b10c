"""What decides whether a bundle is kept, and taking bundles away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.bundles import _repository as rows
from tidemill.bundles._tables import bundle_table, check_table
from tidemill.bundles.deploying import stack_of
from tidemill.bundles.records import RUN_TAG
from tidemill.storage.records import Transaction
from tidemill.tracking import tag_values


class BundleFacts(NamedTuple):
    """What decides whether a bundle is kept. created_at: ISO 8601 UTC, by the workspace's clock."""

    digest: str
    created_at: str


def list_bundle_facts(tx: Transaction, project: str) -> list[BundleFacts]:
    """Return all bundles of a project, newest first."""
    table = bundle_table.c
    statement = sa.select(table.digest, table.created_at).where(table.project_id == project)
    found: list[Any] = list(tx.execute(statement.order_by(table.created_at.desc(), table.digest)))
    return [BundleFacts(*row) for row in found]


def bundles_in_use(tx: Transaction, project: str, without_runs: Collection[str] = ()) -> set[str]:
    """Return the bundles that are deployed, those that a roll-back would deploy, and those that runs name.

    without_runs: as if these were gone.
    """
    by_environment: dict[str, list[str]] = {}
    deployments = rows.list_deployments(tx, project)
    for name in {each.environment for each in deployments}:
        by_environment[name] = stack_of([each for each in deployments if each.environment == name])
    gone = set(without_runs)
    named = {digest for run_id, digest in tag_values(tx, project, RUN_TAG).items() if run_id not in gone}
    return named.union(*(stack[-2:] for stack in by_environment.values()))


def remove_bundles(tx: Transaction, project: str, digests: Sequence[str]) -> list[str]:
    """Remove bundles with their checks, but for those that came into use meanwhile, and return which; some hundreds.

    The history of deployments stays.
    """
    free = sorted(set(digests) - bundles_in_use(tx, project))
    for table in (check_table, bundle_table):
        tx.execute(sa.delete(table).where(table.c.project_id == project, table.c.digest.in_(free)))
    return free
