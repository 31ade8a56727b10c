"""Models: the list, one model, one version with its evidence."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from tidemill.access import Role
from tidemill.core import from_iso
from tidemill.evaluation import EvaluationReport
from tidemill.models import ModelPackage
from tidemill.registry import CHAMPION, ModelVersion, RegisteredModel
from tidemill.server.pages.data import matches
from tidemill.server.pages.evidence import (
    all_metrics,
    chief_metric,
    dataset_link,
    gate_view,
    lineage_chain,
    matters,
    metric_view,
    run_link,
)
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Viewer
from tidemill.ui import urls, views
from tidemill.ui.formats import count

_FILL = views.Command(text="tidemill run", words="Runs the project's pipeline and registers what passes the gate.")
Number = Annotated[int, Path(ge=1, le=10**9)]


def models(call: Viewer, q: str = "") -> views.ModelsPage:
    """Return the list of models, the latest registered first."""
    found = [model for model in call.rooms.registry.list_models(call.caller) if matches(q, model.name)]
    rows = sorted((_model_row(call, model) for model in found), key=lambda row: row.updated_at, reverse=True)
    return views.ModelsPage(
        frame=frame_of(call),
        models=tuple(rows),
        fill=_FILL,
        q=q,
        python=python_of(call, "/api/models"),
        cli="tidemill models",
    )


def model(call: Viewer, name: str) -> views.ModelPage:
    """Return one model with its versions."""
    versions = call.rooms.registry.list_versions(call.caller, name)
    return views.ModelPage(
        frame=frame_of(call),
        name=name,
        task=_report(call, versions[0]).task,
        versions=tuple(_version_row(call, version) for version in versions),
        endpoints=tuple(views.Link(text=each, url=urls.endpoint_url(each)) for each in _served_at(call, name)),
        python=python_of(call, f"/api/models/{name}"),
        cli=f"tidemill models {name}",
    )


def version(call: Viewer, name: str, version: Number) -> views.VersionPage:
    """Return one model version."""
    lineage = call.rooms.evidence.lineage(call.caller, f"{name}/{version}")
    found = lineage.version
    report = _report(call, found)
    package = call.rooms.registry.load_package(found)
    chief = report.metrics.get(matters(report))
    return views.VersionPage(
        frame=frame_of(call),
        name=name,
        version=version,
        aliases=found.aliases,
        task=report.task,
        created_at=from_iso(found.created_at),
        created_by=found.created_by,
        package_digest=found.package_digest,
        gate=gate_view(lineage.verdict, report),
        gate_url=urls.gate_url(name, version),
        promotion=_promotion(call, found),
        metrics=all_metrics(report),
        slices=_slices(report),
        roc=_roc(report) if chief is not None and report.roc else None,
        calibration=tuple(
            views.CalibrationBin(predicted=b.predicted, observed=b.observed, n=b.n, low=b.low, high=b.high)
            for b in report.calibration
        )
        if report.task == "binary"
        else (),
        inputs=_inputs(package),
        output=output_words(package),
        parity=_parity(package),
        lineage=lineage_chain(lineage),
        files=tuple(
            views.ModelFile(name=file, n_bytes=len(data), digest=package.file_digests[file])
            for file, data in package.files.items()
        ),
        python=python_of(call, f"/api/models/{name}/{version}"),
        cli=f"tidemill models {name}/{version}",
    )


def output_words(package: ModelPackage, about: str = "") -> str:
    """Return in words what a model answers, and what an endpoint says of it."""
    return ", ".join(word for word in (package.signature.output, about) if word)


def _model_row(call: Call, model: RegisteredModel) -> views.ModelRow:
    registry = call.rooms.registry
    newest = registry.get(call.caller, f"{model.name}/{model.latest_version}")
    champion = model.aliases.get(CHAMPION)
    serving = registry.get(call.caller, f"{model.name}/{champion}") if champion else None
    return views.ModelRow(
        name=model.name,
        task=_report(call, newest).task,
        n_versions=model.latest_version,
        champion=champion,
        metric=chief_metric(_report(call, serving)) if serving else None,
        updated_at=from_iso(newest.created_at),
    )


def _version_row(call: Call, version: ModelVersion) -> views.VersionRow:
    lineage = call.rooms.evidence.lineage(call.caller, version.reference)
    data = lineage.datasets[0] if lineage.datasets else None
    return views.VersionRow(
        version=version.version,
        aliases=version.aliases,
        metric=chief_metric(_report(call, version)),
        gate_passed=lineage.verdict.passed,
        dataset=dataset_link(data) if data else views.Link(text=""),
        run=run_link(version.run_id, lineage.run.run.experiment),
        created_at=from_iso(version.created_at),
        created_by=version.created_by,
    )


def _promotion(call: Call, version: ModelVersion) -> views.Action | None:
    policy = call.rooms.promotions.requests.policy(call.caller, version.model, CHAMPION)
    asks = policy is not None and policy.n_approvals > 0
    if CHAMPION in version.aliases or call.caller.role < (Role.EDITOR if asks else Role.DEPLOYER):
        return None
    name = version.model
    if policy is not None and asks:
        return views.Action(
            label=f"Ask for {policy.environment}",
            url=urls.promote_url(name, version.version),
            words=f"Its gate judges {version.reference} anew for {policy.environment}; then {policy.words()}.",
        )
    before = call.rooms.registry.get_promotion(call.caller, name)
    served = _served_at(call, name)
    moves = f"moves from {name}/{before.version} to" if before else "points to"
    answers = f", and {' and '.join(served)} answers with it within seconds" if served else ""
    undo = f" Promoting {name}/{before.version} again undoes it." if before else ""
    return views.Action(
        label=f"Promote {version.reference} to {CHAMPION}",
        url=urls.promote_url(name, version.version),
        words=f"The alias {CHAMPION} {moves} {version.reference}{answers}.{undo}",
    )


def _served_at(call: Call, model: str) -> list[str]:
    return [endpoint.name for endpoint in call.rooms.deployments.list_endpoints(call.caller) if endpoint.model == model]


def _report(call: Call, version: ModelVersion) -> EvaluationReport:
    return call.rooms.registry.load_report(version)


def _slices(report: EvaluationReport) -> tuple[views.Slice, ...]:
    chief = matters(report)
    return tuple(
        views.Slice(column=each.column, value=each.value, estimate=metric_view(chief, each.metrics[chief]).estimate)
        for each in report.slices
        if chief in each.metrics
    )


def _roc(report: EvaluationReport) -> views.RocCurve:
    points = tuple((point.false_positive_rate, point.true_positive_rate) for point in report.roc)
    return views.RocCurve(points=points, auc=metric_view("auc", report.metrics["auc"]).estimate)


def _inputs(package: ModelPackage) -> tuple[views.Input, ...]:
    return tuple(
        views.Input(
            name=column.name,
            kind=column.kind,
            n_levels=len(column.levels) if column.kind == "category" else None,
            nullable=column.nullable,
        )
        for column in package.signature.inputs
    )


def _parity(package: ModelPackage) -> views.Parity:
    report = package.parity
    n = sum(part.n for part in report.parts.values())
    largest = max((part.max_difference for part in report.parts.values()), default=0.0)
    compared = f"{count(n)} rows were compared, the largest difference is {largest:.1e}" if n else ""
    said = "; ".join(part for part in (report.reason, compared) if part)
    return views.Parity(passed=report.passed, sentence=said, runtime="onnx" if report.passed else "native")


PAGES = Pages(
    contexts=(
        (urls.MODELS, models),
        (f"{urls.MODELS}/{{name}}", model),
        (f"{urls.MODELS}/{{name}}/{{version}}", version),
    ),
)
