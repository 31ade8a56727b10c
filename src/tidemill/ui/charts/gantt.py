"""When each step of a run waited and ran (Gantt 1910), and which of them decided how long it took."""

from __future__ import annotations

from markupsafe import Markup

from tidemill.pipelines.drawing import Bar, Timeline, state_of
from tidemill.ui.charts.time_axis import even_ticks
from tidemill.ui.formats import duration

LEFT, RIGHT, WIDTH = 168.0, 96.0, 980.0
ROW, TOP = 24.0, 24.0
_LONGEST = 22


def gantt(line: Timeline) -> Markup:
    """A row for each bar: a thin line where the step stood ready and waited, a bar where it ran.

    Examples:
        >>> bar = Bar(0, "load", "executed", 0.0, 0.0, 2.0, critical=True)
        >>> drawn = gantt(Timeline((bar,), 2.0))
        >>> 'aria-label="1 step in 2.00 s"' in drawn, "gantt-critical" in drawn
        (True, True)
        >>> gantt(Timeline((), 0.0))
        Markup('')
    """
    if not line.bars:
        return Markup("")
    scale = (WIDTH - LEFT - RIGHT) / max(line.seconds, 1e-9)
    height = TOP + ROW * len(line.bars) + 6
    parts = [_tick(each, scale, height) for each in even_ticks(0.0, max(line.seconds, 1e-9), 6) if each <= line.seconds]
    parts += [_row(bar, at, line, scale) for at, bar in enumerate(line.bars)]
    n = len(line.bars)
    return Markup(
        '<svg class="gantt" viewBox="0 0 {0:g} {1:g}" width="{0:g}" height="{1:g}" role="group" '
        'aria-label="{2} step{3} in {4}">{5}</svg>'
    ).format(WIDTH, height, n, "" if n == 1 else "s", duration(line.seconds), Markup("").join(parts))


def _tick(second: float, scale: float, height: float) -> Markup:
    return Markup(
        '<line class="grid-line" x1="{0:.1f}" x2="{0:.1f}" y1="{1:g}" y2="{2:g}"/>'
        '<text x="{0:.1f}" y="14" text-anchor="middle">{3}</text>'
    ).format(LEFT + second * scale, TOP - 4, height - 4, duration(second) if second else "0")


def _row(bar: Bar, at: int, line: Timeline, scale: float) -> Markup:
    middle = TOP + ROW * at + ROW / 2
    ends = line.seconds if bar.ends_s is None else bar.ends_s
    ready, start = LEFT + bar.ready_s * scale, LEFT + bar.starts_s * scale
    width = max(2.0, (ends - bar.starts_s) * scale)
    took = duration(ends - bar.starts_s) + (" so far" if bar.ends_s is None else "")
    waited = f", ready {duration(bar.waited_s)} before" if bar.waited_s >= 0.05 else ""
    decided = ", decided how long the run took" if bar.critical else ""
    said = f"{bar.name}: {bar.state}, {took}{waited}{decided}" + (f" ({bar.words})" if bar.words else "")
    inner = Markup(
        '<title>{0}</title><rect class="gantt-row" x="0" y="{1:.1f}" width="{2:g}" height="{3:g}"/>'
        '<text class="gantt-name" x="{4:g}" y="{5:.1f}" text-anchor="end">{6}</text>'
    ).format(said, middle - ROW / 2, WIDTH, ROW, LEFT - 10, middle + 4, _cut(bar.name))
    if start - ready >= 1:
        inner += Markup('<line class="gantt-wait" x1="{0:.1f}" x2="{1:.1f}" y1="{2:.1f}" y2="{2:.1f}"/>').format(
            ready, start, middle
        )
    inner += Markup('<rect class="gantt-bar" x="{0:.1f}" y="{1:.1f}" width="{2:.1f}" height="12" rx="3"/>').format(
        start, middle - 6, width
    )
    if bar.critical:
        inner += Markup('<line class="gantt-decides" x1="{0:.1f}" x2="{1:.1f}" y1="{2:.1f}" y2="{2:.1f}"/>').format(
            start, start + width, middle + 9
        )
    inner += Markup('<text x="{0:.1f}" y="{1:.1f}">{2}</text>').format(start + width + 6, middle + 4, took)
    classes = f"gantt-step gantt-{state_of(bar.state).tone}" + (" gantt-critical" if bar.critical else "")
    if bar.url.startswith("/") and not bar.url.startswith("//"):
        return Markup('<a class="{0}" href="{1}" aria-label="{2}">{3}</a>').format(classes, bar.url, said, inner)
    return Markup('<g class="{0}">{1}</g>').format(classes, inner)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
