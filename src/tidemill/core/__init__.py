"""Core: what every room stands on. Standard library only.

errors   the error tree, did-you-mean
ids      sortable ids (UUID version 7)
clock    the clock port: the machine's clock, a manual one, one in a file
times    instants and durations as text
digest   content digests, canonical JSON
events   the event record
names    the one rule for names
files    atomic, durable file writes
key_source where a master key comes from
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
from tidemill.core.files import make_private_folder, sync_folder, write_atomically
from tidemill.core.ids import are_ids, id_time, is_id, new_id, new_ids
from tidemill.core.key_source import KeySource, parse_key_source
from tidemill.core.names import check_name, split_version
from tidemill.core.pins import parse_pins
from tidemill.core.settings import LOCAL_FILE, Settings, clock_of, load_settings
from tidemill.core.times import format_duration, from_iso, iso, nearest_utc, parse_duration

__all__ = [
    "LOCAL_FILE",
    "Clock",
    "ConflictError",
    "DamagedError",
    "Event",
    "ForbiddenError",
    "KeySource",
    "ManualClock",
    "NotFoundError",
    "Settings",
    "StoredClock",
    "SystemClock",
    "TidemillError",
    "UnauthenticatedError",
    "UnavailableError",
    "UsageError",
    "are_ids",
    "canonical_json",
    "check_name",
    "clock_of",
    "did_you_mean",
    "digest_bytes",
    "digest_file",
    "digest_json",
    "format_duration",
    "from_iso",
    "id_time",
    "is_id",
    "iso",
    "load_settings",
    "make_private_folder",
    "nearest_utc",
    "new_id",
    "new_ids",
    "not_found",
    "parse_duration",
    "parse_key_source",
    "parse_pins",
    "split_version",
    "sync_folder",
    "write_atomically",
]
