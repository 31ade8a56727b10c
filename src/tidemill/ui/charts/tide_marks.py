"""The marks over the tide line: where the loop turned. Each is a link to its turn; its shape says how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from tidemill.ui.charts.time_axis import TimeAxis
from tidemill.ui.views.loop import Outcome, TurnRow

_LANE = 28.0
_RADIUS = 7.0
_DISTANCE = 2 * _RADIUS + 1
_LETTER = 6.1
_SIGNS = {
    Outcome.PROMOTED: "M-3.2 1.2 0 -2.6 3.2 1.2M0 -2.4V3.4",
    Outcome.UNCHANGED: "M-3 -1.4H3M-3 1.6H3",
    Outcome.REFUSED: "M-2.5 -2.5 2.5 2.5M2.5 -2.5 -2.5 2.5",
    Outcome.FAILED: "M0 -3.4V.8M0 3.2V3.4",
    Outcome.WAITING: "M-1.4 -2.6V2.6M1.4 -2.6V2.6",
    Outcome.RUNNING: "M-3 0h.1M0 0h.1M3 0h.1",
}


def tide_marks(turns: Sequence[TurnRow], axis: TimeAxis, bottom: float) -> Markup:
    """The marks, oldest first; `bottom` is where a mark's line ends."""
    shown = sorted(
        (turn for turn in turns if axis.start <= turn.due_at <= axis.end), key=lambda turn: (turn.due_at, turn.turn_id)
    )
    places = _apart([axis.at(turn.due_at) for turn in shown], axis.right)
    named = _with_room(shown, places)
    return Markup("").join(
        _mark(turn, x, axis.at(turn.due_at), bottom, named[i])
        for i, (turn, x) in enumerate(zip(shown, places, strict=True))
    )


def _mark(turn: TurnRow, x: float, line: float, bottom: float, named: bool) -> Markup:
    said = f"{turn.due_at.day} {turn.due_at:%b}: fired by {turn.trigger}, {turn.outcome.value}"
    name = Markup('<text x="{0:.1f}" y="14" text-anchor="middle">{1}</text>').format(x, turn.trigger) if named else ""
    return Markup(
        '<a class="tide-mark tide-{0}" href="{1}" aria-label="{2}"><title>{3}</title>'
        '<line x1="{4:.1f}" x2="{4:.1f}" y1="{5:g}" y2="{6:g}"/>{7}'
        '<g transform="translate({8:.1f} {9:g})"><circle class="tide-halo" r="{10:g}"/><circle r="{11:g}"/>'
        '<path d="{12}"/></g></a>'
    ).format(
        turn.outcome.value,
        turn.url,
        said,
        "\n".join(part for part in (said, turn.reason, turn.words) if part),
        line,
        _LANE + _RADIUS,
        bottom,
        name,
        x,
        _LANE,
        _RADIUS + 6,
        _RADIUS,
        _SIGNS[turn.outcome],
    )


def _apart(places: Sequence[float], right: float) -> list[float]:
    """Put marks that would cover each other side by side, and none beyond the right edge."""
    apart, last = [], float("-inf")
    for place in places:
        last = max(place, last + _DISTANCE)
        apart.append(last)
    limit = right
    for i in reversed(range(len(apart))):
        apart[i] = min(apart[i], limit)
        limit = apart[i] - _DISTANCE
    return apart


def _with_room(turns: Sequence[TurnRow], places: Sequence[float]) -> list[bool]:
    """Tell which marks have room for the word of what fired them; promoted ones are asked first."""
    named = [False] * len(turns)
    taken: list[tuple[float, float]] = []
    for i in sorted(range(len(turns)), key=lambda i: (turns[i].outcome is not Outcome.PROMOTED, i)):
        half = len(turns[i].trigger) * _LETTER / 2 + 3
        start, end = places[i] - half, places[i] + half
        if all(end <= left or right <= start for left, right in taken):
            taken.append((start, end))
            named[i] = True
    return named
