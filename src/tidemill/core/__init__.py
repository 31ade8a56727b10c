"""Core: what every room stands on. Standard library only.

errors   the error tree, did-you-mean
ids      sortable ids (UUID version 7)
clock    the clock port: the machine's clock, a manual one, one in a file
times    instants and durations as text
digest   content digests, canonical JSON
events   the event record
names    the one rule for names
module_files which file declares a project
files    atomic, durable file writes
key_source where a master key comes from
executor_names what executors are called; started_child a process that is talked to over a socket
prices   what computing costs
pins     versions that runs are pinned to, and params, in the settings
settings where things are and which address they listen on
"""

from __future__ import annotations

from tidemill.core.clock import Clock, ManualClock, StoredClock, SystemClock
from tidemill.core.digest import canonical_json, digest_bytes, digest_file, digest_json
from tidemill.core.errors import (
    ConflictError,
    DamagedError,
    ForbiddenError,
    NotFoundError,
    TidemillError,
    UnauthenticatedError,
    UnavailableError,
    UsageError,
    did_you_mean,
    not_found,
)
from tidemill.core.events import Event
from tidemill.core.executor_names import IN_PROCESS, POOL, RAY, STEP_WORKER, check_executor
from tidemill.core.files import make_private_folder, sync_folder, write_atomically
from tidemill.core.ids import are_ids, id_time, is_id, new_id, new_ids
from tidemill.core.key_source import KeySource, parse_key_source
from tidemill.core.module_files import module_files
from tidemill.core.names import check_name, split_version
from tidemill.core.pins import parse_pins
from tidemill.core.prices import Prices, parse_prices
from tidemill.core.settings import DEV, LOCAL_FILE, Settings, clock_of, environment_names, load_settings, shares_store
from tidemill.core.times import format_duration, from_iso, from_unix_ms, iso, nearest_utc, parse_duration, unix_ms

__all__ = [
    "DEV",
    "IN_PROCESS",
    "LOCAL_FILE",
    "POOL",
    "RAY",
    "STEP_WORKER",
    "Clock",
    "ConflictError",
    "DamagedError",
    "Event",
    "ForbiddenError",
    "KeySource",
    "ManualClock",
    "NotFoundError",
    "Prices",
    "Settings",
    "StoredClock",
    "SystemClock",
    "TidemillError",
    "UnauthenticatedError",
    "UnavailableError",
    "UsageError",
    "are_ids",
    "canonical_json",
    "check_executor",
    "check_name",
    "clock_of",
    "did_you_mean",
    "digest_bytes",
    "digest_file",
    "digest_json",
    "environment_names",
    "format_duration",
    "from_iso",
    "from_unix_ms",
    "id_time",
    "is_id",
    "iso",
    "load_settings",
    "make_private_folder",
    "module_files",
    "nearest_utc",
    "new_id",
    "new_ids",
    "not_found",
    "parse_duration",
    "parse_key_source",
    "parse_pins",
    "parse_prices",
    "shares_store",
    "split_version",
    "sync_folder",
    "unix_ms",
    "write_atomically",
]
