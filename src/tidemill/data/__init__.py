"""Data: files become checked, immutable dataset versions.

source           what a project declares: files, key, event time, checks, cleaning
checks           the rules that rows must keep, and what running them found
reading          finding files and scanning them by their ending
cleaning         one raw file to one clean table
content          the digest of a table's rows, however they are stored
common_columns   one schema for all files of a source
ingest           files to the parts of a version; an unchanged file costs a stat
dataset_version  the committed record and its manifest
datasets         the service: ingest, get, list, scan
split            rows to fit on and rows to judge on
errors           what can go wrong on the way
"""

from __future__ import annotations

from tidemill.data.checks import (
    Check,
    CheckResult,
    between,
    check,
    has_columns,
    matches,
    not_null,
    one_of,
    run_checks,
    unique,
)
from tidemill.data.content import content_digest
from tidemill.data.dataset_version import DatasetVersion, Part
from tidemill.data.datasets import Datasets
from tidemill.data.errors import CheckError, IngestError
from tidemill.data.source import Source, clean_digest, source
from tidemill.data.split import split_by_time

__all__ = [
    "Check",
    "CheckError",
    "CheckResult",
    "DatasetVersion",
    "Datasets",
    "IngestError",
    "Part",
    "Source",
    "between",
    "check",
    "clean_digest",
    "content_digest",
    "has_columns",
    "matches",
    "not_null",
    "one_of",
    "run_checks",
    "source",
    "split_by_time",
    "unique",
]
