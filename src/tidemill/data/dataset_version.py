"""Dataset versions: immutable, named, numbered, and known by the digest of their manifest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tidemill.core import canonical_json, iso
from tidemill.data.checks import CheckResult

_LARGEST_VERSION = 2**31 - 1


@dataclass(frozen=True)
class Part:
    """One cleaned input file: the digest of its rows, and of the Parquet blob that holds them.

    n_redacted: how many of its rows were erased since; digest and n_rows are those that were committed.
    """

    file: str
    digest: str
    blob: str
    n_rows: int
    n_redacted: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the part as a JSON object."""
        told = {"file": self.file, "digest": self.digest, "blob": self.blob, "n_rows": self.n_rows}
        return told | ({"n_redacted": self.n_redacted} if self.n_redacted else {})


@dataclass(frozen=True)
class Redaction:
    """Rows that were erased from a version: by which request, when, by whom, why, and how many."""

    request_id: str
    at: str
    by: str
    why: str
    n_rows: int


@dataclass(frozen=True)
class DatasetVersion:
    """What one ingest committed.

    `digest` is that of the manifest: name, key, event time, schema, and for each part its file's name, rows and
    content digest. `schema` maps columns to polars type names. `created` tells whether the call that returned it
    made it, or found the same content already there; `n_suppressed` how many rows of the files that call left out,
    since their key was erased.

    redactions: what was erased from it. Number, digest and `n_rows` stay those that were committed; `n_rows_left` is
    what `Datasets.scan` gives.
    """

    name: str
    version: int
    digest: str
    n_rows: int
    schema: dict[str, str]
    parts: tuple[Part, ...]
    checks: tuple[CheckResult, ...]
    key: str
    event_time: str
    first_event_at: datetime
    last_event_at: datetime
    clean_digest: str
    created_at: datetime
    created_by: str
    redactions: tuple[Redaction, ...] = ()
    created: bool = field(default=False, compare=False)
    n_suppressed: int = field(default=0, compare=False)

    @property
    def n_rows_left(self) -> int:
        """How many rows it holds, without those that were erased."""
        return self.n_rows - sum(part.n_redacted for part in self.parts)

    @property
    def reference(self) -> str:
        """The name by which `Datasets.get` finds it, such as ``flights@3``."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> dict[str, Any]:
        """Return what pages and commands show, without the parts' blobs."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "n_rows": self.n_rows,
            "n_parts": len(self.parts),
            "key": self.key,
            "event_time": self.event_time,
            "first_event_at": iso(self.first_event_at),
            "last_event_at": iso(self.last_event_at),
            "schema": self.schema,
            "checks": [{"check": c.sentence, "n_failing": c.n_failing} for c in self.checks],
            "created_at": iso(self.created_at),
            "created_by": self.created_by,
            "created": self.created,
            "n_rows_left": self.n_rows_left,
            "n_suppressed": self.n_suppressed,
            "redactions": [asdict(redaction) for redaction in self.redactions],
        }


@dataclass(frozen=True)
class Manifest:
    """The logical content of a version: what its digest covers, and nothing of how it is stored."""

    name: str
    key: str
    event_time: str
    schema: dict[str, str]
    parts: tuple[Part, ...]

    def to_bytes(self) -> bytes:
        """Return canonical JSON: equal content gives equal bytes."""
        return canonical_json(
            {
                "format": 1,
                "name": self.name,
                "key": self.key,
                "event_time": self.event_time,
                "schema": [[column, dtype] for column, dtype in self.schema.items()],
                "parts": [{"file": p.file, "digest": p.digest, "n_rows": p.n_rows} for p in self.parts],
            }
        )


def version_number(digits: str) -> int:
    """Return the number that ASCII digits write, no larger than a version's can be.

    >>> version_number("3"), version_number("9" * 5000)
    (3, 2147483647)
    """
    return min(int(digits[:10]), _LARGEST_VERSION)
