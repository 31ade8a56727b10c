"""Evidence: what is known of a model version when its gate judges. Records only; a gate computes nothing from rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tidemill.core import DamagedError
from tidemill.evaluation.comparison import Comparison
from tidemill.evaluation.estimate import Estimate
from tidemill.evaluation.gate_rule import GateRule
from tidemill.evaluation.judged_rows import JudgedRows
from tidemill.evaluation.report import EvaluationReport

QUANTILES = ("p50", "p90", "p99")


@dataclass(frozen=True)
class Beside:
    """A candidate beside the version behind an alias, on the same rows.

    champion: which version that is, such as ``delay/3``; empty when there is none. trouble: why they could not be
    compared.
    """

    champion: str = ""
    comparison: Comparison | None = None
    judged_on: JudgedRows | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Latency:
    """How long one answer took, in milliseconds, measured in process.

    quantiles: by name (p50, p90, p99) with the 95 % interval of the order statistics. rows: on which rows, in words.
    machine: on which machine, in words. runtime: ``onnx`` or ``native``.
    """

    runtime: str
    n: int
    quantiles: Mapping[str, Estimate]
    rows: str
    machine: str


@dataclass(frozen=True)
class Parity:
    """Whether the compiled form answers as the trained one, on how many rows, and the largest difference."""

    passed: bool
    n: int
    largest: float
    reason: str = ""


@dataclass(frozen=True)
class DatasetChecks:
    """A dataset version that was read: how many checks it has, and those that rows break, in words."""

    reference: str
    n_checks: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelTestResult:
    """What a test of a model found: of `n` cases `n_failed` did not hold.

    kind: ``invariance``, ``directional``, ``minimum`` or ``own``.
    """

    name: str
    kind: str
    n: int
    n_failed: int
    sentence: str


@dataclass(frozen=True)
class Document:
    """A document about a model version, known by its digest."""

    name: str
    digest: str
    n_bytes: int


@dataclass(frozen=True)
class Evidence:
    """Everything that a gate may look at.

    name: what commands call the version, such as ``delay/3``; a candidate that has no number yet has none.
    beside: for each rule that compares, what came of it. latency, parity, datasets: None when nobody looked.
    loads: the sentence of its trial in a process of its own and whether it passed; None when there was none.
    """

    report: EvaluationReport
    name: str = ""
    beside: Mapping[GateRule, Beside] = field(default_factory=dict)
    latency: Latency | None = None
    parity: Parity | None = None
    datasets: tuple[DatasetChecks, ...] | None = None
    tests: tuple[ModelTestResult, ...] = ()
    documents: tuple[Document, ...] = ()
    loads: tuple[bool, str] | None = None


#: What is collected for a package and recorded, by kind.
COLLECTED = {"latency": Latency, "model_test": ModelTestResult, "document": Document}
Collected = Latency | ModelTestResult | Document


def collected_to_json(evidence: Collected) -> dict[str, Any]:
    """Return a piece of recorded evidence as JSON values."""
    return asdict(evidence)


def collected_from_json(kind: str, record: Mapping[str, Any]) -> Collected:
    """Read what `collected_to_json` gave. Raises DamagedError when it is something else."""
    try:
        if kind == "latency":
            quantiles = {name: Estimate(**each) for name, each in record["quantiles"].items()}
            return Latency(**{**record, "quantiles": quantiles})
        kinds: dict[str, type[ModelTestResult] | type[Document]] = {"model_test": ModelTestResult, "document": Document}
        return kinds[kind](**record)
    except (TypeError, KeyError, AttributeError) as error:
        raise DamagedError(f"this is no evidence of kind {kind!r} ({error}): collect it again") from error
