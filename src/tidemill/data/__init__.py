"""Data: files become checked, immutable dataset versions; folders become versions of file sets.

source           what a project declares: files, key, event time, checks, cleaning
checks           the rules that rows must keep, and what running them found
reading_rules    how runs read sources: pinned, sampled, from another folder
reading          finding files and scanning them by their ending
cleaning         one raw file to one clean table
content          the digest of a table's rows, however they are stored
common_columns   one schema for all files of a source
ingest           files to the parts of a version; an unchanged file costs a stat
dataset_version  the committed record and its manifest
datasets         the service: ingest, get, list, scan
file_sets        the service for folders: commit, check out, compare
file_set_version the committed record of a folder
file_manifest    which files a version holds: a small root over leaves
store_folders    the store's own folders, which are no data
folder_scan      what lies in a folder, for a stat per file
folder_index     what is known of a folder's files by heart
folder_hashing   reading the files that are not
folder_commit    from a folder to a manifest
checkout_plan    what a checkout will do
folder_checkout  from a manifest to a folder, by the difference
references       which blobs the records of this room name
removal          taking dataset versions away
erased_keys      keys that were erased, as keyed hashes; their rows do not come back
erasing          taking their rows out of dataset versions
split            rows to fit on and rows to judge on
profile          what the values of each column look like, small enough to travel with a model
parquet_heads    the columns and first rows of a Parquet file from anywhere
psi              the population stability index of other rows against a profile
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
from tidemill.data.dataset_version import DatasetVersion, Part, Redaction
from tidemill.data.datasets import Datasets
from tidemill.data.erased_keys import (
    ErasedKeys,
    ErasedMeanwhileError,
    KeyHash,
    add_erased_keys,
    all_erased_keys,
    load_erased_keys,
    open_erased_keys,
    projects_with_data,
    remove_erased_keys,
    require_generation,
)
from tidemill.data.erasing import DatasetErasure, HeldRows, Redacted, forget_suppressed
from tidemill.data.errors import CheckError, FolderChangedError, IngestError, LocalChangeError
from tidemill.data.file_manifest import Difference, FileEntry
from tidemill.data.file_set_version import FileSetVersion
from tidemill.data.file_sets import FileSets
from tidemill.data.parquet_heads import ParquetHead, parquet_head
from tidemill.data.profile import (
    CategoryProfile,
    ColumnProfile,
    NumberProfile,
    Profile,
    column_from_json,
    column_to_json,
    numbers,
    profile,
    profile_column,
    profile_numbers,
    sorted_numbers,
)
from tidemill.data.psi import (
    bin_codes,
    bin_counts,
    chance_psi,
    n_bins,
    number_codes,
    psi,
    reference_counts,
    sorted_counts,
)
from tidemill.data.reading_rules import Reading
from tidemill.data.references import file_set_blobs, file_set_roots, referenced_blobs
from tidemill.data.removal import DatasetFacts, list_dataset_facts, remove_dataset_version
from tidemill.data.source import Source, clean_digest, source
from tidemill.data.split import split_by_time

__all__ = [
    "CategoryProfile",
    "Check",
    "CheckError",
    "CheckResult",
    "ColumnProfile",
    "DatasetErasure",
    "DatasetFacts",
    "DatasetVersion",
    "Datasets",
    "Difference",
    "ErasedKeys",
    "ErasedMeanwhileError",
    "FileEntry",
    "FileSetVersion",
    "FileSets",
    "FolderChangedError",
    "HeldRows",
    "IngestError",
    "KeyHash",
    "LocalChangeError",
    "NumberProfile",
    "ParquetHead",
    "Part",
    "Profile",
    "Reading",
    "Redacted",
    "Redaction",
    "Source",
    "add_erased_keys",
    "all_erased_keys",
    "between",
    "bin_codes",
    "bin_counts",
    "chance_psi",
    "check",
    "clean_digest",
    "column_from_json",
    "column_to_json",
    "content_digest",
    "file_set_blobs",
    "file_set_roots",
    "forget_suppressed",
    "has_columns",
    "list_dataset_facts",
    "load_erased_keys",
    "matches",
    "n_bins",
    "not_null",
    "number_codes",
    "numbers",
    "one_of",
    "open_erased_keys",
    "parquet_head",
    "profile",
    "profile_column",
    "profile_numbers",
    "projects_with_data",
    "psi",
    "reference_counts",
    "referenced_blobs",
    "remove_dataset_version",
    "remove_erased_keys",
    "require_generation",
    "run_checks",
    "sorted_counts",
    "sorted_numbers",
    "source",
    "split_by_time",
    "unique",
]
