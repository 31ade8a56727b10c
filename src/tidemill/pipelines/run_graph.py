"""The graph of a run as it was planned: what pages draw, and what a plan is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidemill.pipelines.graph.nodes import Graph


@dataclass(frozen=True)
class GraphNode:
    """A node of a recorded graph.

    name: the step's; the question of an approval. kind: ``step``, ``map``, ``choice`` or ``approval``.
    path: the nested pipelines that it lies in, the outermost first. line: where it is called, as ``flights.py:31``.
    outputs: the names of what it returns. depends_on: positions of the nodes that it reads.
    guards: it runs only when these outputs (position, name) are true or false as told.
    """

    position: int
    name: str
    kind: str
    path: tuple[str, ...]
    line: str
    outputs: tuple[str, ...]
    depends_on: tuple[int, ...]
    guards: tuple[tuple[int, str, bool], ...] = ()

    @classmethod
    def from_json(cls, node: Mapping[str, Any]) -> GraphNode:
        """Read a node as it was recorded."""
        guards = tuple((position, output, wanted) for position, output, wanted in node["guards"])
        lists = {name: tuple(node[name]) for name in ("path", "outputs", "depends_on")}
        return cls(node["position"], node["name"], node["kind"], line=node["line"], guards=guards, **lists)


@dataclass(frozen=True)
class RunGraph:
    """The nodes of a run's graph, and what was planned of them.

    forecast: for each node at least ``position``, ``step``, ``action`` (reuse, run, unknown) and ``why``.
    """

    run_id: str
    pipeline: str
    nodes: tuple[GraphNode, ...]
    forecast: tuple[Mapping[str, Any], ...] = field(default=())


def graph_nodes(graph: Graph) -> tuple[GraphNode, ...]:
    """Return the nodes of a graph as they are recorded."""
    return tuple(
        GraphNode(
            position=node.position,
            name=node.name,
            kind=node.kind,
            path=node.path,
            line=node.line,
            outputs=node.step.output_names(),
            depends_on=tuple(sorted({reference.position for reference in node.reads})),
            guards=tuple((reference.position, reference.output, wanted) for reference, wanted in node.guards),
        )
        for node in graph.nodes
    )
