"""Figures of graphs, runs and plans: what the drawing needs, taken from the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tidemill.core import from_iso
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines.drawing import Bar, Figure, Spot, Timeline, Way, run_html, timeline
from tidemill.pipelines.graph.handle import Reference
from tidemill.pipelines.run_graph import GraphNode

_FROM_STEP = re.compile(r"step (\d+) ")
_UNTOLD = frozenset({"reused", "skipped", "waiting"})


def _nowhere(_: int) -> str:
    """Lead nowhere."""
    return ""


@dataclass(frozen=True)
class Seen:
    """What is known of a run beside its steps. ended: whether it has; done: of each map how many elements have ended.

    now: steps that go on are told with how long they have. url: where the step at a position leads.
    """

    ended: bool = True
    done: Mapping[int, int] = field(default_factory=dict)
    now: datetime | None = None
    url: Callable[[int], str] = _nowhere


def recorded_nodes(nodes: Iterable[Any]) -> tuple[GraphNode, ...]:
    """Return traced nodes as they are recorded and drawn; what a node does not tell is as that of a plain step."""
    return tuple(
        GraphNode(
            position=node.position,
            name=getattr(node, "name", node.step.name),
            kind=getattr(node, "kind", "step"),
            path=tuple(getattr(node, "path", ())),
            line=getattr(node, "line", ""),
            outputs=node.step.output_names(),
            depends_on=tuple(sorted({each.position for each in _reads(node)})),
            guards=tuple((each.position, each.output, wanted) for each, wanted in getattr(node, "guards", ())),
        )
        for node in nodes
    )


def figure_of_nodes(title: str, nodes: Sequence[GraphNode]) -> Figure:
    """Return a graph as it is declared.

    >>> node = GraphNode(1, "train", "step", (), "", ("result",), (0,), ((0, "result", True),))
    >>> figure_of_nodes("p", [GraphNode(0, "check", "step", (), "", ("result",), ()), node]).ways
    (Way(source=0, target=1, branch='then'),)
    """
    spots = tuple(Spot(node.position, node.name, node.kind, path=node.path) for node in nodes)
    return Figure(title, spots, tuple(_ways(nodes)))


def nodes_of_steps(steps: Sequence[StepRun]) -> tuple[GraphNode, ...]:
    """Return the nodes of a run whose graph is not recorded: its steps, by what they read."""
    found = []
    for step in steps:
        reads = (_FROM_STEP.match(each["reference"]) for each in step.inputs)
        before = tuple(sorted({int(each[1]) - 1 for each in reads if each}))
        path = tuple(each for each in step.path.split("/") if each)
        found.append(GraphNode(step.position, step.step, step.kind, path, step.line, (), before))
    known = {node.position for node in found}
    return tuple(replace(node, depends_on=tuple(each for each in node.depends_on if each in known)) for node in found)


def figure_of_run(title: str, nodes: Sequence[GraphNode], steps: Sequence[StepRun], seen: Seen | None = None) -> Figure:
    """Return a run: each node with what it came to; one that nothing is recorded of waits, or was not reached."""
    seen = seen or Seen()
    by_position = {step.position: step for step in steps}
    spots = []
    for spot in figure_of_nodes(title, nodes).spots:
        step = by_position.get(spot.id)
        if step is None:
            state, words = ("skipped", "not reached") if seen.ended else ("waiting", "")
        else:
            state, words = step.state, _words(step, seen)
        spots.append(replace(spot, state=state, words=words, url=seen.url(spot.id)))
    return Figure(title, tuple(spots), tuple(_ways(nodes)))


def figure_of_plan(title: str, nodes: Sequence[GraphNode], forecast: Sequence[Mapping[str, Any]]) -> Figure:
    """Return a plan: each node with what would be done, and how long that is expected to take where that is told."""
    planned = {each["position"]: each for each in forecast}
    spots = []
    for spot in figure_of_nodes(title, nodes).spots:
        each = planned.get(spot.id, {})
        expected = each.get("seconds")
        words = f"about {took(expected)}" if isinstance(expected, int | float) and each.get("action") == "run" else ""
        spots.append(replace(spot, state=str(each.get("action", "")), words=words))
    return Figure(title, tuple(spots), tuple(_ways(nodes)))


def timeline_of_run(began: str, nodes: Sequence[GraphNode], steps: Sequence[StepRun], seen: Seen) -> Timeline:
    """Return when the steps of a run waited and ran. began: when the run did, as stored."""
    start = from_iso(began)
    bars = []
    for step in sorted(steps, key=lambda each: (each.started_at, each.position)):
        if step.state in {"waiting", "skipped"}:
            continue
        starts = (from_iso(step.started_at) - start).total_seconds()
        ends = None if step.state in {"running", "paused"} and not seen.ended else starts + step.seconds
        words = _words(step, seen)
        bars.append(
            Bar(step.position, step.step, step.state, 0.0, starts, ends, words=words, url=seen.url(step.position))
        )
    before = {node.position: [*node.depends_on, *(guard[0] for guard in node.guards)] for node in nodes}
    so_far = (seen.now - start).total_seconds() if seen.now and not seen.ended else 0.0
    return timeline(bars, before, so_far)


def shown_run(run_id: str, pipeline: str, steps: Sequence[StepRun]) -> str:
    """Return a run that has ended as a notebook shows it: its graph with what each step came to, and why."""
    executed = sum(step.state in {"executed", "caught"} for step in steps)
    head = f"run {run_id} of {pipeline}: {executed} of {len(steps)} steps executed"
    rows = [(step.step, step.state, took(step.seconds), step.note.partition("\n")[0]) for step in steps]
    return run_html(figure_of_run(pipeline, nodes_of_steps(steps), steps), head, rows)


def took(seconds: float) -> str:
    """Return a length of time as it stands in a box.

    >>> took(0.004), took(4.2), took(75), took(7400)
    ('4 ms', '4.20 s', '1 min 15 s', '2 h 3 min')
    """
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _words(step: StepRun, seen: Seen) -> str:
    parts = []
    if step.n_elements is not None and step.kind == "map":
        done = seen.done.get(step.position, 0)
        parts.append(f"{done:,} of {step.n_elements:,}" if done != step.n_elements else f"{step.n_elements:,}")
    if step.state == "running":
        if seen.now is not None:
            parts.append(took(max(0.0, (seen.now - from_iso(step.started_at)).total_seconds())))
    elif step.state not in _UNTOLD:
        parts.append(took(step.seconds))
    if step.attempt > 1:
        parts.append(f"try {step.attempt}")
    return ", ".join(parts)


def _ways(nodes: Sequence[GraphNode]) -> Iterable[Way]:
    known: set[int] = set()
    for node in nodes:
        guards = {position: "then" if wanted else "otherwise" for position, _, wanted in node.guards}
        for position in dict.fromkeys([*guards, *node.depends_on]):
            if position in known:
                yield Way(position, node.position, guards.get(position, ""))
        known.add(node.position)


def _reads(node: Any) -> Iterable[Reference]:
    reads: Iterable[Reference] | None = getattr(node, "reads", None)
    return _references(node.arguments) if reads is None else reads


def _references(value: Any) -> set[Reference]:
    if isinstance(value, Reference):
        return {value}
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return {each for item in value for each in _references(item)}
    return set()
