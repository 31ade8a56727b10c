"""What a notebook shows of a graph and of a run: HTML that needs no script, no style sheet and no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tidemill.pipelines.drawing.figure import Figure
from tidemill.pipelines.drawing.folding import fold, groups_of
from tidemill.pipelines.drawing.states import state_of
from tidemill.pipelines.drawing.svg import svg

_MOST_OPEN = 60
_MOST_ROWS = 200
_CELL = 'style="text-align: left; padding: 2px 10px 2px 0; vertical-align: top"'


def graph_html(figure: Figure) -> str:
    """Return a graph as a notebook shows it; nested pipelines of a large one are folded.

    >>> from tidemill.pipelines.drawing.figure import Spot
    >>> shown = graph_html(Figure("delays", (Spot(0, "load"),)))
    >>> shown.startswith('<div style="overflow: auto'), "var(" in shown
    (True, False)
    """
    if len(figure.spots) > _MOST_OPEN:
        figure = fold(figure, groups_of(figure))
    return f'<div style="overflow: auto; max-height: 640px">{svg(figure, alone=True)}</div>'


def run_html(figure: Figure, head: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a run: a line about it, its graph, and a row of name, state, time and reason for each step.

    >>> from tidemill.pipelines.drawing.figure import Spot
    >>> figure = Figure("p", (Spot(0, "a", state="reused"),))
    >>> shown = run_html(figure, "run 01 finished", [("a", "reused", "4 ms", "<b>")])
    >>> "run 01 finished" in shown, "&lt;b&gt;" in shown
    (True, True)
    """
    lines = []
    for row in rows[:_MOST_ROWS]:
        name, state, *rest = row
        sign = state_of(state)
        marked = f'<span style="color: {sign.color}">{sign.sign}</span> {escape(state)}'
        cells = [f"<b>{escape(name)}</b>", marked, *(escape(each) for each in rest)]
        lines.append("<tr>" + "".join(f"<td {_CELL}>{each}</td>" for each in cells) + "</tr>")
    more = f"<p>and {len(rows) - _MOST_ROWS} more steps</p>" if len(rows) > _MOST_ROWS else ""
    titles = "".join(f"<th {_CELL}>{each}</th>" for each in ("step", "state", "took", "why"))
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    return f"<p>{escape(head)}</p>{graph_html(figure)}{table}{more}"
