"""Where models are served, as the registry asks it before a promotion or a removal."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from tidemill.deployment._repository import list_endpoints
from tidemill.deployment._tables import revision_table
from tidemill.storage.records import Transaction


class ServedModels:
    """The standing of models by the records of endpoints and their revisions."""

    def endpoints_with_gate(self, tx: Transaction, project: str, model: str) -> Sequence[str]:
        """Return the names of the endpoints that serve a model and declare a gate."""
        endpoints = list_endpoints(tx, project)
        return [each.name for each in endpoints if each.model == model and (each.declared or {}).get("gate")]

    def served_versions(self, tx: Transaction, project: str, model: str) -> dict[int, str]:
        """Return the versions of a model that an endpoint serves or has served, each with the endpoint's name."""
        table = revision_table.c
        which = (table.project_id == project, table.model == model)
        statement = sa.select(table.version, table.endpoint).where(*which).order_by(table.version)
        return {int(row["version"]): str(row["endpoint"]) for row in tx.rows(statement)}
