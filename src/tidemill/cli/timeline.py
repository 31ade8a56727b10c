"""The timeline of the loop: a line for each week, printed as it is measured, and a chart of all at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.status import Status
from rich.text import Text

_HEAD = (
    f"{'week of':<8}{'flights':>7}  {'AUC served':<20} {'never':<6} {'labels':>6}  {'drift':<24} {'serving':<8} "
    f"{'what fired, and what came of it'}"
)
_STYLES = {"promoted": "green", "refused": "yellow", "unchanged": "yellow", "waiting": "yellow", "failed": "red"}
_LEAST_REACH = 0.02
_CHART_ROWS = 12
_MARKS = {"promoted": "P", "refused": "r", "unchanged": "r", "waiting": "w", "failed": "x"}


@dataclass(frozen=True)
class Week:
    """What is known of one week: what was measured, what fired after it and what came of that.

    auc, low, high: of what was served; None where it could not be measured. never: the same rows answered by the
    first version. coverage: the share of predictions with a label. outcome: promoted, refused, failed, or empty.
    """

    starts_at: datetime
    n_rows: int
    auc: float | None
    low: float | None
    high: float | None
    never: float | None
    coverage: float
    drift: str
    serving: str
    fired: str = ""
    outcome: str = ""


class Timeline:
    """Prints weeks. On a terminal a last line says what is going on; quiet, nothing is printed."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._status: Status | None = None
        self._said = ""

    def __enter__(self) -> Timeline:
        if not self._quiet:
            self._console.print(Text(f"  {_HEAD}", style="dim"))
            if self._console.is_terminal:
                self._status = self._console.status("")
                self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def say(self, doing: str) -> None:
        """Show what is going on, on a terminal only."""
        if self._status is not None and doing != self._said:
            self._status.update(Text(doing, style="cyan"))
            self._said = doing

    def add(self, week: Week) -> None:
        """Print a week."""
        if not self._quiet:
            self._console.print(line_of(week))


def line_of(week: Week) -> Text:
    """Return the line of a week.

    >>> from datetime import UTC
    >>> week = Week(datetime(2013, 7, 8, tzinfo=UTC), 6384, 0.735, 0.721, 0.749, 0.605, 0.97, "temp 8.1", "delay/4")
    >>> line_of(week).plain
    '  8 Jul     6,384  0.735 (0.721-0.749)  0.605    97 %  temp 8.1                 delay/4  '
    """
    measured = f"{week.auc:.3f} ({week.low:.3f}-{week.high:.3f})" if week.auc is not None else "not measured"
    never = f"{week.never:.3f}" if week.never is not None else "–"
    better = week.auc is not None and week.never is not None and week.auc > week.never
    drift = week.drift if len(week.drift) <= 24 else f"{week.drift[:23]}…"
    return Text.assemble(
        f"  {week.starts_at.day} {week.starts_at:%b}".ljust(11),
        f"{week.n_rows:>6,}  ",
        (f"{measured:<20} ", "bold" if better else ""),
        (f"{never:<6} ", "dim"),
        f"{week.coverage:>5.0%}  ".replace("%", " %"),
        (f"{drift:<24} ", "yellow" if week.drift else ""),
        f"{week.serving:<8} ",
        (week.fired, _STYLES.get(week.outcome, "")),
    )


def chart_of(weeks: Sequence[Week]) -> list[Text]:
    """Return a chart of the weeks' AUC, served against never retrained, with a mark where a turn ended."""
    values = [value for week in weeks for value in (week.auc, week.never) if value is not None]
    if not values:
        return []
    middle, reach = (max(values) + min(values)) / 2, max(max(values) - min(values), _LEAST_REACH)
    high, step = middle + reach / 2, reach / (_CHART_ROWS - 1)
    lines = []
    for row in range(_CHART_ROWS):
        level = high - row * step
        lines.append(Text(f"  {level:.2f} ┤", style="dim").append_text(_chart_row(weeks, (high, step), row)))
    marks = "".join(_MARKS.get(week.outcome, " ") for week in weeks)
    lines.append(Text(f"       └{'─' * len(weeks)}", style="dim"))
    lines.append(Text(f"        {marks}", style="green"))
    lines.append(Text(f"        {_months(weeks)}", style="dim"))
    key = "● served   · never retrained   ◉ the same   P promoted   r refused   x failed"
    lines.append(Text(f"        {key}", style="dim"))
    return lines


def _chart_row(weeks: Sequence[Week], scale: tuple[float, float], row: int) -> Text:
    text = Text()
    for week in weeks:
        served, never = (_row_of(value, scale) == row for value in (week.auc, week.never))
        if served and never:
            text.append("◉", "cyan")
        else:
            text.append("●" if served else "·" if never else " ", "bold cyan" if served else "")
    return text


def _row_of(value: float | None, scale: tuple[float, float]) -> int | None:
    high, step = scale
    return None if value is None else round((high - value) / step)


def _months(weeks: Sequence[Week]) -> str:
    """Write each month's name below its first whole week."""
    line = [" "] * (len(weeks) + 3)
    for i, week in enumerate(weeks):
        if i == 0 or week.starts_at.month != weeks[i - 1].starts_at.month:
            name = f"{week.starts_at:%b}"
            if all(char == " " for char in line[max(0, i - 1) : i + len(name)]):
                line[i : i + len(name)] = name
    return "".join(line).rstrip()
