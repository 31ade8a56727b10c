"""Runs as pictures: the graph with its nested pipelines folded or open, the time line, what stands for the state."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tidemill.core import digest_json
from tidemill.pipelines import (
    GraphNode,
    Seen,
    StepRun,
    element_counts,
    figure_of_run,
    n_done,
    nodes_of_steps,
    step_glances,
    timeline_of_run,
)
from tidemill.pipelines.drawing import Figure, Timeline, fold, groups_of
from tidemill.server.roles import Call
from tidemill.server.run_controls import GOES_ON
from tidemill.tracking import Run, RunDetail
from tidemill.ui import urls, views

_MOST_OPEN = 60
_MOST_FOLDS = 12
_MOST_BARS = 80
_AGE_S = 5


@dataclass(frozen=True)
class RunPictures:
    """The figure of a run as shown, the links that fold it, its time line and how many bars that has in all."""

    figure: Figure
    folds: tuple[views.Link, ...]
    timeline: Timeline
    n_bars: int
    nodes: tuple[GraphNode, ...]


def pictures(call: Call, run: Run, steps: list[StepRun], path: str, folded: str | None) -> RunPictures:
    """Return the pictures of a run. path: the page they stand on; folded: what its address says is folded."""
    graph = call.rooms.pipelines.graph(call.caller, run.id)
    nodes = graph.nodes if graph else nodes_of_steps(steps)
    ended = run.status not in GOES_ON
    counts = n_done(element_counts(call.rooms.database, call.caller, run.id))
    recorded = {step.position for step in steps}
    now = None if ended else call.rooms.clock.now()
    seen = Seen(ended, counts, now, lambda at: urls.run_step_url(run.id, at) if at in recorded else "")
    figure, folds = folded_figure(figure_of_run(run.experiment, nodes, steps, seen), path, folded)
    line = timeline_of_run(run.started_at, nodes, steps, seen)
    longest = sorted(line.bars, key=lambda bar: bar.starts_s - (bar.ends_s or line.seconds))[:_MOST_BARS]
    kept = {bar.position for bar in longest}
    shown = replace(line, bars=tuple(bar for bar in line.bars if bar.position in kept))
    return RunPictures(figure, folds, shown, len(line.bars), tuple(nodes))


def folded_figure(figure: Figure, path: str, folded: str | None) -> tuple[Figure, tuple[views.Link, ...]]:
    """Return a figure with what the address says folded, and links that fold and open its nested pipelines.

    Without a word in the address those of a small figure are open, and those of a large one folded.
    """
    groups = groups_of(figure)
    names = {"/".join(group): group for group in groups}
    if folded is None:
        closed = {"/".join(group) for group in groups if len(group) == 1} if len(figure.spots) > _MOST_OPEN else set()
    else:
        closed = {each for each in folded.split(",") if each in names}
    links = []
    for name, group in list(names.items())[:_MOST_FOLDS]:
        if any("/".join(group[:depth]) in closed for depth in range(1, len(group))):
            continue
        verb, after = ("Open", closed - {name}) if name in closed else ("Fold", closed | {name})
        address = urls.folded_url(path, ",".join(sorted(after)))
        links.append(views.Link(text=f"{verb} {name}", url=address))
    return fold(figure, [names[each] for each in closed]), tuple(links)


def stamp_of_run(call: Call, detail: RunDetail) -> str:
    """Return what is the same as long as a run's page would show the same; while steps run it changes with time."""
    run = detail.run
    glances = step_glances(call.rooms.database, call.caller, [run.id])[run.id]
    counts = element_counts(call.rooms.database, call.caller, run.id)
    running = run.status in GOES_ON and any(each.state == "running" for each in glances)
    age = int(call.rooms.clock.now().timestamp()) // _AGE_S if running else 0
    states = [[each.position, each.state, each.attempt] for each in glances]
    answers = [each.state for each in call.rooms.pipelines.approvals(call.caller, run.id)]
    logged = [repr(sorted(detail.metrics.values())), sorted(detail.params.items()), sorted(detail.tags.items())]
    elements = sorted((at, sorted(each.items())) for at, each in counts.items())
    return digest_json([run.status, age, states, elements, answers, logged])[:16]


def logs_url(call: Call, run_id: str) -> str:
    """Return the address of a run's log lines; empty where the store keeps none."""
    return f"/api/runs/{run_id}/logs" if hasattr(call.rooms, "step_logs") else ""
