"""Two versions of a model side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from tidemill.core import from_iso
from tidemill.evaluation import HIGHER_IS_BETTER, EvaluationReport
from tidemill.registry import ModelVersion
from tidemill.server.pages.evidence import METRIC_NAMES, dataset_link, gate_words, matters, run_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Viewer
from tidemill.ui import urls, views

Number = Annotated[int, Query(ge=1, le=10**9)]
_MOST_VERSIONS = 200


def versions(call: Viewer, name: str, one: Number | None = None, other: Number | None = None) -> views.VersionsPage:
    """Return two versions of a model beside each other, the older one first; the last two unless they are named."""
    known = call.rooms.registry.list_versions(call.caller, name)[:_MOST_VERSIONS]
    second_number = other or known[0].version
    first_number = one or next((each.version for each in known if each.version < second_number), second_number)
    numbers = sorted((first_number, second_number))
    first, second = (call.rooms.registry.get(call.caller, f"{name}/{number}") for number in numbers)
    params = [_params(call, version) for version in (first, second)]
    inputs = [_inputs(call, version) for version in (first, second)]
    return views.VersionsPage(
        frame=frame_of(call),
        name=name,
        one=_side(call, first),
        other=_side(call, second),
        metrics=_metrics(*(call.rooms.registry.load_report(version) for version in (first, second))),
        params=tuple(
            views.ComparedParam(name=key, one=params[0].get(key, ""), other=params[1].get(key, ""))
            for key in sorted(set(params[0]) | set(params[1]))
            if params[0].get(key) != params[1].get(key)
        ),
        inputs_added=tuple(each for each in inputs[1] if each not in inputs[0]),
        inputs_gone=tuple(each for each in inputs[0] if each not in inputs[1]),
        versions=tuple(version.version for version in known),
        runs_url=urls.compare_url((first.run_id, second.run_id)),
        python=python_of(call, f"/api/models/{name}"),
        cli=f"tidemill models {name}",
    )


def _side(call: Call, version: ModelVersion) -> views.VersionSide:
    lineage = call.rooms.evidence.lineage(call.caller, f"{version.model}/{version.version}")
    return views.VersionSide(
        version=version.version,
        aliases=version.aliases,
        created_at=from_iso(version.created_at),
        created_by=version.created_by,
        run=run_link(version.run_id),
        dataset=dataset_link(lineage.datasets[0]) if lineage.datasets else None,
        passed=lineage.verdict.passed,
        gate=gate_words(lineage.verdict),
        package_digest=version.package_digest,
    )


def _metrics(one: EvaluationReport, other: EvaluationReport) -> tuple[views.ComparedMetric, ...]:
    chief = matters(other)
    names = sorted({*one.metrics, *other.metrics}, key=lambda name: (name != chief, name))
    return tuple(
        views.ComparedMetric(
            name=METRIC_NAMES.get(name, name),
            one=_estimate(one, name),
            other=_estimate(other, name),
            way={True: "higher", False: "lower"}.get(HIGHER_IS_BETTER.get(name), ""),  # type: ignore[arg-type]
        )
        for name in names
    )


def _estimate(report: EvaluationReport, name: str) -> views.Estimate | None:
    found = report.metrics.get(name)
    return None if found is None else views.Estimate(value=found.value, low=found.low, high=found.high, n=found.n)


def _params(call: Call, version: ModelVersion) -> dict[str, str]:
    return call.rooms.tracking.get_run(call.caller, version.run_id).params


def _inputs(call: Call, version: ModelVersion) -> list[str]:
    return [column.name for column in call.rooms.registry.load_package(version).signature.inputs]


PAGES = Pages(contexts=((f"{urls.MODELS}/{{name}}/compare", versions),))
