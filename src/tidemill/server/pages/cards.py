"""Where an endpoint stands: what the records ask for beside what the data plane says it serves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tidemill.core import from_iso
from tidemill.deployment import DeployedEndpoint, Revision
from tidemill.evaluation import EvaluationReport
from tidemill.governance import Lineage
from tidemill.registry import find_report
from tidemill.server.data_plane import LoadedRevision, PlaneReport
from tidemill.server.pages.evidence import (
    chief_metric,
    dataset_link,
    gate_words,
    matters,
    reference_link,
    rows_text,
    version_link,
)
from tidemill.server.pages.loop import loop_view
from tidemill.server.roles import Call
from tidemill.ui import urls, views
from tidemill.ui.formats import percent

_HISTORY = 12
_HISTORY_WINDOWS = 52


@dataclass(frozen=True)
class Standing:
    """An endpoint as it stands: what is asked for, what is served, and what went wrong."""

    endpoint: DeployedEndpoint
    revisions: list[Revision]
    loaded: LoadedRevision | None
    state: str
    tone: views.Tone
    station: views.Station
    error: str

    @property
    def current(self) -> Revision:
        """The revision that the records ask for."""
        return self.revisions[0]


def standing(call: Call, endpoint: DeployedEndpoint, report: PlaneReport) -> Standing:
    """Return how an endpoint stands. The data plane's word counts for what is served, the records' for what should."""
    revisions = call.rooms.deployments.list_revisions(call.caller, endpoint.name)
    loaded = report.endpoints.get(endpoint.name)
    state, tone, station = _state(revisions[0], loaded, report)
    error = report.trouble or (loaded.error or "" if loaded else "")
    return Standing(endpoint, revisions, loaded, state, tone, station, error)


def _state(
    asked: Revision, loaded: LoadedRevision | None, report: PlaneReport
) -> tuple[str, views.Tone, views.Station]:
    if not report.reachable:
        return "data plane not reachable", views.Tone.BAD, views.Station.ROLL_OUT
    if loaded is None:
        return "loading", views.Tone.WARN, views.Station.ROLL_OUT
    if loaded.revision is None:
        return "failed", views.Tone.BAD, views.Station.ROLL_OUT
    if loaded.error:
        return "serving", views.Tone.BAD, views.Station.ROLL_OUT
    if loaded.revision != asked.revision:
        return "loading", views.Tone.WARN, views.Station.ROLL_OUT
    return "serving", views.Tone.GOOD, views.Station.SERVE


def card(call: Call, standing: Standing, loop: views.Loop | None = None) -> views.EndpointCard:
    """Return the ring with what stands beside it; `loop` when it is known already."""
    loop = loop_view(call, standing.endpoint, standing.revisions, most_turns=1) if loop is None else loop
    first = _first_card(call, standing)
    return watched_card(first, loop) if standing.tone is views.Tone.GOOD else first


def watched_card(card: views.EndpointCard, loop: views.Loop) -> views.EndpointCard:
    """Return the card of an endpoint that serves and is watched: its number is that of the last measured window."""
    last, turn = loop.last, loop.open_turn
    if turn is not None:
        state, tone, station = "retraining", views.Tone.TIDE, views.Station.TRAIN
        card = replace(card, state=state, tone=tone, station=station)
    elif loop.windows:
        card = replace(card, station=views.Station.WATCH)
    if last is None or last.value is None:
        return card
    history = [each.value.value for each in loop.windows if each.value is not None and each.mature]
    return replace(
        card,
        metric=views.Metric(name=loop.metric_name, estimate=last.value),
        metric_note=f"{last.period}, {percent(last.coverage)} labelled",
        history=tuple(history[-_HISTORY_WINDOWS:]),
        history_of="windows",
        facts=(*card.facts, *_loop_facts(loop)),
    )


def _loop_facts(loop: views.Loop) -> tuple[views.Fact, ...]:
    latest = loop.windows[-1]
    drift = views.Link(text=latest.drift_words or latest.drift, url=latest.url)
    facts = [views.Fact(label="Drift", link=drift)] if latest.drift else []
    if loop.turns:
        turn = loop.turns[0]
        link = views.Link(text=f"{turn.outcome.value}, fired by {turn.trigger}", url=turn.url)
        facts.append(views.Fact(label="Last turn", link=link, at=turn.due_at))
    return tuple(facts)


def _first_card(call: Call, standing: Standing) -> views.EndpointCard:
    lineage = call.rooms.evidence.lineage(call.caller, standing.current.reference)
    version = lineage.version
    evaluated = find_report(call.rooms.registry, version)
    return views.EndpointCard(
        name=standing.endpoint.name,
        state=standing.state,
        tone=standing.tone,
        station=standing.station,
        version=f"v{version.version}",
        caption="champion" if "champion" in version.aliases else f"revision {standing.current.revision}",
        metric=chief_metric(evaluated),
        metric_note=rows_text(evaluated) if evaluated else "",
        history=_history(call, version.model, matters(evaluated)) if evaluated else (),
        facts=(
            *_facts(standing, lineage, address(call, standing.endpoint)),
            *_last_answer(call, standing.endpoint.name),
        ),
    )


def address(call: Call, endpoint: DeployedEndpoint) -> str:
    """Return the URL that predictions are posted to, on the host by which this page was asked for."""
    project = call.caller.project
    place = endpoint.name if project == "default" else f"{project}/{endpoint.name}"
    host = call.request.url.hostname or "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{call.house.data_plane.port}/predict/{place}"


def report_of(call: Call, revision: Revision) -> EvaluationReport | None:
    """Return the report on which a revision's model version was judged, None for one that no gate has seen."""
    return find_report(call.rooms.registry, call.rooms.registry.get(call.caller, revision.reference))


def _history(call: Call, model: str, metric: str) -> tuple[float, ...]:
    registry = call.rooms.registry
    versions = registry.list_versions(call.caller, model)[:_HISTORY]
    reports = [registry.load_report(version) for version in reversed(versions) if version.report_digest]
    return tuple(report.metrics[metric].value for report in reports if metric in report.metrics)


def _facts(standing: Standing, lineage: Lineage, address: str) -> tuple[views.Fact, ...]:
    version = version_link(lineage.version)
    facts = [views.Fact(label="Model", link=version, at=from_iso(standing.current.created_at))]
    if standing.loaded is not None and standing.loaded.model not in {None, version.text}:
        facts.append(views.Fact(label="Answers now", link=reference_link(standing.loaded.model or "")))
    facts += [views.Fact(label="Trained on", link=dataset_link(dataset)) for dataset in lineage.datasets[:1]]
    if lineage.verdict is None:
        facts.append(views.Fact(label="Gate", link=views.Link(text="none has judged it", url=version.url)))
    else:
        gate = views.Link(text=gate_words(lineage.verdict), url=version.url)
        facts.append(views.Fact(label="Gate", link=gate, at=from_iso(lineage.verdict.judged_at)))
    facts.append(views.Fact(label="Answers at", link=views.Link(text=address)))
    if standing.error:
        facts.append(views.Fact(label="Trouble", link=views.Link(text=standing.error)))
    elif standing.loaded is not None and standing.loaded.loaded_at:
        at = from_iso(standing.loaded.loaded_at)
        words = f"revision {standing.loaded.revision}, {standing.loaded.runtime}"
        facts.append(views.Fact(label="Loaded", link=views.Link(text=words), at=at))
    return tuple(facts)


def _last_answer(call: Call, endpoint: str) -> tuple[views.Fact, ...]:
    for last in call.rooms.predictions.recent(call.caller, endpoint, 1):
        link = views.Link(text=f"{last.prediction_id[:12]}…", url=urls.prediction_url(last.prediction_id))
        return (views.Fact(label="Last answer", link=link, at=last.recorded_at),)
    return ()


def endpoint_link(name: str) -> views.Link:
    """Return an endpoint's name, leading to its page."""
    return views.Link(text=name, url=urls.endpoint_url(name))
