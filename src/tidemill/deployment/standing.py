"""Where models are served, as the registry asks it before a promotion or a removal."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.deployment._tables import revision_table
from tidemill.storage.records import Transaction


class ServedModels:
    """The standing of models by the records of endpoints and their revisions."""

    def served_versions(self, tx: Transaction, project: str, model: str) -> dict[int, str]:
        """Return the versions of a model that an endpoint serves or has served, each with the endpoint's name."""
        table = revision_table.c
        which = (table.project_id == project, table.model == model)
        statement = sa.select(table.version, table.endpoint).where(*which).order_by(table.version)
        return {int(row["version"]): str(row["endpoint"]) for row in tx.rows(statement)}
