"""Metrics, gates, datasets and lineage as pages show them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tidemill.core import from_iso
from tidemill.data import DatasetVersion
from tidemill.evaluation import HIGHER_IS_BETTER, Estimate, EvaluationReport, GateCheck, GateRule, GateVerdict
from tidemill.governance import Lineage
from tidemill.pipelines import Output, StepRun
from tidemill.registry import CandidateCodec, ModelVersion, StoredCandidate, VerdictRecord
from tidemill.server.roles import Call
from tidemill.ui import urls, views
from tidemill.ui.formats import MONTHS, count, period, plural

METRIC_NAMES = {
    "auc": "AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "false_positive_rate": "false positive rate",
    "selection_rate": "share predicted positive",
    "base_rate": "base rate",
    "mae": "MAE",
    "rmse": "RMSE",
    "r2": "R²",
}
_DAYS = re.compile(r"(?<![\d-])(?P<start>\d{4}-\d\d-\d\d)(?: to (?P<end>\d{4}-\d\d-\d\d))?(?![\dT-])(?! \d\d:\d\d to)")
Registered = Mapping[tuple[str, str], ModelVersion]
_OF_RECORDS = {"four_fifths", "latency_at_most", "parity", "data_checks", "model_tests", "documents", "custom"}
_YES_OR_NO = {"parity", "data_checks", "model_tests", "documents", "custom"}
_MATTERS = {"binary": "auc", "regression": "mae"}


def metric_view(name: str, estimate: Estimate) -> views.Metric:
    """Return a metric by the name that people say."""
    shown = views.Estimate(value=estimate.value, low=estimate.low, high=estimate.high, n=estimate.n)
    return views.Metric(name=METRIC_NAMES.get(name, name), estimate=shown)


def all_metrics(report: EvaluationReport) -> tuple[views.Metric, ...]:
    """Return a report's metrics, the one that matters first, then in the order of the field."""
    order = [matters(report), *METRIC_NAMES]
    names = sorted(report.metrics, key=lambda name: (order.index(name) if name in order else len(order), name))
    return tuple(metric_view(name, report.metrics[name]) for name in names)


def matters(report: EvaluationReport) -> str:
    """Return the name of the metric that stands for a model: AUC of a classifier, MAE of a regression."""
    name = _MATTERS.get(report.task, "")
    return name if name in report.metrics else next(iter(report.metrics), "")


def chief_metric(report: EvaluationReport | None) -> views.Metric | None:
    """Return the metric that matters, None when there is no report, or it has none."""
    if report is None:
        return None
    name = matters(report)
    return metric_view(name, report.metrics[name]) if name else None


def gate_view(record: VerdictRecord, report: EvaluationReport | None = None) -> views.Gate:
    """Return a gate's verdict with the rows it was judged on."""
    verdict = GateVerdict.from_json(record.verdict)
    checks = [
        views.GateCheck(
            rule=rule_text(check.rule),
            sentence=as_people_say(check.sentence),
            passed=check.passed,
            value=_drawn(check),
            limit=_limit(check),
        )
        for check in verdict.checks
    ]
    rows = "" if report is None else rows_text(report)
    return views.Gate(passed=record.passed, checks=tuple(checks), judged_at=from_iso(record.judged_at), rows=rows)


def _drawn(check: GateCheck) -> views.Estimate | None:
    """Return the number that is drawn beside its limit; nothing where it stands for a yes or a no."""
    if check.value is None or check.rule.kind in _YES_OR_NO:
        return None
    return views.Estimate(value=check.value, low=check.low, high=check.high)


def _limit(check: GateCheck) -> float:
    """Return where a check's limit lies beside its value: a margin is a loss, so it lies on the worse side of none."""
    if check.rule.kind != "no_worse_than":
        return check.limit
    return -check.limit if HIGHER_IS_BETTER.get(check.metric, True) else check.limit


def as_people_say(text: str) -> str:
    """Write a metric at the beginning, and days, as people do.

    >>> as_people_say("auc 0.648 on 6,021 labelled rows of 2013-04-22 to 2013-04-28 is 0.064 worse")
    'AUC 0.648 on 6,021 labelled rows of 22 to 28 Apr 2013 is 0.064 worse'
    >>> as_people_say("every 28d, due 2013-06-03"), as_people_say("held back until 2013-06-03 06:00: temp drifted")
    ('every 28d, due 3 Jun 2013', 'held back until 3 Jun 2013 06:00: temp drifted')
    """
    first, space, rest = text.partition(" ")
    return _DAYS.sub(_days, f"{METRIC_NAMES.get(first, first)}{space}{rest}")


def _days(found: re.Match[str]) -> str:
    try:
        start = datetime.fromisoformat(found["start"]).replace(tzinfo=UTC)
        end = datetime.fromisoformat(found["end"] or found["start"]).replace(tzinfo=UTC)
    except ValueError:
        return found[0]
    return period(start, end + timedelta(days=1))


def gate_words(record: VerdictRecord) -> str:
    """Return a verdict in short.

    >>> gate_words(VerdictRecord("", "", "", "", "", "", True, {"passed": True, "checks": []}, "", ""))
    'passed, 0 of no checks'
    """
    checks = record.verdict["checks"]
    n_passed = sum(check["passed"] for check in checks)
    return f"{'passed' if record.passed else 'refused'}, {n_passed} of {plural(len(checks), 'check')}"


def rule_text(rule: GateRule) -> str:
    """Return a rule as it was declared.

    >>> from tidemill.evaluation import at_least, slice_at_least
    >>> rule_text(at_least("auc", 0.7, on="low")), rule_text(slice_at_least("carrier", "auc", 0.6))
    ("at_least('auc', 0.7, on='low')", "slice_at_least('carrier', 'auc', 0.6)")
    """
    if rule.kind in _OF_RECORDS:
        return _rule_of_records(rule)
    named = {
        "slice_at_least": [rule.column, rule.metric],
        "group_gap_at_most": [rule.column, rule.metric],
        "no_worse_than": [rule.against, rule.metric],
    }.get(rule.kind, [rule.metric])
    values = [*(repr(name) for name in named), f"{rule.limit:g}"]
    if rule.on != "value":
        values.append(f"on={rule.on!r}")
    if rule.rows != "holdout":
        values.append(f"rows={rule.rows!r}, window={rule.window!r}")
    return f"{rule.kind}({', '.join(values)})" if rule.kind != "loads" else "loads, of every candidate"


def _rule_of_records(rule: GateRule) -> str:
    """Return a rule on recorded evidence as it was declared.

    >>> from tidemill.evaluation import documents, four_fifths
    >>> _rule_of_records(documents("CARD.md")), _rule_of_records(four_fifths("sex"))
    ("documents('CARD.md')", "four_fifths('sex')")
    """
    if rule.kind == "custom":
        return f"{rule.metric}, a rule of the project's own"
    if rule.kind == "latency_at_most":
        return f"latency_at_most({rule.limit:g}, {rule.metric.removeprefix('latency_').removesuffix('_ms')!r})"
    given = [repr(rule.column)] if rule.kind == "four_fifths" else [repr(name) for name in rule.names]
    return f"{rule.kind}({', '.join(given)})"


def rows_text(report: EvaluationReport) -> str:
    """Return in words the rows that a report is about."""
    said = f"{count(report.n_rows)} held-out {'row' if report.n_rows == 1 else 'rows'}"
    if report.window is None:
        return said
    first, last = report.window
    return f"{said} of {first.day} {MONTHS[first.month - 1]} to {last.day} {MONTHS[last.month - 1]} {last.year}"


def dataset_link(dataset: DatasetVersion) -> views.Link:
    """Return a dataset version's name, leading to its page."""
    return views.Link(text=dataset.reference, url=urls.dataset_url(dataset.name, dataset.version))


def version_link(version: ModelVersion) -> views.Link:
    """Return a model version's name, leading to its page."""
    return views.Link(text=version.reference, url=urls.model_version_url(version.model, version.version))


def reference_link(reference: str) -> views.Link:
    """Return a model version such as ``delay/3``, leading to its page; plain words for what is none.

    >>> reference_link("delay/3").url, reference_link("delay").url
    ('/models/delay/3', '')
    """
    name, _, number = reference.partition("/")
    return views.Link(text=reference, url=urls.model_version_url(name, int(number)) if number.isdecimal() else "")


def run_link(run_id: str, name: str = "run") -> views.Link:
    """Return a run's pipeline and the end of its id, leading to its page."""
    return views.Link(text=f"{name} {run_id[-6:]}", url=urls.run_url(run_id))


def registered(call: Call) -> Registered:
    """Return every judged model version, by what it holds and the report it was judged on."""
    versions = call.rooms.registry.search.judged(call.caller)
    return {(version.package_digest, version.report_digest): version for version in versions}


def product(versions: Registered, steps: Sequence[StepRun]) -> ModelVersion | None:
    """Return the model version that a run's steps have made, or found unchanged."""
    for step in reversed(steps):
        for output in step.outputs:
            if output["codec"] == CandidateCodec.name:
                stored = StoredCandidate.from_output(step.run_id, Output(**output))
                return versions.get((stored.package_digest, stored.report_digest))
    return None


def lineage_chain(lineage: Lineage, origin: Sequence[views.ChainLink] = ()) -> tuple[views.ChainLink, ...]:
    """Return the chain from the data to the alias, oldest first; `origin` tells of what no run of ours has made."""
    version, promotion = lineage.version, lineage.promotion
    data = [
        views.ChainLink(
            kind="dataset version",
            link=dataset_link(dataset),
            words=f"{plural(dataset.n_rows, 'row')}, {plural(len(dataset.checks), 'check')} passed",
            at=dataset.created_at,
            by=dataset.created_by,
            digest=dataset.digest,
        )
        for dataset in lineage.datasets
    ]
    features = [view["name"] for view in version.serving.get("views", ())]
    if features:
        words = "as each was known at the row's own instant"
        data.append(views.ChainLink(kind="features", link=views.Link(text=", ".join(features)), words=words))
    chain = [
        *data,
        *_made_by(lineage, origin),
        views.ChainLink(
            kind="model version",
            link=version_link(version),
            words=plural(len(version.files), "file") if version.files else "registered",
            at=from_iso(version.created_at),
            by=version.created_by,
            digest=version.package_digest,
        ),
    ]
    if promotion is not None and promotion.version == version.version:
        text, at = f"{promotion.model}@{promotion.alias}", from_iso(promotion.at)
        chain.append(
            views.ChainLink(kind="alias", link=views.Link(text=text), words="promoted", at=at, by=promotion.by)
        )
    return tuple(chain)


def _made_by(lineage: Lineage, origin: Sequence[views.ChainLink]) -> list[views.ChainLink]:
    """Return the run that made a version, or else where it came from, and the gate that judged it."""
    version, verdict = lineage.version, lineage.verdict
    made: list[views.ChainLink] = []
    if lineage.run is not None:
        run = lineage.run.run
        made.append(
            views.ChainLink(
                kind="run",
                link=run_link(run.id, run.experiment),
                words=(steps_words(lineage.steps) if lineage.steps else run.status)
                + (f", commit {run.commit[:10]}" if run.commit else ""),
                at=from_iso(run.started_at),
                by=run.created_by,
                digest=run.code_digest or "",
            )
        )
    elif origin:
        made.extend(origin)
    elif version.source:
        made.append(views.ChainLink(kind="source", link=views.Link(text=version.source), words="registered from there"))
    if verdict is not None:
        made.append(
            views.ChainLink(
                kind="gate",
                link=views.Link(text=gate_words(verdict)),
                at=from_iso(verdict.judged_at),
                by=verdict.judged_by,
                tone=views.Tone.GOOD if verdict.passed else views.Tone.BAD,
            )
        )
    return made


def steps_words(steps: Sequence[StepRun]) -> str:
    """Return in words how many steps were executed and how many reused."""
    reused = sum(step.state == "reused" for step in steps)
    return f"{plural(sum(step.state == 'executed' for step in steps), 'step')} executed, {reused or 'none'} reused"
