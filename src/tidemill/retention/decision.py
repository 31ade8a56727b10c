"""Which runs, versions, predictions and labels a policy lets go; what stands behind a kept model never does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tidemill.bundles import BundleFacts, bundles_in_use, list_bundle_facts
from tidemill.core import from_iso, id_time, iso
from tidemill.data import DatasetFacts, list_dataset_facts
from tidemill.deployment import deployed_versions
from tidemill.evaluation import HIGHER_IS_BETTER
from tidemill.feedback import SegmentFacts, list_quarantined_before, list_segment_facts
from tidemill.pipelines import StepLinks, list_step_links
from tidemill.registry import VersionFacts, list_version_facts
from tidemill.retention.rule import Policy, Rule, oldest, young
from tidemill.storage.records import Transaction
from tidemill.tracking import RunFacts, last_values, list_run_facts


class Instants(NamedTuple):
    """now: by the workspace's clock, for ages. before: by the machine's, what is newer may be in flight."""

    now: datetime
    before: datetime


@dataclass(frozen=True)
class Going:
    """What a policy lets go, each kind in the order in which it goes; `n_kept` by kind."""

    models: tuple[VersionFacts, ...] = ()
    runs: tuple[str, ...] = ()
    datasets: tuple[DatasetFacts, ...] = ()
    predictions: tuple[SegmentFacts, ...] = ()
    quarantine: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    n_kept: tuple[tuple[str, int], ...] = ()


def decide(tx: Transaction, project: str, policy: Policy, at: Instants) -> Going:
    """Return what goes. What has no rule stays; models first, since their lineage holds runs and datasets."""
    versions = list_version_facts(tx, project)
    models = _models(policy.models, versions, deployed_versions(tx, project), at) if policy.models else []
    runs = list_run_facts(tx, project)
    links = list_step_links(tx, project)
    held = _lineage([each.run_id for each in versions if each not in models], links)
    going_runs = _runs(tx, project, policy.runs, runs, held, at) if policy.runs else []
    gone = set(going_runs)
    named = {name for link in links if link.run_id not in gone for name in link.datasets}
    datasets = list_dataset_facts(tx, project)
    going_datasets = _datasets(policy.datasets, datasets, named, at) if policy.datasets else []
    bundles = list_bundle_facts(tx, project)
    used = bundles_in_use(tx, project, gone)
    going_bundles = _bundles(policy.bundles, bundles, used, at) if policy.bundles else []
    segments = list_segment_facts(tx, project)
    cut = _cut(policy.predictions, at.now)
    predictions = [each for each in segments if each.last_recorded_at < cut]
    quarantine = list_quarantined_before(tx, project, _cut(policy.quarantine, at.now))
    return Going(
        models=tuple(models),
        runs=tuple(going_runs),
        datasets=tuple(going_datasets),
        predictions=tuple(predictions),
        quarantine=tuple(quarantine),
        bundles=tuple(going_bundles),
        n_kept=(
            ("models", len(versions) - len(models)),
            ("runs", len(runs) - len(going_runs)),
            ("datasets", len(datasets) - len(going_datasets)),
            ("predictions", len(segments) - len(predictions)),
            ("bundles", len(bundles) - len(going_bundles)),
        ),
    )


def _models(rule: Rule, versions: list[VersionFacts], deployed: set[str], at: Instants) -> list[VersionFacts]:
    """Return the versions to go: never promoted or served, and not the newest, whose number must not come again."""
    seen: dict[str, int] = defaultdict(int)
    going = []
    for each in versions:
        seen[each.model] += 1
        stays = each.promoted or each.reference in deployed or seen[each.model] <= max(rule.last, 1)
        # Registered just before or after its run ended; by the machine's clock the run's id tells when that began.
        if not stays and not young(rule, from_iso(each.created_at), at.now) and _began(each) < at.before:
            going.append(each)
    return going


def _began(version: VersionFacts) -> datetime:
    """Return when the run of a version began, and of one without a run of this store when it was registered."""
    try:
        return id_time(version.run_id)
    except ValueError:
        return from_iso(version.created_at)


def _runs(  # noqa: PLR0913, PLR0917 - what there is, what is held, and the rule
    tx: Transaction, project: str, rule: Rule, runs: list[RunFacts], held: set[str], at: Instants
) -> list[str]:
    kept = set(held)
    by_experiment: dict[str, list[RunFacts]] = defaultdict(list)
    for each in runs:
        by_experiment[each.experiment].append(each)
    for of_one in by_experiment.values():
        kept |= {each.id for each in of_one[: rule.last]}
    for count, metric in rule.best:
        values = last_values(tx, project, metric)
        higher = HIGHER_IS_BETTER.get(metric, True)
        for of_one in by_experiment.values():
            ranked = sorted((each.id for each in of_one if each.id in values), key=values.__getitem__, reverse=higher)
            kept |= set(ranked[:count])
    return [
        each.id
        for each in runs
        if each.id not in kept
        and each.status != "running"
        and id_time(each.id) < at.before
        and not young(rule, from_iso(each.started_at), at.now)
    ]


def _datasets(rule: Rule, versions: list[DatasetFacts], named: set[str], at: Instants) -> list[DatasetFacts]:
    seen: dict[str, int] = defaultdict(int)
    going = []
    for each in versions:
        seen[each.name] += 1
        stays = each.reference in named or seen[each.name] <= max(rule.last, 1)
        if not stays and not young(rule, from_iso(each.created_at), at.now) and id_time(each.id) < at.before:
            going.append(each)
    return going


def _bundles(rule: Rule, bundles: list[BundleFacts], used: set[str], at: Instants) -> list[str]:
    return [
        each.digest
        for place, each in enumerate(bundles)
        if each.digest not in used
        and place >= max(rule.last, 1)
        and from_iso(each.created_at) < at.before
        and not young(rule, from_iso(each.created_at), at.now)
    ]


def _lineage(run_ids: Iterable[str], links: list[StepLinks]) -> set[str]:
    """Return the runs and those whose results they reused, to the end."""
    reused: dict[str, set[str]] = defaultdict(set)
    for link in links:
        if link.reused_from is not None:
            reused[link.run_id].add(link.reused_from)
    found: set[str] = set()
    open_: list[Any] = list(run_ids)
    while open_:
        run_id = open_.pop()
        if run_id not in found:
            found.add(run_id)
            open_ += reused[run_id]
    return found


def _cut(rule: Rule | None, now: datetime) -> str:
    """Return the instant before which things go, as text; before all others when there is no rule."""
    return "" if rule is None or rule.age is None else iso(oldest(rule.age, now))
