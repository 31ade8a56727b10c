"""Tables of the tracking room: experiments, runs, and what a run logged."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed
from tidemill.storage.statements import BIG, Real

metadata = sa.MetaData()

# No database here cuts text at its length; the verbs say how long a name may be.
# `number` is what other programs call an experiment by; 0 is the one for runs that name none.
experiment_table = sa.Table(
    "experiment",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("number", BIG, nullable=False),
    sa.Column("updated_at", sa.String(27), nullable=False),
    sa.Column("deleted_at", sa.String(27)),
    # Where its runs keep their files, when that is not here.
    sa.Column("artifact_location", sa.Text),
    sa.UniqueConstraint("project_id", "name"),
    sa.Index("experiment_by_number", "project_id", "number", unique=True),
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
    sa.Column("user_id", sa.String(250)),
    sa.Column("deleted_at", sa.String(27)),
    # Whether a process answers for it, and it is over when that process is.
    sa.Column("attended", sa.Boolean, nullable=False),
    # `deleted_at` stands in both so that runs are counted, and put in order, by an index alone.
    sa.Index("run_by_start", "project_id", "started_at", "id", "deleted_at"),
    sa.Index("run_by_experiment", "project_id", "experiment_id", "started_at", "id", "deleted_at"),
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

# Every point of every metric. A series is one key of one run; which, `run_last_metric` tells.
point_table = sa.Table(
    "metric_point",
    metadata,
    sa.Column("series", BIG, primary_key=True, autoincrement=False),
    sa.Column("step", BIG, primary_key=True, autoincrement=False),
    sa.Column("at", BIG, primary_key=True, autoincrement=False),
    sa.Column("value", Real(), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# The last point of each key of a run, kept by the write that logs it: what runs are searched and ordered by.
last_metric_table = sa.Table(
    "run_last_metric",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("step", BIG, nullable=False),
    sa.Column("value", Real(), nullable=False),
    sa.Column("at", BIG, nullable=False),
    sa.Column("series", BIG, nullable=False),
    # How often points of it were written: by this is known whether an outline is of all of them.
    sa.Column("writes", BIG, nullable=False, server_default="0"),
    sa.Index("run_last_metric_by_value", "project_id", "key", "value", "run_id"),
    sa.Index("run_last_metric_by_series", "series", unique=True),
    sqlite_with_rowid=False,
)

# Of a long series what is seen of it from afar, made when its run has ended or somebody looks at it.
# `writes`: how often the series was written when it was made. `points`: packed, as `outlines` says.
outline_table = sa.Table(
    "metric_outline",
    metadata,
    sa.Column("series", BIG, primary_key=True, autoincrement=False),
    sa.Column("writes", BIG, nullable=False),
    sa.Column("n_points", BIG, nullable=False),
    sa.Column("n_buckets", sa.Integer, nullable=False),
    sa.Column("points", sa.LargeBinary, nullable=False),
)

tag_table = sa.Table(
    "run_tag",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "run_tag.value"), nullable=False),
    # Of a value the first 200 characters: an index of PostgreSQL holds no long text.
    sa.Index("run_tag_by_value", "project_id", "key", sa.text("substr(value, 1, 200)"), "run_id"),
)

# A search that has a name. `query` and `fields` are JSON: what people type in.
saved_view_table = sa.Table(
    "saved_view",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("query", Sealed(sa.Text(), "saved_view.query"), nullable=False),
    sa.Column("fields", Sealed(sa.Text(), "saved_view.fields"), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
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

experiment_tag_table = sa.Table(
    "experiment_tag",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("experiment_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "experiment_tag.value"), nullable=False),
    sa.Index("experiment_tag_by_key", "project_id", "key", "experiment_id"),
)

# A dataset as a run told of it, once for all runs of an experiment that read the same.
input_dataset_table = sa.Table(
    "input_dataset",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("experiment_id", sa.String(32), nullable=False),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("digest", sa.String(36), nullable=False),
    sa.Column("source_type", sa.String(36), nullable=False),
    sa.Column("source", Sealed(sa.Text(), "input_dataset.source"), nullable=False),
    sa.Column("schema", Sealed(sa.Text(), "input_dataset.schema")),
    sa.Column("profile", Sealed(sa.Text(), "input_dataset.profile")),
    sa.UniqueConstraint("project_id", "experiment_id", "name", "digest"),
)

# Which run read which dataset, and as what (`context`: training, evaluation, ...). `tags` are JSON.
run_dataset_table = sa.Table(
    "run_dataset",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("dataset_id", sa.String(32), primary_key=True),
    sa.Column("context", sa.String(500)),
    sa.Column("tags", Sealed(sa.Text(), "run_dataset.tags"), nullable=False),
    sa.Index("run_dataset_by_dataset", "project_id", "dataset_id", "run_id"),
)

# Which models a run has read and written; `side` is input or output.
run_model_table = sa.Table(
    "run_model",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("side", sa.String(10), primary_key=True),
    sa.Column("model_id", sa.String(34), primary_key=True),
    sa.Column("step", BIG, primary_key=True, autoincrement=False),
    sa.Index("run_model_by_model", "project_id", "model_id", "run_id"),
)

# A model that a run has written, before anybody registers it.
logged_model_table = sa.Table(
    "logged_model",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(34), primary_key=True),
    sa.Column("experiment_id", sa.String(32), nullable=False),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("model_type", sa.String(500), nullable=False),
    sa.Column("source_run_id", sa.String(32)),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("updated_at", sa.String(27), nullable=False),
    sa.Column("deleted_at", sa.String(27)),
    sa.Index("logged_model_by_experiment", "project_id", "experiment_id", "created_at", "id"),
    sa.Index("logged_model_by_run", "project_id", "source_run_id", "id"),
)

logged_model_param_table = sa.Table(
    "logged_model_param",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model_id", sa.String(34), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "logged_model_param.value"), nullable=False),
)

logged_model_tag_table = sa.Table(
    "logged_model_tag",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model_id", sa.String(34), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "logged_model_tag.value"), nullable=False),
)

# What runs have measured of a model, on which dataset.
logged_model_metric_table = sa.Table(
    "logged_model_metric",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("model_id", sa.String(34), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("dataset_name", sa.String(500), primary_key=True),
    sa.Column("dataset_digest", sa.String(36), primary_key=True),
    sa.Column("step", BIG, primary_key=True, autoincrement=False),
    sa.Column("at", BIG, primary_key=True, autoincrement=False),
    sa.Column("value", Real(), nullable=False),
    sa.Index("logged_model_metric_by_run", "project_id", "run_id"),
)

# How far each journal of a run is stored: a client's batch is taken once, and in order.
journal_table = sa.Table(
    "run_journal",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("journal", sa.String(64), primary_key=True),
    sa.Column("position", BIG, nullable=False),
)

# `request` and `response` are the beginnings of what was asked and answered. The spans are a file of the trace.
trace_table = sa.Table(
    "trace",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(70), primary_key=True),
    sa.Column("experiment_id", sa.String(32), nullable=False),
    sa.Column("client_request_id", sa.String(250)),
    sa.Column("name", sa.String(500)),
    sa.Column("run_id", sa.String(32)),
    sa.Column("started_ms", sa.BigInteger, nullable=False),
    sa.Column("duration_ms", sa.BigInteger),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("request", Sealed(sa.Text(), "trace.request")),
    sa.Column("response", Sealed(sa.Text(), "trace.response")),
    sa.Index("trace_by_start", "project_id", "experiment_id", "started_ms", "id"),
    sa.Index("trace_by_run", "project_id", "run_id", "started_ms", "id"),
)

trace_tag_table = sa.Table(
    "trace_tag",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("trace_id", sa.String(70), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "trace_tag.value"), nullable=False),
)

trace_metadata_table = sa.Table(
    "trace_metadata",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("trace_id", sa.String(70), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", Sealed(sa.Text(), "trace_metadata.value"), nullable=False),
)

# The runs that a trace belongs to, which may be several: `trace.run_id` is the last of them.
trace_run_table = sa.Table(
    "trace_run",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("trace_id", sa.String(70), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Index("trace_run_by_run", "project_id", "run_id", "trace_id"),
)
