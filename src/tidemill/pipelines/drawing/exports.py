"""A figure in the languages of other drawing programs: Graphviz DOT, Mermaid."""

from __future__ import annotations

from tidemill.pipelines.drawing.figure import Figure, Spot

_DOT_SHAPES = {"choice": "hexagon", "approval": "octagon", "map": "box3d", "pipeline": "folder"}
_MERMAID_SHAPES = {"choice": ("{{", "}}"), "approval": ("[/", "/]"), "map": ("[[", "]]"), "pipeline": ("([", "])")}


def dot(figure: Figure) -> str:
    """Return a figure as a graph of Graphviz.

    >>> from tidemill.pipelines.drawing.figure import Way
    >>> print(dot(Figure("p", (Spot(0, "a"), Spot(1, "b", "map")), (Way(0, 1, "then"),))))
    digraph "p" {
      rankdir=TB; node [shape=box, style=rounded];
      s0 [label="a"];
      s1 [label="b", shape=box3d];
      s0 -> s1 [label="then", style=dashed];
    }
    """
    lines = [f"digraph {_quoted(figure.title)} {{", "  rankdir=TB; node [shape=box, style=rounded];"]
    for spot in figure.spots:
        shape = f", shape={_DOT_SHAPES[spot.kind]}" if spot.kind in _DOT_SHAPES else ""
        lines.append(f"  s{spot.id} [label={_quoted(_label(spot))}{shape}];")
    for way in figure.ways:
        marked = f' [label="{way.branch}", style=dashed]' if way.branch else ""
        lines.append(f"  s{way.source} -> s{way.target}{marked};")
    return "\n".join([*lines, "}"])


def mermaid(figure: Figure) -> str:
    """Return a figure as a flow chart of Mermaid, which many pages of documentation draw.

    >>> from tidemill.pipelines.drawing.figure import Way
    >>> print(mermaid(Figure("p", (Spot(0, "a"), Spot(1, "b", "approval")), (Way(0, 1),))))
    flowchart TB
      s0["a"]
      s1[/"b"/]
      s0 --> s1
    """
    lines = ["flowchart TB"]
    for spot in figure.spots:
        left, right = _MERMAID_SHAPES.get(spot.kind, ("[", "]"))
        text = _label(spot).replace('"', "#quot;").replace("\n", " ")
        lines.append(f'  s{spot.id}{left}"{text}"{right}')
    arrows = {way: f"-. {way.branch} .->" if way.branch else "-->" for way in figure.ways}
    return "\n".join([*lines, *(f"  s{way.source} {arrow} s{way.target}" for way, arrow in arrows.items())])


def _label(spot: Spot) -> str:
    name = " / ".join([*spot.path, spot.name])
    rest = " ".join(each for each in (spot.state, spot.words) if each)
    return f"{name}: {rest}" if rest else name


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
