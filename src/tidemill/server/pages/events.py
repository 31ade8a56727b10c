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
    "model_version.demoted": ("demoted", views.Tone.WARN),
    "approval.requested": ("asks", views.Tone.WARN),
    "approval.rejected": ("rejected", views.Tone.BAD),
    "break_glass.used": ("break-glass", views.Tone.BAD),
    "endpoint.deployed": ("deployed", views.Tone.GOOD),
    "turn.fired": ("turn", views.Tone.TIDE),
    "turn.settled": ("turn", views.Tone.QUIET),
}

_PLAIN = {
    "run.finished": "finished",
    "run.failed": "failed",
    "run.killed": "was stopped",
    "model_version.registered": "was registered",
    "break_glass.used": "was brought in without its gate",
}


def happening(event: EventRecord) -> views.Happening:
    """Return a line of "what happened"."""
    kind, tone = SHOWN[event.kind]
    if event.kind == "turn.settled":
        outcome = views.Outcome(event.data["state"])
        kind, tone = outcome.value, outcome.tone
    return views.Happening(
        at=from_iso(event.at),
        link=_about(event),
        words=f"{_words(event)}, by {event.actor}",
        kind=kind,
        tone=tone,
    )


def subject_link(event: EventRecord) -> views.Link:
    """Return what an event was done to, leading to its page when it has one."""
    subject, data = event.subject, event.data
    match event.kind.split("."):
        case ["dataset", _]:
            name, _, number = subject.partition("@")
            url = urls.dataset_url(name, int(number) if number.isdecimal() else None)
        case ["run", _]:
            return run_link(subject)
        case ["approval", _]:
            return views.Link(text=str(data["version"]), url=urls.promotion_url(subject))
        case ["break_glass", _]:
            return reference_link(subject)
        case ["model", _] | ["gate", "passed"] | ["policy", _]:
            url = urls.model_url(subject)
        case ["turn", _]:
            return views.Link(text=f"turn {subject[-6:]}", url=urls.turn_url(str(data["endpoint"]), subject))
        case ["window", _]:
            url = urls.window_url(subject, from_iso(str(data["starts_at"])))
        case ["labels", _] if data.get("n_accepted") and "," not in subject:
            url = urls.endpoint_url(subject)
        case ["model_version" | "endpoint", _]:
            return reference_link(subject)
        case _:
            url = ""
    return views.Link(text=subject, url=url)


def data_words(event: EventRecord) -> str:
    """Return an event's small fields in short."""
    return ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in event.data.items() if value)


def _about(event: EventRecord) -> views.Link:
    if event.kind == "endpoint.deployed":
        return views.Link(text=str(event.data["endpoint"]), url=urls.endpoint_url(str(event.data["endpoint"])))
    if event.kind.startswith("turn."):
        link = subject_link(event)
        return views.Link(text=str(event.data["endpoint"]), url=link.url)
    if event.kind.startswith("run."):
        return run_link(event.subject, str(event.data.get("experiment", "run")))
    if event.kind == "gate.refused":
        return run_link(str(event.data["run_id"]))
    return subject_link(event)


def _words(event: EventRecord) -> str:
    data = event.data
    match event.kind:
        case "dataset.committed":
            said = f"was committed, {plural(int(data['n_rows']), 'row')}"
        case "gate.refused":
            said = f"offered a candidate that the gate of {data['endpoint']} refused"
        case "model_version.promoted":
            said = f"became {data['alias']}"
        case "model_version.demoted":
            said = f"is {data['alias']} no more"
        case "approval.requested":
            said = f"asks to come into {data['environment']}"
        case "approval.rejected":
            said = f"was kept out of {data['environment']}"
        case "endpoint.deployed":
            said = f"serves {event.subject} as revision {data['revision']}, {data['reason']}"
        case "turn.fired":
            said = f"began a turn of its loop, fired by {data['trigger']}"
        case "turn.settled":
            said = _settled(str(data["state"]), str(data["before"]), str(data["after"]))
        case _:
            said = _PLAIN[event.kind]
    return said


def _settled(state: str, before: str, after: str) -> str:
    """Say how a turn ended.

    >>> _settled("promoted", "delay/3", "delay/4"), _settled("failed", "delay/3", "delay/3")
    ('ended a turn of its loop with delay/4', 'ended a turn of its loop without a candidate, delay/3 goes on')
    """
    if state == "promoted":
        return f"ended a turn of its loop with {after}"
    how = {"failed": "without a candidate", "unchanged": "with what served before"}.get(state, "with a refusal")
    return f"ended a turn of its loop {how}, {before} goes on"


def _short(value: object) -> str:
    text = str(value)
    return text[:10] if len(text) in {32, 64} and text.isalnum() else text[:80]
