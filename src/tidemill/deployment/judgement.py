"""Judging an offer: its own report by fixed limits, and beside the champion on the very same rows."""

from __future__ import annotations

from dataclasses import dataclass

from tidemill.access import Caller
from tidemill.core import NotFoundError, TidemillError
from tidemill.deployment.endpoint import Endpoint
from tidemill.evaluation import Comparison, GateCheck, GateRule, GateVerdict, compare, judge
from tidemill.models import load_predictor, predict_frame
from tidemill.pipelines import PipelineRun
from tidemill.registry import Candidate, ModelVersion, Registry, StoredCandidate


@dataclass(frozen=True)
class Offer:
    """What a run offers to an endpoint: the candidate it returned, and how it is stored."""

    endpoint: Endpoint
    run: PipelineRun
    candidate: StoredCandidate


def judge_offer(caller: Caller, offer: Offer, registry: Registry) -> GateVerdict:
    """Judge an offer by its endpoint's gate, each rule with the evidence that it asks for.

    A champion that cannot answer the candidate's rows, for instance since it takes other inputs, refuses the
    candidate with the reason: a person then decides.
    """
    candidate: Candidate = offer.run.result
    checks: list[GateCheck] = []
    for rule in offer.endpoint.gate:
        if rule.kind == "no_worse_than":
            checks.append(_beside(caller, offer, rule, registry))
        else:
            checks += judge([rule], candidate.report).checks
    return GateVerdict(all(check.passed for check in checks), tuple(checks))


def _beside(caller: Caller, offer: Offer, rule: GateRule, registry: Registry) -> GateCheck:
    candidate: Candidate = offer.run.result
    try:
        champion = registry.get(caller, f"{offer.endpoint.name}@{rule.against}")
    except NotFoundError:
        return judge([rule], candidate.report).checks[0]
    try:
        found = _compare(candidate, champion, registry, rule.metric)
    except TidemillError as error:
        sentence = f"{rule.metric} cannot be compared with that of {champion.reference}: {error}"
        return GateCheck(rule, rule.metric, None, None, None, rule.limit, passed=False, sentence=sentence)
    return judge([rule], candidate.report, comparison=found).checks[0]


def _compare(candidate: Candidate, champion: ModelVersion, registry: Registry, metric: str) -> Comparison:
    rows = candidate.holdout.labelled()
    own, other = (
        predict_frame(load_predictor(package), rows.x)
        for package in (candidate.package, registry.load_package(champion))
    )
    return compare(rows.y, own, other, metric)
