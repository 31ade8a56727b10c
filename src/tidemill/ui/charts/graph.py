"""A graph of steps as a picture of a page: the room's own drawing, coloured by the style sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from tidemill.pipelines.drawing import Figure, state_of, svg

_SIDE, _STEP, _MOST = 9, 12, 40


def graph(figure: Figure) -> Markup:
    """The figure as SVG; each step is a link with its state in words.

    Examples:
        >>> from tidemill.pipelines.drawing import Spot
        >>> 'class="spot spot-executed spot-step"' in graph(Figure("p", (Spot(0, "a", state="executed"),)))
        True
    """
    return Markup(svg(figure))  # noqa: S704 - the drawing escapes every name


def strip(states: Sequence[str]) -> Markup:
    """A square for each step of a run, in order, coloured and marked by its state; of very many a share of each state.

    Examples:
        >>> 'aria-label="2 executed, 1 reused"' in strip(["executed", "reused", "executed"])
        True
        >>> strip([])
        Markup('')
    """
    if not states:
        return Markup("")
    counts = Counter(states)
    said = ", ".join(f"{n} {state}" for state, n in counts.most_common())
    shown = list(states)
    if len(shown) > _MOST:
        shown = [state for state, n in counts.most_common() for _ in range(max(1, round(n * _MOST / len(states))))]
    squares = Markup("").join(
        Markup('<rect class="strip-{0} strip-of-{1}" x="{2}" y="0" width="{3}" height="{4}" rx="2"/>').format(
            state_of(state).tone, state, at * _STEP, _SIDE, _SIDE
        )
        for at, state in enumerate(shown)
    )
    width = len(shown) * _STEP
    return Markup(
        '<svg class="strip" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">'
        "<title>{2}</title>{3}</svg>"
    ).format(width, _SIDE, said, squares)
