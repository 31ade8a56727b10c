"""Endpoints: the list, one with its revisions, address and last predictions, and rolling back."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from typing import Any

from fastapi.responses import RedirectResponse

from tidemill.access import Role
from tidemill.core import from_iso, iso
from tidemill.deployment import DeployedEndpoint, Revision
from tidemill.features import ServingInputs
from tidemill.models import ONNX_FILE
from tidemill.server.pages.cards import Standing, address, card, report_of, standing
from tidemill.server.pages.data import matches
from tidemill.server.pages.evidence import chief_metric, reference_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.loop import last_measured, loop_view, retrain_action
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Deployer, Viewer
from tidemill.server.routes.deployment import plane_report
from tidemill.server.routes.route import Route
from tidemill.serving import LoggedPrediction
from tidemill.ui import urls, views
from tidemill.ui.formats import cell

_FILL = views.Command(text="tidemill run", words="Runs the pipeline and deploys what passes the endpoint's gate.")
_WATCH = views.Command(
    text='monitors=[tm.drift(), tm.performance("auc", label_delay="1d")], retrain=[tm.on_drift(), tm.on_drop(0.03)]',
    words="Declared in tm.endpoint(...), it is watched window by window, and retrained when it has to be.",
)
_PREDICTIONS = 20
_QUARANTINED = 8
_SHOWN_COLUMNS = 6
_URGENT = (views.Tone.BAD, views.Tone.WARN)
_SAMPLES: dict[str, Any] = {"string": "", "integer": 1, "number": 1.0, "boolean": True}


def endpoints(call: Viewer, q: str = "") -> views.EndpointsPage:
    """Return the list of endpoints, those that need a person first."""
    report = plane_report(call)
    found = [each for each in call.rooms.deployments.list_endpoints(call.caller) if matches(q, each.name, each.model)]
    rows = [_row(call, standing(call, each, report)) for each in found]
    return views.EndpointsPage(
        frame=frame_of(call),
        endpoints=tuple(sorted(rows, key=lambda row: row.tone not in _URGENT)),
        fill=_FILL,
        q=q,
        python=python_of(call, "/api/endpoints"),
        cli="tidemill endpoints",
    )


def endpoint(call: Viewer, name: str) -> views.EndpointPage:
    """Return one endpoint."""
    found = standing(call, call.rooms.deployments.get(call.caller, name), plane_report(call))
    url = address(call, found.endpoint)
    predictions = call.rooms.predictions.recent(call.caller, name, _PREDICTIONS)
    rows = [predictions[0].row if predictions else sample_row(call, found.current.reference)]
    loop = loop_view(call, found.endpoint, found.revisions)
    body = shlex.quote(json.dumps({"rows": rows}))
    return views.EndpointPage(
        frame=frame_of(call),
        card=card(call, found, loop),
        about=found.endpoint.description,
        address=url,
        error=found.error,
        revisions=tuple(_revision(call, found, each) for each in found.revisions),
        curl=f"curl -s {url} \\\n  -H 'content-type: application/json' \\\n  -d {body}",
        request_python=(
            f"import tidemill as tm\n\nrows = {rows!r}\n"
            f"print(tm.Client({url.partition('/predict/')[0]!r}).predict({name!r}, rows))"
        ),
        predictions=tuple(_prediction(each) for each in predictions),
        loop=loop,
        quarantine=_quarantine(call, name),
        retrain=retrain_action(call, found.endpoint, loop),
        watch=None if loop.monitors or loop.windows else _WATCH,
        roll_back=_roll_back(found) if call.caller.role >= Role.DEPLOYER else None,
        fill=_FILL,
        python=python_of(call, f"/api/endpoints/{name}"),
        cli=f"tidemill endpoints {name}",
    )


def roll_back(call: Deployer, name: str) -> RedirectResponse:
    """Serve again what was served before, and go back to the endpoint's page."""
    call.rooms.deployments.roll_back(call.caller, name)
    return RedirectResponse(urls.endpoint_url(name), status_code=303)


def sample_row(call: Call, reference: str) -> dict[str, Any]:
    """Return a row of the right columns and types to ask a model version with, at the end of its data."""
    lineage = call.rooms.evidence.lineage(call.caller, reference)
    inputs = ServingInputs.from_json(lineage.version.serving)
    signature = call.rooms.registry.load_package(lineage.version).signature
    levels = {column.name: column.levels[0] for column in signature.inputs if column.levels}
    instant = iso(lineage.datasets[0].last_event_at) if lineage.datasets else iso(call.rooms.clock.now())
    row = {column.name: levels.get(column.name, _SAMPLES.get(column.type, instant)) for column in inputs.request}
    return row | ({inputs.event_time: instant} if inputs.event_time else {})


def _row(call: Call, standing: Standing) -> views.EndpointRow:
    return views.EndpointRow(
        name=standing.endpoint.name,
        state=standing.state,
        tone=standing.tone,
        model=reference_link(standing.current.reference),
        revision=standing.current.revision,
        metric=last_measured(call, standing.endpoint) or chief_metric(report_of(call, standing.current)),
        n_predictions=_n_predictions(call, standing.endpoint),
        deployed_at=from_iso(standing.current.created_at),
    )


def _n_predictions(call: Call, endpoint: DeployedEndpoint) -> int:
    """Return how many predictions are logged; of an endpoint that is watched the loop has counted them."""
    watched = (endpoint.declared or {}).get("monitors")
    span = call.rooms.logged.span(call.caller.project, endpoint.name) if watched else None
    return span.n_rows if span else call.rooms.predictions.count(call.caller, endpoint.name)


def _revision(call: Call, standing: Standing, revision: Revision) -> views.RevisionRow:
    version = call.rooms.registry.get(call.caller, revision.reference)
    return views.RevisionRow(
        revision=revision.revision,
        model=reference_link(revision.reference),
        runtime="onnx" if ONNX_FILE in version.files else "native",
        created_at=from_iso(revision.created_at),
        created_by=revision.created_by,
        current=revision.revision == standing.current.revision,
    )


def _quarantine(call: Call, name: str) -> views.Quarantine | None:
    """Return the labels that are kept apart; None when there are none."""
    counts = Counter(call.rooms.feedback.count_quarantined(call.caller, name))
    if not counts:
        return None
    shown = tuple(
        views.QuarantinedLabel(
            prediction_id=each.prediction_id,
            label=each.label,
            reason=each.reason,
            recorded_at=from_iso(each.recorded_at),
            given_by=each.given_by,
        )
        for each in call.rooms.feedback.quarantine(call.caller, name, _QUARANTINED)
    )
    see = views.Command(text=f"tidemill labels {name}", words="Counts its labels, and those that are kept apart.")
    return views.Quarantine(n=counts.total(), reasons=tuple(counts.most_common()), labels=shown, see=see)


def _prediction(prediction: LoggedPrediction) -> views.PredictionRow:
    shown = list(prediction.row.items())[:_SHOWN_COLUMNS]
    return views.PredictionRow(
        prediction_id=prediction.prediction_id,
        at=prediction.recorded_at,
        value=float("nan") if prediction.value is None else prediction.value,
        request=", ".join(f"{name} {cell(value)}" for name, value in shown),
        model=reference_link(prediction.model),
    )


def _roll_back(standing: Standing) -> views.Action | None:
    current = standing.current
    before = next((each for each in standing.revisions if each.reference != current.reference), None)
    if before is None:
        return None
    return views.Action(
        label=f"Roll back to {before.reference}",
        url=f"{urls.endpoint_url(standing.endpoint.name)}/roll-back",
        words=f"{before.reference} answers again within seconds and becomes champion; "
        f"promoting {current.reference} undoes it.",
        danger=True,
    )


PAGES = Pages(
    contexts=((urls.ENDPOINTS, endpoints), (f"{urls.ENDPOINTS}/{{name}}", endpoint)),
    routes=(Route("POST", f"{urls.ENDPOINTS}/{{name}}/roll-back", roll_back),),
)
