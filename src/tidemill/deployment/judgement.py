"""Judging offers and versions: the trial, the evidence, and what the gate makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from tidemill.access import Caller
from tidemill.core import NotFoundError, TidemillError, parse_duration
from tidemill.deployment.collecting import collect
from tidemill.deployment.contender import Contender, Offer
from tidemill.deployment.gathering import Gatherer, Sources
from tidemill.deployment.impact import by_column, changed_slices, decisions, side_by_side
from tidemill.deployment.trial_load import try_loading
from tidemill.evaluation import LOADS, CustomRule, GateRule, GateVerdict, Rule, judge_evidence
from tidemill.feedback import LoggedRows, inputs_of
from tidemill.models import load_predictor, predict_frame
from tidemill.monitoring import Performance
from tidemill.registry import Candidate, CandidateCodec, ModelVersion, PolicyInForce

_MOST_REPLAYED = 20_000


class Judgement(NamedTuple):
    """A verdict, and the versions behind the aliases that it compared with."""

    verdict: GateVerdict
    against: dict[str, int]


class Judge:
    """Judges offers and versions. Thread-safe. What it collects on the way is recorded, and nothing else is changed."""

    def __init__(self, sources: Sources, logged: LoggedRows) -> None:
        self._from = sources
        self._gatherer = Gatherer(sources)
        self._logged = logged

    def offered(self, offer: Offer) -> Contender:
        """Return what a run offers, tried in a process of its own."""
        candidate: Candidate = offer.run.result
        trial = try_loading(candidate.package, candidate.holdout.x)
        delays = [each.label_delay for each in offer.endpoint.monitors if isinstance(each, Performance)]
        return Contender(
            endpoint=offer.endpoint.name,
            label_delay=max(delays, default=timedelta(0)),
            name="",
            run_id=offer.run.run_id,
            report=candidate.report,
            package=candidate.package,
            holdout=candidate.holdout,
            loads=(trial.passed, trial.sentence),
        )

    def registered(self, caller: Caller, version: ModelVersion, declared: Mapping[str, Any] | None) -> Contender:
        """Return a version as a contender; its trial is that of when it was registered. declared: of its endpoint.

        Raises NotFoundError, for a version that no gate can judge too, and DamagedError.
        """
        if not version.report_digest:
            raise NotFoundError(
                f"{version.reference} has no evaluation report, so no gate can judge it: let its endpoint's pipeline "
                f"make a version ('tidemill run'), or 'tidemill promote {version.reference} --break-glass REASON'"
            )
        loads = None
        if version.verdict_id:
            verdict = self._from.registry.get_verdict(caller, version.verdict_id)
            checks = GateVerdict.from_json(verdict.verdict).checks
            loads = next(((each.passed, each.sentence) for each in checks if each.rule.kind == LOADS.kind), None)
        return Contender(
            endpoint=version.model,
            label_delay=_label_delay(declared or {}),
            name=version.reference,
            run_id=version.run_id,
            report=self._from.registry.load_report(version),
            package=self._from.registry.load_package(version),
            holdout=self._holdout(caller, version),
            loads=loads,
        )

    def collect(self, caller: Caller, contender: Contender, rules: Sequence[Rule], offer: Offer) -> None:
        """Collect what rules ask for and an offer brings along, before they judge."""
        collect(caller, contender, rules, (offer.tests, offer.folder), self._from.records)

    def judge(self, caller: Caller, contender: Contender, rules: Sequence[Rule]) -> Judgement:
        """Judge a contender by rules. Raises UnavailableError when the disk or the machine refuses to look."""
        loads = contender.loads is None or contender.loads[0]
        asked = [rule for rule in rules if loads or isinstance(rule, CustomRule) or rule.kind != "no_worse_than"]
        found = self._gatherer.gather(caller, contender, asked)
        return Judgement(judge_evidence(asked, found.evidence), found.against)

    def impact(self, caller: Caller, contender: Contender, policy: PolicyInForce) -> dict[str, Any]:
        """Return what would change for whom, by JSON values; empty without a version whose place it would take.

        What cannot be told is left out: nobody's approval waits for it.
        """
        champion = self._gatherer.champion(caller, contender.endpoint, policy.aliases[0])
        if champion is None or champion.reference == contender.name:
            return {}
        told: dict[str, Any] = {"champion": champion.reference}
        try:
            package, report = self._from.registry.load_package(champion), self._from.registry.load_report(champion)
            told["metrics"] = side_by_side(contender.report, report)
            predictors = [load_predictor(each) for each in (contender.package, package)]
            models = tuple(partial(predict_frame, each) for each in predictors)
            if contender.holdout is not None:
                told["slices"] = changed_slices(contender.holdout, (models[0], models[1]), contender.report)
            day = self._last_day(caller, contender.endpoint)
            if day is not None:
                frame, told["day"] = day
                own, other = (model(frame) for model in models)
                told["decisions"] = decisions(own, other, contender.report)
                if contender.report.task == "binary":
                    at = contender.report.threshold
                    columns = list(dict.fromkeys(each.column for each in contender.report.slices))
                    told["changed"] = by_column(frame, (own >= at) != (other >= at), columns)
        except TidemillError as error:
            told["trouble"] = str(error)
        return told

    def _last_day(self, caller: Caller, endpoint: str) -> tuple[pl.DataFrame, str] | None:
        """Return the inputs of the last day that the endpoint has answered, and which day that is."""
        self._logged.catch_up(caller.project, endpoint)
        span = self._logged.span(caller.project, endpoint)
        if span is None or span.last_event_at is None:
            return None
        end = span.last_event_at + timedelta(microseconds=1)
        frame = self._logged.frame(caller.project, endpoint, end - timedelta(days=1), end)
        if not len(frame):
            return None
        return inputs_of(frame.tail(_MOST_REPLAYED)), f"{span.last_event_at:%Y-%m-%d}"

    def _holdout(self, caller: Caller, version: ModelVersion) -> Any:
        """Return the rows that a version was judged on, when its run still keeps its candidate."""
        try:
            output = self._from.runner.output(caller, version.run_id, CandidateCodec.name)
            if output is None or output.manifest.get("package_digest") != version.package_digest:
                return None
            candidate: Candidate = self._from.runner.value(output)
        except NotFoundError:
            return None
        return candidate.holdout


def resolved(rules: Sequence[GateRule], own: Mapping[str, CustomRule]) -> list[Rule]:
    """Return recorded rules, with the project's code for those that are its own, where that is loaded."""
    return [own.get(rule.metric, rule) if rule.kind == "custom" else rule for rule in rules]


def _label_delay(declared: Mapping[str, Any]) -> timedelta:
    found = [each.get("label_delay") for each in declared.get("monitors", ())]
    return max((parse_duration(each) for each in found if each), default=timedelta(0))
