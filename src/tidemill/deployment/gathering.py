"""Gathering evidence: before a gate judges, all that its rules look at is read, and compared where they ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tidemill.access import Caller
from tidemill.core import NotFoundError, TidemillError, UnavailableError, UsageError
from tidemill.data import Datasets
from tidemill.deployment.contender import Contender, dataset_references
from tidemill.deployment.latest_rows import LatestRows, LatestRowsError, Watched, judged_holdout, not_learnt_from
from tidemill.evaluation import (
    Beside,
    Comparison,
    DatasetChecks,
    Document,
    EvaluationError,
    Evidence,
    GateRule,
    JudgedRows,
    Latency,
    ModelTestResult,
    Parity,
    Rule,
    compare,
)
from tidemill.models import ModelPackage, load_predictor, predict_frame
from tidemill.pipelines import Runner
from tidemill.registry import EvidenceRecords, ModelVersion, Registry


@dataclass(frozen=True)
class Sources:
    """Where evidence comes from."""

    registry: Registry
    latest: LatestRows
    records: EvidenceRecords
    runner: Runner
    datasets: Datasets


class Gathered(NamedTuple):
    """Evidence, and the versions behind the aliases that it compares with; 0 behind one that points nowhere."""

    evidence: Evidence
    against: dict[str, int]


@dataclass(frozen=True)
class _Pair:
    contender: Contender
    champion: ModelVersion
    champion_package: ModelPackage


class Gatherer:
    """Gathers evidence. Thread-safe; it changes nothing."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources

    def gather(self, caller: Caller, contender: Contender, rules: Sequence[Rule]) -> Gathered:
        """Return what the rules look at. Raises UnavailableError when the disk or the machine refuses to look.

        A model that did not pass its trial is not loaded here, so it meets no champion. A champion that cannot answer
        the candidate's rows, for instance since it takes other inputs, is trouble that refuses: a person then decides.
        """
        beside: dict[GateRule, Beside] = {}
        against: dict[str, int] = {}
        for rule in rules:
            if isinstance(rule, GateRule) and rule.kind == "no_worse_than":
                beside[rule], against[rule.against] = self._beside(caller, contender, rule)
        collected = [each.evidence for each in self._from.records.of(caller, contender.package.digest)]
        evidence = Evidence(
            report=contender.report,
            name=contender.name,
            beside=beside,
            latency=next((each for each in collected if isinstance(each, Latency)), None),
            parity=_parity(contender.package),
            datasets=self._datasets(caller, contender),
            tests=tuple(each for each in collected if isinstance(each, ModelTestResult)),
            documents=tuple(each for each in collected if isinstance(each, Document)),
            loads=contender.loads,
        )
        return Gathered(evidence, against)

    def champion(self, caller: Caller, model: str, alias: str) -> ModelVersion | None:
        """Return the version behind an alias, or None."""
        try:
            return self._from.registry.get(caller, f"{model}@{alias}")
        except NotFoundError:
            return None

    def _beside(self, caller: Caller, contender: Contender, rule: GateRule) -> tuple[Beside, int]:
        champion = self.champion(caller, contender.endpoint, rule.against)
        if champion is None:
            return Beside(), 0
        if not (contender.loads and contender.loads[0]):
            return Beside(champion.reference, trouble="it did not pass its trial"), champion.version
        try:
            pair = _Pair(contender, champion, self._from.registry.load_package(champion))
            found, rows = self._compare(caller, rule, pair)
        except UnavailableError:  # a full disk says nothing about a model
            raise
        except TidemillError as error:
            return Beside(champion.reference, trouble=str(error)), champion.version
        return Beside(champion.reference, found, rows), champion.version

    def _compare(self, caller: Caller, rule: GateRule, pair: _Pair) -> tuple[Comparison, JudgedRows]:
        instead = ""
        if rule.rows == "latest_labelled":
            try:
                return self._on_latest(caller, rule, pair)
            except (LatestRowsError, EvaluationError, UsageError) as error:
                instead = str(error)
        return _on_holdout(pair, rule.metric, instead)

    def _on_latest(self, caller: Caller, rule: GateRule, pair: _Pair) -> tuple[Comparison, JudgedRows]:
        contender = pair.contender
        holdout = contender.holdout if contender.holdout is not None else contender.report.window
        since = not_learnt_from(holdout, self._from.registry.load_report(pair.champion).window)
        signatures = (contender.package.signature, pair.champion_package.signature)
        watched = Watched(contender.endpoint, contender.label_delay)
        rows = self._from.latest.read(caller, watched, rule, since, signatures)
        own, other = (
            predict_frame(load_predictor(package), rows.inputs)
            for package in (contender.package, pair.champion_package)
        )
        return compare(rows.y, own, other, rule.metric), rows.judged_on

    def _datasets(self, caller: Caller, contender: Contender) -> tuple[DatasetChecks, ...]:
        steps = self._from.runner.steps(caller, contender.run_id)
        found = [self._from.datasets.get(caller, name) for name in dataset_references(steps)]
        return tuple(
            DatasetChecks(
                each.reference, len(each.checks), tuple(check.sentence for check in each.checks if not check.passed)
            )
            for each in found
        )


def _parity(package: ModelPackage) -> Parity | None:
    try:
        report = package.parity
    except TidemillError:
        return None
    n = sum(part.n for part in report.parts.values())
    largest = max((part.max_difference for part in report.parts.values()), default=0.0)
    return Parity(report.passed, n, largest, report.reason)


def _on_holdout(pair: _Pair, metric: str, instead: str) -> tuple[Comparison, JudgedRows]:
    if pair.contender.holdout is None:
        raise UsageError("the rows that the candidate was judged on are not kept: make it again by its pipeline")
    rows = pair.contender.holdout.labelled()
    packages: Mapping[str, ModelPackage] = {"own": pair.contender.package, "other": pair.champion_package}
    own, other = (predict_frame(load_predictor(package), rows.x) for package in packages.values())
    return compare(rows.y, own, other, metric), judged_holdout(rows, instead)
