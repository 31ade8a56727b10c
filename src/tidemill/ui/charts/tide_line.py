"""The tide line: the served metric of each window against never retrained, and where the loop turned.

From the top: a lane of marks, each a link to its turn; the two lines with the interval of the served one; which
version answered; which share of the rows has its label; which windows drifted; the calendar. A window that still
waits for labels is hollow, one that was not measured leaves a gap. Every number stands in the table below it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from tidemill.ui.charts.tide_marks import tide_marks
from tidemill.ui.charts.tide_strips import DRIFT_BOTTOM, strips
from tidemill.ui.charts.time_axis import TimeAxis, even_ticks
from tidemill.ui.formats import interval, number, percent, plural
from tidemill.ui.views.loop import Loop
from tidemill.ui.views.monitoring import WindowRow

WIDTH, LEFT, RIGHT = 960, 58.0, 934.0
TOP, BOTTOM = 50.0, 246.0
HEIGHT = int(DRIFT_BOTTOM) + 30


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return BOTTOM - (BOTTOM - TOP) * min(1.0, max(0.0, share))


def tide_line(loop: Loop) -> Markup:
    """The picture as SVG; nothing without a window.

    Examples:
        >>> tide_line(Loop())
        Markup('')
    """
    if not loop.windows:
        return Markup("")
    windows = loop.windows
    axis = TimeAxis(windows[0].starts_at, windows[-1].ends_at, LEFT, RIGHT)
    scale = _scale(windows)
    parts = (
        _columns(windows, axis, loop.metric_name),
        _grid(scale, axis, loop.metric_name),
        _band(windows, axis, scale),
        _never(windows, axis, scale),
        _served(windows, axis, scale),
        strips(windows, axis),
        tide_marks(loop.turns, axis, BOTTOM),
    )
    return Markup(
        '<svg class="tide-line" viewBox="0 0 {0} {1}" role="group" aria-label="{2}"><desc>{3}</desc>{4}</svg>'
    ).format(WIDTH, HEIGHT, _said(loop), _described(loop), Markup("").join(parts))


def _said(loop: Loop) -> str:
    measured = [each for each in loop.windows if each.value is not None]
    said = f"Tide line: {loop.metric_name or 'drift'} over {plural(len(loop.windows), 'window')}"
    if measured:
        first, last = (number(each.value.value) for each in (measured[0], measured[-1]) if each.value)
        said += f", from {first} to {last}"
    if loop.gain is not None:
        said += f", {number(abs(loop.gain))} {'above' if loop.gain >= 0 else 'below'} never retrained on average"
    return f"{said}; {plural(len(loop.turns), 'turn')} of the loop"


def _described(loop: Loop) -> str:
    turns = [f"{turn.due_at:%Y-%m-%d} {turn.trigger}: {turn.outcome.value}" for turn in reversed(loop.turns)]
    return f"The table of windows below holds every number. {'; '.join(turns)}".strip()


def _scale(windows: Sequence[WindowRow]) -> _Scale:
    values = [
        value
        for each in windows
        for estimate in (each.value, each.never_retrained)
        if estimate is not None
        for value in (estimate.value, *((estimate.low, estimate.high) if estimate is each.value else ()))
        if value is not None
    ]
    if not values:
        return _Scale(0.0, 1.0)
    low, high = min(values), max(values)
    air = (high - low) * 0.06 or abs(high) * 0.05 or 0.5
    return _Scale(low - air, high + air)


def _grid(scale: _Scale, axis: TimeAxis, name: str) -> Markup:
    parts = [Markup('<text x="{0}" y="{1}" text-anchor="end" class="tide-name">{2}</text>').format(LEFT - 8, 31, name)]
    ticks = even_ticks(scale.low, scale.high)
    digits = max((len(f"{tick:g}".partition(".")[2]) for tick in ticks), default=0)
    for tick in ticks:
        y = scale.at(tick)
        parts.append(
            Markup(
                '<line class="grid-line" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
                '<text x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>'
            ).format(LEFT, RIGHT, y, LEFT - 8, y + 4, f"{tick:.{digits}f}")
        )
    for x, words in axis.ticks():
        parts.append(
            Markup(
                '<line class="tide-tick" x1="{0:.1f}" x2="{0:.1f}" y1="{1:g}" y2="{2:g}"/>'
                '<text x="{3:.1f}" y="{4:g}">{5}</text>'
            ).format(x, DRIFT_BOTTOM + 6, DRIFT_BOTTOM + 22, x + 5, DRIFT_BOTTOM + 19, words)
        )
    return Markup("").join(parts)


def _columns(windows: Sequence[WindowRow], axis: TimeAxis, name: str) -> Markup:
    """One column for each window, to be hovered and clicked; the keyboard finds the same links in the table."""
    return Markup("").join(
        Markup(
            '<a class="tide-window" href="{0}" tabindex="-1" aria-hidden="true"><title>{1}</title>'
            '<rect x="{2:.1f}" y="{3:g}" width="{4:.1f}" height="{5:g}"/></a>'
        ).format(
            each.url,
            _window_words(each, name),
            axis.at(each.starts_at),
            TOP - 6,
            max(1.0, axis.at(each.ends_at) - axis.at(each.starts_at)),
            DRIFT_BOTTOM - TOP + 8,
        )
        for each in windows
    )


def _window_words(each: WindowRow, name: str) -> str:
    lines = [each.period]
    if each.value is not None:
        span = interval(each.value)
        lines.append(f"{name} {number(each.value.value)}" + (f" ({span})" if span else ""))
    elif each.verdict:
        lines.append(each.verdict)
    if each.never_retrained is not None:
        lines.append(f"never retrained {number(each.never_retrained.value)}")
    lines.append(f"{plural(each.n_rows, 'row')}, {percent(each.coverage)} labelled")
    if each.versions:
        lines.append("answered by " + ", ".join(link.text for link in each.versions))
    if each.drift:
        lines.append(f"{each.drift}: {each.drift_words}" if each.drift_words else each.drift)
    return "\n".join(lines)


def _middle(each: WindowRow, axis: TimeAxis) -> float:
    return (axis.at(each.starts_at) + axis.at(each.ends_at)) / 2


def _stretches(windows: Sequence[WindowRow], held: str) -> Iterator[list[WindowRow]]:
    """Neighbours of which each has the number; a window without it parts them."""
    for has, group in groupby(windows, key=lambda each: getattr(each, held) is not None):
        if has:
            yield list(group)


def _band(windows: Sequence[WindowRow], axis: TimeAxis, scale: _Scale) -> Markup:
    bands = []
    for stretch in _stretches(windows, "value"):
        ends = [
            (_middle(each, axis), each.value.low, each.value.high)
            for each in stretch
            if each.value is not None and each.value.low is not None and each.value.high is not None
        ]
        around = [(x, high) for x, _, high in ends] + [(x, low) for x, low, _ in reversed(ends)]
        if len(ends) > 1:
            bands.append(Markup('<polygon class="tide-band" points="{0}"/>').format(_points(around, scale)))
    return Markup("").join(bands)


def _never(windows: Sequence[WindowRow], axis: TimeAxis, scale: _Scale) -> Markup:
    lines = [
        [(_middle(each, axis), each.never_retrained.value) for each in stretch if each.never_retrained]
        for stretch in _stretches(windows, "never_retrained")
    ]
    return Markup("").join(
        Markup('<polyline class="tide-never" points="{0}"/>').format(_points(line, scale)) for line in lines
    )


def _served(windows: Sequence[WindowRow], axis: TimeAxis, scale: _Scale) -> Markup:
    parts = []
    for stretch in _stretches(windows, "value"):
        line = [(_middle(each, axis), each.value.value) for each in stretch if each.value]
        parts.append(Markup('<polyline class="tide-served" points="{0}"/>').format(_points(line, scale)))
        for each, (x, value) in zip(stretch, line, strict=True):
            parts.append(
                Markup('<circle class="{0}" cx="{1:.1f}" cy="{2:.1f}" r="{3}"/>').format(
                    "tide-dot" if each.mature else "tide-dot tide-hollow", x, scale.at(value), 3 if each.mature else 3.6
                )
            )
    return Markup("").join(parts)


def _points(places: Sequence[tuple[float, float]], scale: _Scale) -> str:
    return " ".join(f"{x:.1f},{scale.at(value):.1f}" for x, value in places)
