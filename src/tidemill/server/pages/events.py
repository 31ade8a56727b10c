"""Events in words, and where what they are about can be looked at."""

from __future__ import annotations

from tidemill.core import from_iso
from tidemill.server.pages.evidence import reference_link, run_link
from tidemill.storage.events import EventRecord
from tidemill.ui import urls, views
from tidemill.ui.formats import plural

#: Kinds that home shows, each with the word of its chip and its tone. Others are in the audit trail.
SHOWN: dict[str, tuple[str, views.Tone]] = {
    "dataset.committed": ("data", views.Tone.QUIET),
    "run.finished": ("run", views.Tone.QUIET),
    "run.failed": ("run failed", views.Tone.BAD),
    "run.killed": ("run stopped", views.Tone.WARN),
    "gate.refused": ("refused", views.Tone.BAD),
    "model_version.registered": ("registered", views.Tone.TIDE),
    "model_version.promoted": ("promoted", views.Tone.GOOD),
    "endpoint.deployed": ("deployed", views.Tone.GOOD),
}

_PLAIN = {
    "run.finished": "finished",
    "run.failed": "failed",
    "run.killed": "was stopped",
    "model_version.registered": "was registered",
}


def happening(event: EventRecord) -> views.Happening:
    """Return a line of "what happened"."""
    kind, tone = SHOWN[event.kind]
    return views.Happening(
        at=from_iso(event.at),
        link=_about(event),
        words=f"{_words(event)}, by {event.actor}",
        kind=kind,
        tone=tone,
    )


def subject_link(event: EventRecord) -> views.Link:
    """Return what an event was done to, leading to its page when it has one."""
    room = event.kind.partition(".")[0]
    if room == "dataset":
        name, _, number = event.subject.partition("@")
        return views.Link(text=event.subject, url=urls.dataset_url(name, int(number) if number.isdecimal() else None))
    if room == "run":
        return run_link(event.subject)
    if room == "model" or event.kind == "gate.passed":
        return views.Link(text=event.subject, url=urls.model_url(event.subject))
    if room in {"model_version", "endpoint"}:
        return reference_link(event.subject)
    return views.Link(text=event.subject)


def data_words(event: EventRecord) -> str:
    """Return an event's small fields in short."""
    return ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in event.data.items() if value)


def _about(event: EventRecord) -> views.Link:
    if event.kind == "endpoint.deployed":
        return views.Link(text=str(event.data["endpoint"]), url=urls.endpoint_url(str(event.data["endpoint"])))
    if event.kind.startswith("run."):
        return run_link(event.subject, str(event.data.get("experiment", "run")))
    if event.kind == "gate.refused":
        return run_link(str(event.data["run_id"]))
    return subject_link(event)


def _words(event: EventRecord) -> str:
    data = event.data
    match event.kind:
        case "dataset.committed":
            return f"was committed, {plural(int(data['n_rows']), 'row')}"
        case "gate.refused":
            return f"offered a candidate that the gate of {data['endpoint']} refused"
        case "model_version.promoted":
            return f"became {data['alias']}"
        case "endpoint.deployed":
            return f"serves {event.subject} as revision {data['revision']}, {data['reason']}"
        case _:
            return _PLAIN[event.kind]


def _short(value: object) -> str:
    text = str(value)
    return text[:10] if len(text) in {32, 64} and text.isalnum() else text[:80]
