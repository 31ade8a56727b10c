"""Two versions of a model side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query

from tidemill.core import UsageError, from_iso
from tidemill.evaluation import HIGHER_IS_BETTER
from tidemill.registry import ModelVersion, find_report
from tidemill.server.pages.evidence import METRIC_NAMES, dataset_link, gate_words, matters, run_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_lineage import run_of_version
from tidemill.server.pages.run_logged import is_of_the_machine
from tidemill.server.roles import Call, Viewer
from tidemill.tracking import RunDetail
from tidemill.ui import urls, views
from tidemill.ui.values import Estimate, Link

Number = Annotated[int, Query(ge=1, le=10**9)]
_MOST_VERSIONS, _MOST_METRICS = 200, 100


def versions(call: Viewer, name: str, one: Number | None = None, other: Number | None = None) -> views.VersionsPage:
    """Return two versions of a model beside each other, the older one first; the last two unless they are named."""
    known = call.rooms.registry.list_versions(call.caller, name)[:_MOST_VERSIONS]
    if not known:
        raise UsageError(f"the model {name[:80]!r} has no version to compare; register one")
    second_number = other or known[0].version
    first_number = one or next((each.version for each in known if each.version < second_number), second_number)
    numbers = sorted((first_number, second_number))
    first, second = (call.rooms.registry.get(call.caller, f"{name}/{number}") for number in numbers)
    runs = [run_of_version(call, version) for version in (first, second)]
    params = [_params(version, run) for version, run in zip((first, second), runs, strict=True)]
    inputs = [_inputs(call, version) for version in (first, second)]
    return views.VersionsPage(
        frame=frame_of(call),
        name=name,
        one=_side(call, first, runs[0]),
        other=_side(call, second, runs[1]),
        metrics=_metrics(
            *(_estimates(call, version, run) for version, run in zip((first, second), runs, strict=True)),
            chief=_chief(call, second),
        ),
        params=tuple(
            views.ComparedParam(name=key, one=params[0].get(key, ""), other=params[1].get(key, ""))
            for key in sorted(set(params[0]) | set(params[1]))
            if params[0].get(key) != params[1].get(key)
        ),
        inputs_added=tuple(each for each in inputs[1] if each not in inputs[0]),
        inputs_gone=tuple(each for each in inputs[0] if each not in inputs[1]),
        versions=tuple(version.version for version in known),
        runs_url=urls.compare_url(tuple(dict.fromkeys(each.run.id for each in runs if each))) if any(runs) else "",
        python=python_of(call, f"/api/models/{name}"),
        cli=f"tidemill models {name}",
    )


def _side(call: Call, version: ModelVersion, made_by: RunDetail | None) -> views.VersionSide:
    lineage = call.rooms.evidence.lineage(call.caller, f"{version.model}/{version.version}")
    return views.VersionSide(
        version=version.version,
        aliases=version.aliases,
        created_at=from_iso(version.created_at),
        created_by=version.created_by,
        run=run_link(made_by.run.id) if made_by else Link(text=version.source),
        dataset=dataset_link(lineage.datasets[0]) if lineage.datasets else None,
        passed=lineage.verdict.passed if lineage.verdict else None,
        gate=gate_words(lineage.verdict) if lineage.verdict else "no gate has judged it",
        package_digest=version.package_digest,
    )


def _metrics(
    one: Mapping[str, Estimate], other: Mapping[str, Estimate], *, chief: str | None
) -> tuple[views.ComparedMetric, ...]:
    names = sorted({*one, *other}, key=lambda name: (name != chief, name))
    return tuple(
        views.ComparedMetric(
            name=METRIC_NAMES.get(name, name),
            one=one.get(name),
            other=other.get(name),
            way={True: "higher", False: "lower"}.get(HIGHER_IS_BETTER.get(name), ""),  # type: ignore[arg-type]
        )
        for name in names
    )


def _chief(call: Call, version: ModelVersion) -> str | None:
    report = find_report(call.rooms.registry, version)
    return None if report is None else matters(report)


def _estimates(call: Call, version: ModelVersion, made_by: RunDetail | None) -> dict[str, Estimate]:
    """Return the metrics of a version's report; of one that was never judged what was told of it, without intervals."""
    report = find_report(call.rooms.registry, version)
    if report is None:
        logged = {key: point.value for key, point in made_by.metrics.items()} if made_by else {}
        told = logged | version.facts.get("metrics", {})
        own = [name for name in told if not is_of_the_machine(name)][:_MOST_METRICS]
        return {name: Estimate(value=told[name]) for name in own}
    return {
        name: Estimate(value=found.value, low=found.low, high=found.high, n=found.n)
        for name, found in report.metrics.items()
    }


def _params(version: ModelVersion, made_by: RunDetail | None) -> dict[str, str]:
    told: dict[str, str] = version.facts.get("params", {})
    return told | (made_by.params if made_by else {})


def _inputs(call: Call, version: ModelVersion) -> list[str]:
    if not version.package_digest:
        return [str(each["name"]) for each in (version.facts.get("signature") or {}).get("inputs", ())]
    return [column.name for column in call.rooms.registry.load_package(version).signature.inputs]


PAGES = Pages(contexts=((f"{urls.MODELS}/{{name}}/compare", versions),))
