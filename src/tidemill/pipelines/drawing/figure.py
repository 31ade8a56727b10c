"""What is drawn: steps with their states, and the ways between them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spot:
    """One step of a figure.

    id: unique in the figure. kind: step, map, choice, approval, or pipeline for a folded one.
    state: of a run or of a plan, as `states` has them; empty when the graph is only declared.
    words: what stands under the name: how long it took, how many elements are done. path: the nested pipelines it is
    in, outermost first. url: where it leads, empty for nowhere. n_steps: how many it stands for.
    """

    id: int
    name: str
    kind: str = "step"
    state: str = ""
    words: str = ""
    path: tuple[str, ...] = ()
    url: str = ""
    n_steps: int = 1

    @property
    def said(self) -> str:
        """The step in words, for who cannot see the picture.

        >>> Spot(2, "train", state="executed", words="4.20 s", path=("fit",)).said
        'fit / train: executed, 4.20 s'
        """
        name = " / ".join([*self.path, self.name])
        kind = "" if self.kind == "step" else self.kind
        rest = ", ".join(each for each in (kind, self.state, self.words) if each)
        return f"{name}: {rest}" if rest else name


@dataclass(frozen=True)
class Way:
    """What one step hands to another. branch: ``then`` or ``otherwise`` where a condition decides; else empty."""

    source: int
    target: int
    branch: str = ""


@dataclass(frozen=True)
class Figure:
    """A graph to be drawn: its steps in their order, and the ways between them."""

    title: str
    spots: tuple[Spot, ...] = ()
    ways: tuple[Way, ...] = field(default=())

    def before(self) -> dict[int, list[int]]:
        """Return for each step which steps it waits for.

        >>> Figure("", (Spot(0, "a"), Spot(1, "b")), (Way(0, 1),)).before()
        {0: [], 1: [0]}
        """
        found: dict[int, list[int]] = {spot.id: [] for spot in self.spots}
        for way in self.ways:
            if way.source not in found[way.target]:
                found[way.target].append(way.source)
        return found
