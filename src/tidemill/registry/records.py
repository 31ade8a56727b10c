"""Records of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidemill.core import UsageError

#: The alias that an endpoint serves.
CHAMPION = "champion"


@dataclass(frozen=True)
class ModelReference:
    """A model version by number, ``delay/3``, or by alias, ``delay@champion``."""

    model: str
    version: int | None
    alias: str | None

    @classmethod
    def parse(cls, text: str) -> ModelReference:
        """Read a reference. Raises UsageError.

        >>> ModelReference.parse("delay@champion").alias
        'champion'
        """
        for separator in "/@":
            name, found, rest = text.partition(separator)
            if not (found and name and rest):
                continue
            if separator == "@":
                return cls(name, None, rest)
            if rest.isascii() and rest.isdigit() and len(rest) <= 9:
                return cls(name, int(rest), None)
        raise UsageError(f"{text[:120]!r} names no model version; write delay/3 or delay@champion")


@dataclass(frozen=True)
class ModelVersion:
    """A registered model version. `files` maps the package's file names to their blobs' digests.

    `serving` says what a request must bring and which features are looked up; `verdict_id` names the verdict of
    the gate it passed; `aliases` are those that point at it now.
    """

    model: str
    version: int
    package_digest: str
    files: dict[str, str]
    report_digest: str
    serving: dict[str, Any]
    run_id: str
    verdict_id: str
    created_at: str
    created_by: str
    aliases: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """Return ``delay/3``."""
        return f"{self.model}/{self.version}"


@dataclass(frozen=True)
class RegisteredModel:
    """A model by name, its newest version's number and where its aliases point."""

    name: str
    created_at: str
    created_by: str
    latest_version: int
    aliases: dict[str, int]


@dataclass(frozen=True)
class VerdictRecord:
    """A gate's verdict as stored: what was judged, by which rules, with which numbers."""

    id: str
    endpoint: str
    model: str
    package_digest: str
    report_digest: str
    run_id: str
    passed: bool
    verdict: dict[str, Any]
    judged_at: str
    judged_by: str


@dataclass(frozen=True)
class Promotion:
    """An alias that was moved: to which version, from which one before; `changed` is False when it stood there.

    request_id: of the request that let it in; empty for an alias that nothing governs.
    """

    model: str
    alias: str
    version: int
    previous: int | None
    changed: bool
    at: str
    by: str
    request_id: str = ""
