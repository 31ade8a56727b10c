"""Windows: what the monitors found, joined by window of event time, and the page of one window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tidemill.core import NotFoundError, parse_duration
from tidemill.deployment import DeployedEndpoint
from tidemill.evaluation import Estimate
from tidemill.loop import Turn
from tidemill.monitoring import DriftResult, PerformanceResult, WindowRecord
from tidemill.server.pages.evidence import METRIC_NAMES, reference_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Viewer
from tidemill.ui import loop_sentences, urls, views
from tidemill.ui.formats import day, number

_MOST = 1000
_MOST_TURNS = 1000
_NAMED = 3
_TONES = {"too few labels": views.Tone.WARN, "undefined": views.Tone.WARN}
_WAITS = "waits for labels"


@dataclass(frozen=True)
class Window:
    """A window with what each monitor found in it; None for a monitor that has not looked, or is not declared."""

    starts_at: datetime
    ends_at: datetime
    drift: WindowRecord | None = None
    performance: WindowRecord | None = None

    @property
    def latest(self) -> WindowRecord:
        """The record that was evaluated last: it counts the most rows and labels."""
        found = [each for each in (self.drift, self.performance) if each is not None]
        return max(found, key=lambda each: each.evaluated_at)

    @property
    def drifted(self) -> DriftResult | None:
        """What the drift monitor found."""
        return self.drift.result if self.drift and isinstance(self.drift.result, DriftResult) else None

    @property
    def measured(self) -> PerformanceResult | None:
        """What the performance monitor found."""
        found = self.performance.result if self.performance else None
        return found if isinstance(found, PerformanceResult) else None


def windows_of(call: Call, endpoint: str, limit: int = _MOST) -> list[Window]:
    """Return the latest windows of an endpoint, oldest first."""
    found: dict[tuple[datetime, datetime], dict[str, WindowRecord]] = {}
    for monitor in ("drift", "performance"):
        for record in call.rooms.monitoring.windows(call.caller, endpoint, monitor, limit):
            found.setdefault((record.starts_at, record.ends_at), {})[monitor] = record
    windows = [Window(*span, each.get("drift"), each.get("performance")) for span, each in sorted(found.items())]
    return windows[-limit:]


def metric_of(windows: Sequence[Window], endpoint: DeployedEndpoint) -> str:
    """Return the name of the metric that is watched, empty when none is."""
    named = (each.measured.metric for each in reversed(windows) if each.measured is not None)
    return next(named, "") or str(declared_monitor(endpoint, "performance").get("metric", ""))


def declared_monitor(endpoint: DeployedEndpoint, monitor: str) -> dict[str, object]:
    """Return what an endpoint declares of a monitor, empty when it does not."""
    declared = (endpoint.declared or {}).get("monitors", ())
    return next((dict(each) for each in declared if each["monitor"] == monitor), {})


def window_row(name: str, window: Window, watches_metric: bool = True) -> views.WindowRow:
    """Return a window as a line of the table and a place on the tide line."""
    measured, drifted, latest = window.measured, window.drifted, window.latest
    verdict = window.performance.verdict if window.performance else _WAITS if watches_metric and latest.n_rows else ""
    return views.WindowRow(
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        url=urls.window_url(name, window.starts_at),
        n_rows=latest.n_rows,
        n_labelled=latest.n_labelled,
        versions=tuple(reference_link(version) for version in _busiest(latest)),
        value=_estimate(measured.served) if measured else None,
        never_retrained=_estimate(measured.never_retrained) if measured else None,
        reference=measured.reference.value if measured and measured.reference else None,
        mature=measured.mature if measured else not watches_metric,
        verdict=verdict or latest.verdict * (not watches_metric and not window.drift),
        tone=_TONES.get(verdict, views.Tone.QUIET),
        drift=window.drift.verdict if window.drift else "",
        drift_words=_drift_words(drifted) if drifted else "",
        drifted=window.drift is not None and window.drift.verdict == "drifted",
    )


def window(call: Viewer, name: str, start: str) -> views.WindowPage:
    """Return the page of one window."""
    endpoint = call.rooms.deployments.get(call.caller, name)
    windows, starts_at = windows_of(call, name), _instant(start)
    place = next((i for i, each in enumerate(windows) if each.starts_at == starts_at), None)
    if place is None:
        raise NotFoundError(
            f"endpoint {name!r} has no window that starts at {start[:40]!r}; 'tidemill monitor {name}' lists them all"
        )
    found = windows[place]
    metric, latest = metric_of(windows, endpoint), found.latest
    row = window_row(name, found, bool(metric))
    shown = METRIC_NAMES.get(metric, metric)
    turn = _fired(call, name, found)
    delay = declared_monitor(endpoint, "performance").get("label_delay")
    return views.WindowPage(
        frame=frame_of(call),
        endpoint=name,
        metric_name=shown,
        window=row,
        columns=_columns(found.drifted),
        n_columns_to_drift=found.drifted.min_columns if found.drifted else 1,
        drift_sentence=_drift_sentence(found),
        performance_sentence=_performance_sentence(shown, row),
        performance_words=found.measured.reason if found.measured else "",
        served=tuple(
            views.VersionShare(model=reference_link(version), n_rows=n, share=n / latest.n_rows)
            for version, n in _busiest(latest).items()
        ),
        labels_by=found.ends_at + parse_duration(str(delay)) if delay else None,
        evaluated_at=latest.evaluated_at,
        n_revised=latest.n_revised,
        turn=views.Link(text=_turn_name(turn, call), url=urls.turn_url(name, turn.id)) if turn else None,
        turn_words=_came_of(turn) if turn else "",
        before=_beside(name, windows, place - 1) if place else None,
        after=_beside(name, windows, place + 1) if place + 1 < len(windows) else None,
        label=views.Command(text="tidemill label labels.csv", words="Gives the labels of predictions by their ids."),
        python=python_of(call, f"/api/endpoints/{name}/windows"),
        cli=f"tidemill monitor {name} --window {start}",
    )


def _instant(start: str) -> datetime:
    try:
        found = datetime.fromisoformat(start.replace("Z", "+00:00"))
    except ValueError:
        raise NotFoundError(f"{start[:40]!r} is no start of a window; it is a day, such as 2013-06-03") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _busiest(record: WindowRecord) -> dict[str, int]:
    return dict(Counter(record.versions).most_common())


def _estimate(found: Estimate | None) -> views.Estimate | None:
    return None if found is None else views.Estimate(value=found.value, low=found.low, high=found.high, n=found.n)


def _drift_words(found: DriftResult) -> str:
    drifted = [each for each in found.columns if each.drifted]
    more = len(drifted) - _NAMED
    said = ", ".join(f"{each.column} {number(each.psi)}" for each in drifted[:_NAMED])
    return said + (f" and {more} more" if more > 0 else "")


def _columns(found: DriftResult | None) -> tuple[views.DriftColumn, ...]:
    return tuple(
        views.DriftColumn(
            name=each.column,
            role=each.role,
            psi=each.psi,
            limit=each.limit,
            usual=each.usual,
            ks=each.ks,
            null_share=each.null_ratio,
            null_share_then=each.null_ratio_before,
            drifted=each.drifted,
        )
        for each in (found.columns if found else ())
    )


def _drift_sentence(window: Window) -> str:
    found = window.drifted
    if found is None or window.drift is None:
        return ""
    if found.reason or not found.columns:
        return f"drift was not judged: {found.reason or window.drift.verdict}"
    worst = next((each.column for each in found.columns if each.drifted), "")
    return loop_sentences.drift(found.n_drifted, len(found.columns), worst)


def _performance_sentence(metric: str, row: views.WindowRow) -> str:
    if row.value is not None:
        return loop_sentences.performance(metric, row.value, row.never_retrained, row.reference)
    return f"{metric} was not measured: {row.verdict}" if metric and row.verdict else ""


def _fired(call: Call, name: str, window: Window) -> Turn | None:
    """Return the turn that a window fired: by drift, by a drop, or what was due at its very end."""
    for turn in call.rooms.loop.turns(call.caller, name, _MOST_TURNS):
        if turn.window_starts_at == window.starts_at and turn.due_at - window.ends_at <= timedelta(0):
            return turn
    return None


def _turn_name(turn: Turn, call: Call) -> str:
    return f"turn of {day(turn.due_at, call.rooms.clock.now())}"


def _came_of(turn: Turn) -> str:
    said = {
        "promoted": f"{turn.after} was promoted",
        "refused": "its candidate was refused",
        "waiting": "its candidate waits for approval",
        "running": "it goes on",
    }
    return said.get(turn.state, turn.outcome or turn.state)


def _beside(name: str, windows: Sequence[Window], place: int) -> views.Link:
    row = window_row(name, windows[place])
    return views.Link(text=row.period, url=row.url)


PAGES = Pages(contexts=((f"{urls.ENDPOINTS}/{{name}}/windows/{{start}}", window),))
