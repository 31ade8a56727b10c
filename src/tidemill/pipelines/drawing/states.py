"""What a step came to, or will come to: a word, a mark, a colour. Never the colour alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """How a state is shown.

    mark: a path in a square of 14. tone: the tone of the pages. color: readable on white and on black alike.
    sign, plain: the mark on a terminal, and where it has only ASCII. filled: the mark is an area and no line.
    """

    mark: str
    tone: str
    color: str
    sign: str
    plain: str
    filled: bool = False


_AGAIN = "M11.6 7a4.6 4.6 0 1 1-1.5-3.4M11.9 1.6v2.6H9.3"
_PLAY = "M4.2 2.6v8.8L11.4 7z"
_GREEN, _TIDE, _RED, _SAND, _GREY = "#2f9461", "#16888f", "#d1493a", "#b17a1d", "#7f8b92"

STATES: dict[str, State] = {
    "executed": State("M2.4 7.4 5.6 10.6 11.6 3.4", "good", _GREEN, "✓", "+"),
    "reused": State(_AGAIN, "quiet", _GREY, "↺", "="),
    "running": State(_PLAY, "tide", _TIDE, "▶", ">", filled=True),
    "waiting": State("M7 2.4a4.6 4.6 0 1 0 .01 0z", "quiet", _GREY, "○", "."),
    "failed": State("M3 3l8 8M11 3l-8 8", "bad", _RED, "✕", "x"),
    "caught": State("M7 1.8 12.6 12H1.4zM7 5.6v3M7 10.2v.4", "warn", _SAND, "△", "!"),
    "skipped": State("M2.6 7h8.8", "quiet", _GREY, "–", "-"),
    "cancelled": State("M3 3h8v8H3z", "quiet", _GREY, "□", "#"),
    "paused": State("M4.6 2.8v8.4M9.4 2.8v8.4", "warn", _SAND, "‖", "|"),
    "run": State(_PLAY, "tide", _TIDE, "▷", ">"),
    "reuse": State(_AGAIN, "quiet", _GREY, "↺", "="),
    "unknown": State("M4.6 5a2.4 2.4 0 1 1 3.6 2.1c-.9.5-1.2.9-1.2 1.7M7 11v.4", "warn", _SAND, "?", "?"),
}
_DECLARED = State("", "quiet", _GREY, "·", "*")
MARKS = {name: state.mark for name, state in STATES.items()}


def state_of(name: str) -> State:
    """Return how a state is shown; a quiet one without a mark for what is only declared or not known.

    >>> state_of("failed").tone, state_of("").tone
    ('bad', 'quiet')
    """
    return STATES.get(name, _DECLARED)


#: Worst first: what a nested pipeline comes to when its steps came to several things.
_ORDER = (
    "failed", "paused", "running", "cancelled", "waiting", "caught", "executed", "reused", "skipped",
    "unknown", "run", "reuse",
)  # fmt: skip


def state_together(states: list[str]) -> str:
    """Return the one state of several steps taken together.

    >>> state_together(["reused", "executed", "skipped"]), state_together(["executed", "waiting"]), state_together([])
    ('executed', 'running', '')
    """
    found = next((each for each in _ORDER if each in states), "")
    begun = {"executed", "reused", "caught"} & set(states)
    return "running" if found == "waiting" and begun else found
