"""Tables of the compat room: which lineage events of runs that are under way were sent."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# `position` is a step's in its run's graph, -1 the run itself. Rows go when a run's last event was sent.
lineage_sent_table = sa.Table(
    "lineage_sent",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sent", sa.String(10), nullable=False),
)
