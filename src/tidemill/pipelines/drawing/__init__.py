"""Drawing graphs of steps: one figure, laid out once, shown as SVG, as text, as DOT and as Mermaid.

figure    what is drawn: steps, the ways between them; states the words, marks and colours of what a step came to
folding   nested pipelines as one step each
layers    which row each step stands in, and in which order; places where exactly
layout    the picture: boxes and curves
svg       the picture as SVG; notebook as what a notebook shows of a graph or a run, by itself
text      the same on a terminal; exports as DOT and Mermaid
timeline  when each step waited and ran, and which of them decided how long the run took
"""

from __future__ import annotations

from tidemill.pipelines.drawing.exports import dot, mermaid
from tidemill.pipelines.drawing.figure import Figure, Spot, Way
from tidemill.pipelines.drawing.folding import fold, groups_of
from tidemill.pipelines.drawing.layout import Picture, lay_out
from tidemill.pipelines.drawing.notebook import graph_html, run_html
from tidemill.pipelines.drawing.states import MARKS, STATES, State, state_of
from tidemill.pipelines.drawing.svg import svg
from tidemill.pipelines.drawing.text import drawn_lines, timeline_lines
from tidemill.pipelines.drawing.timeline import Bar, Timeline, timeline

__all__ = [
    "MARKS",
    "STATES",
    "Bar",
    "Figure",
    "Picture",
    "Spot",
    "State",
    "Timeline",
    "Way",
    "dot",
    "drawn_lines",
    "fold",
    "graph_html",
    "groups_of",
    "lay_out",
    "mermaid",
    "run_html",
    "state_of",
    "svg",
    "timeline",
    "timeline_lines",
]
