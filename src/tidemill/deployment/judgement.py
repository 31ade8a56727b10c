"""Judging an offer: its own report by fixed limits, and beside the champion on the very same rows."""

from __future__ import annotations

from dataclasses import dataclass

from tidemill.access import Caller
from tidemill.core import NotFoundError, TidemillError, UnavailableError, UsageError
from tidemill.deployment.endpoint import Endpoint
from tidemill.deployment.latest_rows import LatestRows, LatestRowsError, judged_holdout, not_learnt_from
from tidemill.deployment.trial_load import try_loading
from tidemill.evaluation import (
    Comparison,
    EvaluationError,
    GateCheck,
    GateRule,
    GateVerdict,
    JudgedRows,
    compare,
    judge,
)
from tidemill.models import ModelPackage, load_predictor, predict_frame
from tidemill.pipelines import PipelineRun
from tidemill.registry import Candidate, ModelVersion, Registry, StoredCandidate, find_report


@dataclass(frozen=True)
class Offer:
    """What a run offers to an endpoint: the candidate it returned, and how it is stored."""

    endpoint: Endpoint
    run: PipelineRun
    candidate: StoredCandidate


@dataclass(frozen=True)
class _Pair:
    """A candidate and the champion it meets."""

    candidate: Candidate
    champion: ModelVersion
    champion_package: ModelPackage


class Judge:
    """Judges offers. Thread-safe; it changes nothing."""

    def __init__(self, registry: Registry, latest: LatestRows) -> None:
        self._registry = registry
        self._latest = latest

    def judge(self, caller: Caller, offer: Offer) -> GateVerdict:
        """Judge an offer by its endpoint's gate, each rule with the evidence that it asks for; and by its trial.

        What does not pass its trial is not loaded here, so it meets no champion. A champion that cannot answer the
        candidate's rows, for instance since it takes other inputs, refuses the candidate with the reason: a person
        then decides. Raises UnavailableError when the disk or the machine refuses to look.
        """
        candidate: Candidate = offer.run.result
        trial = try_loading(candidate.package, candidate.holdout.x)
        checks: list[GateCheck] = []
        for rule in offer.endpoint.gate:
            if rule.kind != "no_worse_than":
                checks += judge([rule], candidate.report).checks
            elif trial.passed:
                checks.append(self._beside(caller, offer, rule))
        checks.append(trial)
        return GateVerdict(all(check.passed for check in checks), tuple(checks))

    def _beside(self, caller: Caller, offer: Offer, rule: GateRule) -> GateCheck:
        candidate: Candidate = offer.run.result
        try:
            champion = self._registry.get(caller, f"{offer.endpoint.name}@{rule.against}")
        except NotFoundError:
            return judge([rule], candidate.report).checks[0]
        try:
            pair = _Pair(candidate, champion, self._registry.load_package(champion))
            found, rows = self._compare(caller, offer, rule, pair)
        except UnavailableError:  # a full disk says nothing about a model
            raise
        except TidemillError as error:
            sentence = f"{rule.metric} cannot be compared with that of {champion.reference}: {error}"
            return GateCheck(rule, rule.metric, None, None, None, rule.limit, passed=False, sentence=sentence)
        return judge([rule], candidate.report, comparison=found, judged_on=rows).checks[0]

    def _compare(self, caller: Caller, offer: Offer, rule: GateRule, pair: _Pair) -> tuple[Comparison, JudgedRows]:
        instead = ""
        if rule.rows == "latest_labelled":
            try:
                return self._on_latest(caller, offer, rule, pair)
            except (LatestRowsError, EvaluationError, UsageError) as error:
                instead = str(error)
        return _on_holdout(pair, rule.metric, instead)

    def _on_latest(self, caller: Caller, offer: Offer, rule: GateRule, pair: _Pair) -> tuple[Comparison, JudgedRows]:
        candidate = pair.candidate
        known = find_report(self._registry, pair.champion)
        since = not_learnt_from(candidate.holdout, known.window if known else None)
        signatures = (candidate.package.signature, pair.champion_package.signature)
        rows = self._latest.read(caller, offer.endpoint, rule, since, signatures)
        own, other = (
            predict_frame(load_predictor(package), rows.inputs)
            for package in (candidate.package, pair.champion_package)
        )
        return compare(rows.y, own, other, rule.metric), rows.judged_on


def _on_holdout(pair: _Pair, metric: str, instead: str) -> tuple[Comparison, JudgedRows]:
    rows = pair.candidate.holdout.labelled()
    own, other = (
        predict_frame(load_predictor(package), rows.x) for package in (pair.candidate.package, pair.champion_package)
    )
    return compare(rows.y, own, other, metric), judged_holdout(rows, instead)
