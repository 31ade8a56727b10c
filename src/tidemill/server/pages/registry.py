"""Models: the list, one model, one version with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path

from tidemill.access import Role
from tidemill.core import from_iso
from tidemill.evaluation import EvaluationReport
from tidemill.models import ModelPackage
from tidemill.registry import (
    CHAMPION,
    IS_PROMPT,
    ModelGlance,
    ModelVersion,
    count_models,
    find_report,
    model_glances,
)
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
from tidemill.server.pages.experiments import Place
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.logged_models import own_tags
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_lineage import origin_of_version
from tidemill.server.pages.version_facts import package_of, task_of, version_facts
from tidemill.server.roles import Call, Viewer
from tidemill.ui import urls, views
from tidemill.ui.formats import count

_FILL = views.Command(text="tidemill run", words="Runs the project's pipeline and registers what passes the gate.")
_PER_PAGE, _MOST_ROWS = 100, 100
_PROMPT_TEXT = "mlflow.prompt.text"
Number = Annotated[int, Path(ge=1, le=10**9)]


def models(call: Viewer, q: str = "", at: Place = 0) -> views.ModelsPage:
    """Return a stretch of the models, the latest changed first; `at` says how many are passed over."""
    n_all = count_models(call.rooms.database, call.caller, q)
    found = model_glances(call.rooms.database, call.caller, q, at, _PER_PAGE)
    older = urlencode({"q": q, "at": at + len(found)} if q else {"at": at + len(found)})
    return views.ModelsPage(
        frame=frame_of(call),
        models=tuple(_model_row(call, each) for each in found),
        n_models=n_all,
        older_url=f"{urls.MODELS}?{older}" if at + len(found) < n_all else "",
        fill=_FILL,
        q=q,
        python=python_of(call, "/api/models"),
        cli="tidemill models",
    )


def model(call: Viewer, name: str) -> views.ModelPage:
    """Return one model with its versions."""
    found = call.rooms.registry.catalogue.get_model(call.caller, name)
    versions = call.rooms.registry.list_versions(call.caller, name)[:_MOST_ROWS]
    return views.ModelPage(
        frame=frame_of(call),
        name=found.name,
        task=task_of(call, versions[0]) if versions else "",
        description=found.description,
        owner=found.owner,
        created_at=from_iso(found.created_at),
        tags=own_tags(found.tags),
        aliases=tuple(
            views.Link(text=f"{alias} → v{number}", url=urls.model_version_url(found.name, number))
            for alias, number in found.aliases.items()
        ),
        n_versions=found.n_versions,
        is_prompt=_is_prompt(found.tags),
        fill=_FILL,
        versions=tuple(_version_row(call, version) for version in versions),
        endpoints=tuple(views.Link(text=each, url=urls.endpoint_url(each)) for each in _served_at(call, found.name)),
        python=python_of(call, f"/api{urls.model_url(found.name)}"),
        cli=f"tidemill models {found.name}",
    )


def version(call: Viewer, name: str, version: Number) -> views.VersionPage:
    """Return one model version."""
    lineage = call.rooms.evidence.lineage(call.caller, f"{name}/{version}")
    found = lineage.version
    report = find_report(call.rooms.registry, found)
    package = package_of(call, found)
    chief = report.metrics.get(matters(report)) if report else None
    return views.VersionPage(
        frame=frame_of(call),
        name=found.model,
        version=version,
        aliases=found.aliases,
        environments=found.environments,
        task=task_of(call, found),
        created_at=from_iso(found.created_at),
        created_by=found.user_id or found.created_by,
        description=found.description,
        tags=own_tags(found.tags),
        facts=version_facts(found, lineage.datasets),
        params=_pairs(found.facts.get("params", {})),
        tracked=_pairs({key: f"{value:g}" for key, value in found.facts.get("metrics", {}).items()}),
        package_digest=found.package_digest,
        gate=gate_view(lineage.verdict, report) if lineage.verdict else None,
        gate_url="" if _is_prompt(found.tags) else urls.gate_url(found.model, version),
        promotion=None if _is_prompt(found.tags) else _promotion(call, found),
        prompt=found.tags.get(_PROMPT_TEXT, "") if _is_prompt(found.tags) else "",
        metrics=all_metrics(report) if report else (),
        slices=_slices(report) if report else (),
        roc=_roc(report) if report and chief is not None and report.roc else None,
        calibration=tuple(
            views.CalibrationBin(predicted=b.predicted, observed=b.observed, n=b.n, low=b.low, high=b.high)
            for b in report.calibration
        )
        if report and report.task == "binary"
        else (),
        inputs=_inputs(package) if package else _told_inputs(found),
        output=output_words(package) if package else "",
        parity=_parity(package) if package else None,
        lineage=lineage_chain(lineage, () if lineage.run else origin_of_version(call, found)),
        files=tuple(
            views.ModelFile(name=file, n_bytes=len(data), digest=package.file_digests[file])
            for file, data in package.files.items()
        )
        if package
        else (),
        python=python_of(call, f"/api{urls.model_version_url(found.model, version)}"),
        cli=f"tidemill models {found.model}/{version}",
    )


def output_words(package: ModelPackage, about: str = "") -> str:
    """Return in words what a model answers, and what an endpoint says of it."""
    return ", ".join(word for word in (package.signature.output, about) if word)


def _model_row(call: Call, glance: ModelGlance) -> views.ModelRow:
    registry, model, serving = call.rooms.registry, glance.model, glance.version
    champion = model.aliases.get(CHAMPION)
    return views.ModelRow(
        name=model.name,
        task=task_of(call, serving) if serving else "",
        n_versions=model.n_versions,
        champion=champion,
        metric=chief_metric(find_report(registry, serving)) if serving and champion else None,
        updated_at=from_iso(model.updated_at),
        owner=model.owner,
        is_prompt=_is_prompt(model.tags),
        aliases=tuple(alias for alias in model.aliases if alias != CHAMPION),
        tags=own_tags(model.tags),
    )


def _version_row(call: Call, version: ModelVersion) -> views.VersionRow:
    lineage = call.rooms.evidence.lineage(call.caller, version.reference)
    data = lineage.datasets[0] if lineage.datasets else None
    return views.VersionRow(
        version=version.version,
        aliases=version.aliases,
        environments=version.environments,
        metric=chief_metric(find_report(call.rooms.registry, version)),
        gate_passed=lineage.verdict.passed if lineage.verdict else None,
        dataset=dataset_link(data) if data else views.Link(text=""),
        run=run_link(version.run_id, lineage.run.run.experiment) if lineage.run else _from(call, version),
        created_at=from_iso(version.created_at),
        created_by=version.user_id or version.created_by,
        tags=own_tags(version.tags),
    )


def _from(call: Call, version: ModelVersion) -> views.Link:
    """Return the run of the logged model that a version was made of, or else where it came from."""
    origin = origin_of_version(call, version)
    return origin[0].link if origin else views.Link(text=version.source)


def _is_prompt(tags: Mapping[str, str]) -> bool:
    return tags.get(IS_PROMPT) == "true"


def _promotion(call: Call, version: ModelVersion) -> views.Action | None:
    policy = call.rooms.promotions.requests.policy(call.caller, version.model, CHAMPION)
    asks = policy is not None and policy.n_approvals > 0
    if CHAMPION in version.aliases or call.caller.role < (Role.EDITOR if asks else Role.DEPLOYER):
        return None
    if policy is not None and not version.report_digest:  # the page of its gate says why
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


def _told_inputs(version: ModelVersion) -> tuple[views.Input, ...]:
    """Return the inputs that a version came with, when it has no package of its own."""
    told = (version.facts.get("signature") or {}).get("inputs", ())
    return tuple(views.Input(name=each["name"], kind=each["type"], nullable=not each["required"]) for each in told)


def _parity(package: ModelPackage) -> views.Parity:
    report = package.parity
    n = sum(part.n for part in report.parts.values())
    largest = max((part.max_difference for part in report.parts.values()), default=0.0)
    compared = f"{count(n)} rows were compared, the largest difference is {largest:.1e}" if n else ""
    said = "; ".join(part for part in (report.reason, compared) if part)
    return views.Parity(passed=report.passed, sentence=said, runtime="onnx" if report.passed else "native")


def _pairs(values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(value)) for key, value in sorted(values.items()))


PAGES = Pages(
    contexts=(
        (urls.MODELS, models),
        (f"{urls.MODELS}/{{name}}", model),
        (f"{urls.MODELS}/{{name}}/{{version}}", version),
    ),
)
