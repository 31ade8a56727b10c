"""What can be asked about runs, experiments, logged models, registered models, their versions, and traces."""

from __future__ import annotations

from tidemill.tracking.searching.grammar import COMPARED, IN
from tidemill.tracking.searching.vocabulary import (
    ALIKE,
    ATTRIBUTES,
    INSTANT,
    LISTED,
    NUMBER,
    NUMBER_OR_TEXT,
    PRESENT,
    Entity,
    Key,
    Vocabulary,
    keys,
)

_TAGS = Entity("tags", ("tag",), any_key=Key("tags", operators=PRESENT))
_PARAMS = Entity("params", ("param", "parameter", "parameters"), any_key=Key("params", operators=PRESENT))
_METRICS = Entity("metrics", ("metric",), any_key=Key("metrics", kind=NUMBER, operators=COMPARED))

RUNS = Vocabulary(
    "runs",
    (
        Entity(
            ATTRIBUTES,
            ("attribute", "attr", "run"),
            (
                *keys(("run_id|id",), operators=LISTED),
                *keys(("run_name|name", "status", "user_id", "artifact_uri", "created_by")),
                *keys(("experiment",), operators=LISTED),
                *keys(("start_time|created", "end_time"), kind=NUMBER, operators=COMPARED),
                *keys(("started_at", "ended_at"), kind=INSTANT, operators=COMPARED),
            ),
        ),
        _METRICS,
        _PARAMS,
        _TAGS,
        Entity(
            "datasets",
            ("dataset",),
            tuple(Key(name, operators=LISTED, ordered=False) for name in ("name", "digest", "context")),
        ),
    ),
)

EXPERIMENTS = Vocabulary(
    "experiments",
    (
        Entity(
            ATTRIBUTES,
            ("attribute", "attr", "experiment"),
            (
                *keys(("name",)),
                *keys(("experiment_id|id",), operators=(*ALIKE, IN)),
                *keys(("creation_time", "last_update_time"), kind=NUMBER, operators=COMPARED),
            ),
        ),
        Entity("tags", ("tag",), any_key=Key("tags", operators=PRESENT, ordered=False)),
    ),
)

LOGGED_MODELS = Vocabulary(
    "logged models",
    (
        Entity(
            ATTRIBUTES,
            ("attribute", "attr", "model"),
            (
                *keys(("name", "model_id|id", "model_type", "status", "source_run_id"), operators=LISTED),
                *keys(
                    ("creation_timestamp|creation_time|created", "last_updated_timestamp"),
                    kind=NUMBER,
                    operators=COMPARED,
                ),
            ),
        ),
        _METRICS,
        _PARAMS,
        _TAGS,
    ),
)

REGISTERED_MODELS = Vocabulary(
    "registered models",
    (
        Entity(
            ATTRIBUTES,
            ("attribute", "attr", "model"),
            (
                *keys(("name",), operators=LISTED),
                Key("creation_timestamp", (), NUMBER, COMPARED),
                Key("last_updated_timestamp", ("timestamp",), NUMBER, COMPARED),
            ),
        ),
        Entity("tags", ("tag",), any_key=Key("tags", operators=PRESENT, ordered=False)),
    ),
)

MODEL_VERSIONS = Vocabulary(
    "model versions",
    (
        Entity(
            ATTRIBUTES,
            ("attribute", "attr", "version"),
            (
                *keys(("name", "run_id"), operators=LISTED),
                *keys(("source_path|source",)),
                Key("version_number", ("version",), NUMBER_OR_TEXT, COMPARED),
                Key("creation_timestamp", (), NUMBER, COMPARED),
                Key("last_updated_timestamp", (), NUMBER, COMPARED),
            ),
        ),
        Entity("tags", ("tag",), any_key=Key("tags", operators=PRESENT, ordered=False)),
    ),
)

TRACES = Vocabulary(
    "traces",
    (
        Entity(
            ATTRIBUTES,
            ("attribute", "attr", "trace"),
            (
                *keys(("trace_id|request_id", "name", "status|state", "run_id"), operators=LISTED),
                *keys(("client_request_id",)),
                *keys(
                    ("timestamp|timestamp_ms|request_time", "execution_time|execution_time_ms|execution_duration"),
                    kind=NUMBER,
                    operators=COMPARED,
                ),
            ),
        ),
        Entity("tags", ("tag",), any_key=Key("tags", operators=PRESENT, ordered=False)),
        Entity(
            "metadata",
            ("request_metadata", "trace_metadata"),
            any_key=Key("metadata", operators=PRESENT, ordered=False),
        ),
    ),
)
