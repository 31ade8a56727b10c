"""Columns of the table of runs and their cells: what each shows of a run, in the pages' words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from math import isfinite, isnan

from tidemill.core import from_iso
from tidemill.tracking import Run, RunDetail
from tidemill.ui import urls, views
from tidemill.ui.formats import duration, exact, when

KINDS = ("metrics", "params", "tags")
#: Attributes by the name of their column: what they are ordered by in the search grammar, and their heading.
ATTRIBUTES = {
    "name": ("attributes.run_name", "run"),
    "experiment": ("attributes.experiment", "experiment"),
    "status": ("attributes.status", "status"),
    "started": ("attributes.start_time", "started"),
    "took": ("", "took"),
    "by": ("attributes.created_by", "by"),
    "id": ("attributes.run_id", "id"),
}
USUAL = ("name", "status", "started", "took", "by")
STATUS_TONES = {
    "running": views.Tone.TIDE,
    "scheduled": views.Tone.QUIET,
    "paused": views.Tone.WARN,
    "finished": views.Tone.GOOD,
    "failed": views.Tone.BAD,
}
_LONGEST = 120
_PLAIN = re.compile(r"[\w./:-]+")


def status_word(status: str) -> str:
    """Return how a run ended, in the pages' words.

    >>> status_word("killed"), status_word("finished")
    ('cancelled', 'finished')
    """
    return "cancelled" if status == "killed" else status


def kind_of(column: str) -> tuple[str, str]:
    """Return what a column is of and the key there; the kind of an attribute is empty.

    >>> kind_of("metrics.auc"), kind_of("params.`a key`"), kind_of("status")
    (('metrics', 'auc'), ('params', 'a key'), ('', 'status'))
    """
    kind, dot, key = column.partition(".")
    if not dot or kind not in KINDS:
        return "", column
    return kind, key[1:-1] if len(key) > 1 and key[0] == key[-1] == "`" else key


def ordered_by(column: str) -> str:
    """Return the name by which the search grammar orders by a column; empty where it cannot."""
    kind, key = kind_of(column)
    if not kind:
        return ATTRIBUTES.get(column, ("", ""))[0]
    return f"{kind}.{key}" if _PLAIN.fullmatch(key) else f"{kind}.`{key.replace('`', '``')}`"


def cells_of(detail: RunDetail, columns: Sequence[str], now: datetime) -> tuple[views.RunCell, ...]:
    """Return the values of a run in the order of the columns."""
    return tuple(_cell(detail, *kind_of(column), now) for column in columns)


def _cell(detail: RunDetail, kind: str, key: str, now: datetime) -> views.RunCell:
    if kind == "metrics":
        point = detail.metrics.get(key)
        return views.RunCell(text="") if point is None else number_cell(point.value)
    if kind:
        return text_cell((detail.params if kind == "params" else detail.tags).get(key, ""))
    return _OF_RUN[key](detail.run, now) if key in _OF_RUN else views.RunCell(text="")


def number_cell(value: float) -> views.RunCell:
    """Return a number as the table shows it, in full on hover."""
    shown = number_text(value)
    return views.RunCell(text=shown, title=repr(value) if repr(value) != shown else "")


def number_text(value: float) -> str:
    """Return a number in up to six figures; what is no number in words.

    >>> number_text(0.123456789), number_text(12.0), number_text(float("nan")), number_text(float("-inf"))
    ('0.123457', '12', 'NaN', '−∞')
    """
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.6g}".replace("-", "−", 1) if value < 0 else f"{value:.6g}"


def text_cell(text: str) -> views.RunCell:
    """Return text as the table shows it: its first line, in full on hover."""
    line = text.split("\n", 1)[0][:_LONGEST]
    return views.RunCell(text=line, title=text if line != text else "")


def run_name(run: Run) -> str:
    """Return what a run is called: its name, or the end of its id."""
    return run.name or run.id[-6:]


def _status(run: Run, _: datetime) -> views.RunCell:
    tone = STATUS_TONES.get(run.status, views.Tone.QUIET)
    return views.RunCell(text=status_word(run.status), tone=tone, title=run.error or "")


def _started(run: Run, now: datetime) -> views.RunCell:
    at = from_iso(run.started_at)
    return views.RunCell(text=when(at, now), title=exact(at))


def _took(run: Run, now: datetime) -> views.RunCell:
    ended = from_iso(run.ended_at) if run.ended_at else now
    seconds = max(0.0, (ended - from_iso(run.started_at)).total_seconds())
    return views.RunCell(text=duration(seconds) + ("" if run.ended_at else " so far"))


_OF_RUN: dict[str, Callable[[Run, datetime], views.RunCell]] = {
    "name": lambda run, _: views.RunCell(text=run_name(run)[:_LONGEST], title=run.id, url=urls.run_url(run.id)),
    "experiment": lambda run, _: views.RunCell(text=run.experiment, url=urls.runs_url(experiments=(run.experiment,))),
    "status": _status,
    "started": _started,
    "took": _took,
    "by": lambda run, _: views.RunCell(text=run.user_id or run.created_by),
    "id": lambda run, _: views.RunCell(text=run.id),
}
