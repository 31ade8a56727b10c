"""Records of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tidemill.core import UsageError
from tidemill.registry.names import normal_text

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
        text = normal_text(text)
        name, _, rest = text.partition("/")
        if name and rest.isascii() and rest.isdigit() and len(rest) <= 9:
            return cls(name, int(rest), None)
        name, _, rest = text.rpartition("@")
        if name and rest and "/" not in text:
            return cls(name, None, rest)
        raise UsageError(f"{text[:120]!r} names no model version; write delay/3 or delay@champion")


@dataclass(frozen=True)
class ModelVersion:
    """A registered model version. `files` maps the package's file names to their blobs' digests.

    `serving` says what a request must bring and which features are looked up; `verdict_id` names the verdict of
    the gate it passed; `aliases` are those that point at it now, `environments` those it stands in.
    What came without them has no package, report, run or verdict: their ids are empty then. `source` says where it
    came from; `model_id` is the logged model it was made of.
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
    updated_at: str = ""
    user_id: str = ""
    description: str = ""
    status: str = "READY"
    status_message: str = ""
    source: str = ""
    run_link: str = ""
    model_id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    environments: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """Return ``delay/3``."""
        return f"{self.model}/{self.version}"

    @property
    def is_judged(self) -> bool:
        """Tell whether a gate has let it pass, on a report that is kept."""
        return bool(self.verdict_id and self.report_digest)


@dataclass(frozen=True)
class NewVersion:
    """A version to be registered, of a pipeline or of none.

    source: where it came from, such as ``s3://models/delay`` or ``runs:/RUN/model``. facts: what is known of it:
    flavours, signature, params, metrics, datasets and features. files: blobs of its package by file name, when it can
    be served; `serving` says what a request must bring then.
    """

    model: str
    source: str = ""
    run_id: str = ""
    run_link: str = ""
    model_id: str = ""
    description: str = ""
    user_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    package_digest: str = ""
    files: dict[str, str] = field(default_factory=dict)
    serving: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisteredModel:
    """A model by name, its newest version's number (0 for none), how many there are, where its aliases point."""

    name: str
    created_at: str
    created_by: str
    latest_version: int
    aliases: dict[str, int]
    n_versions: int = 0
    updated_at: str = ""
    owner: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


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
