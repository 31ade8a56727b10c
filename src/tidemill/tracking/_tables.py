"""Tables of the tracking room: experiments, runs, and what a run logged."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

experiment_table = sa.Table(
    "experiment",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.UniqueConstraint("project_id", "name"),
)

run_table = sa.Table(
    "run",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("experiment_id", sa.String(32), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("started_at", sa.String(27), nullable=False),
    sa.Column("ended_at", sa.String(27)),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("code_digest", sa.String(64)),
    sa.Column("commit", sa.String(60)),
    sa.Column("error", Sealed(sa.Text(), "run.error")),
    sa.Index("run_by_experiment", "project_id", "experiment_id", "id"),
    sa.Index(
        "run_still_running",
        "project_id",
        "id",
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    ),
)

# Of runs whose records other machines share: until when each is believed to be worked on.
run_lease_table = sa.Table(
    "run_lease",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("until", sa.String(27), nullable=False),
    sa.Index("run_lease_by_end", "until"),
)

param_table = sa.Table(
    "run_param",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "run_param.value"), nullable=False),
)

metric_table = sa.Table(
    "run_metric",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
)

# The last point of each key of a run, kept by the write that logs it: what runs are searched and ordered by.
last_metric_table = sa.Table(
    "run_last_metric",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Index("run_last_metric_by_value", "project_id", "key", "value", "run_id"),
    sqlite_with_rowid=False,
)

tag_table = sa.Table(
    "run_tag",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "run_tag.value"), nullable=False),
    sa.Index("run_tag_by_key", "project_id", "key", "run_id"),
)

# Files that runs, logged models and traces keep: their owner is the id of one of these, or empty for nobody's.
artifact_table = sa.Table(
    "artifact",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("owner", sa.String(70), primary_key=True),
    sa.Column("path", sa.String(1000), primary_key=True),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("stored_at", sa.String(27), nullable=False),
    sqlite_with_rowid=False,
)
