"""The sentences that open the pages of the loop: an endpoint that is watched, a window, a turn. Pure words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tidemill.ui.formats import count, day, interval, number, percent, plural, signed
from tidemill.ui.values import Estimate


def watched(serves: str, measured: str, turned: str, next_look: str) -> str:
    """Over an endpoint that is watched; the parts are the functions below, empty ones are left out.

    Examples:
        >>> watched("delay/4 serves", "AUC 0.703", "2 turns: 1 promoted, 1 refused", "the next look is on 17 Jun")
        'delay/4 serves: AUC 0.703. 2 turns: 1 promoted, 1 refused; the next look is on 17 Jun.'
        >>> watched("delay/4 serves", "", "", "")
        'delay/4 serves.'
    """
    first = ": ".join(part for part in (serves, measured) if part)
    second = "; ".join(part for part in (turned, next_look) if part)
    return f"{first}." + (f" {second[0].upper()}{second[1:]}." if second else "")


def serves(model: str, since: datetime | None, now: datetime) -> str:
    """Which version answers, and since when.

    Examples:
        >>> from datetime import UTC
        >>> serves("delay/4", datetime(2013, 6, 9, tzinfo=UTC), datetime(2013, 6, 20, tzinfo=UTC))
        'delay/4 serves since 9 Jun'
    """
    return f"{model} serves" + (f" since {day(since, now)}" if since else "")


def measured(name: str, value: Estimate, when: str, coverage: float | None, above: float | None) -> str:
    """The last measured window; `above` is how much the served metric is above never retrained.

    Examples:
        >>> measured("AUC", Estimate(value=0.703), "3 to 9 Jun 2013", 0.97, 0.041)
        'AUC 0.703 in the window of 3 to 9 Jun 2013, 97 % labelled, 0.041 above never retrained'
        >>> measured("AUC", Estimate(value=0.703), "3 to 9 Jun 2013", 1.0, 0.0)
        'AUC 0.703 in the window of 3 to 9 Jun 2013, 100 % labelled'
    """
    said = f"{name} {number(value.value)} in the window of {when}, {percent(coverage)} labelled"
    if above:
        said += f", {number(abs(above))} {'above' if above > 0 else 'below'} never retrained"
    return said


def turned(ends: Sequence[tuple[int, str]], running: str) -> str:
    """How the turns ended, and what fired the one that goes on.

    Examples:
        >>> turned([(4, "promoted"), (2, "refused"), (0, "failed")], "")
        '6 turns: 4 promoted, 2 refused'
        >>> turned([], "drift")
        'a turn goes on, fired by drift'
        >>> turned([(1, "promoted"), (1, "failed")], "schedule")
        '2 turns: 1 promoted, 1 failed, and one goes on, fired by schedule'
        >>> turned([(1, "promoted")], "hand")
        '1 turn: 1 promoted, and one goes on, fired by hand'
    """
    total = sum(n for n, _ in ends)
    if not total:
        return f"a turn goes on, fired by {running}" if running else ""
    said = f"{plural(total, 'turn')}: {', '.join(f'{count(n)} {word}' for n, word in ends if n)}"
    return said + (f", and one goes on, fired by {running}" if running else "")


def next_look(at: datetime | None, now: datetime) -> str:
    """When a window or the schedule is due next.

    Examples:
        >>> from datetime import UTC
        >>> next_look(datetime(2013, 6, 17, tzinfo=UTC), datetime(2013, 6, 12, tzinfo=UTC))
        'the next look is when events reach 17 Jun'
    """
    return "" if at is None else f"the next look is when events reach {day(at, now)}"


def window(performance: str, drift: str, n_rows: int) -> str:
    """Over one window: what was measured, and whether inputs drifted.

    Examples:
        >>> window("AUC was 0.703", "2 of 14 columns drifted", 6900)
        'AUC was 0.703; 2 of 14 columns drifted.'
        >>> window("", "", 0), window("", "", 12)
        ('No prediction fell into it.', '12 predictions fell into it; nothing has been judged yet.')
    """
    said = "; ".join(part for part in (performance, drift) if part)
    if said:
        return said + "."
    if not n_rows:
        return "No prediction fell into it."
    return f"{plural(n_rows, 'prediction')} fell into it; nothing has been judged yet."


def performance(name: str, value: Estimate, never: Estimate | None, reference: float | None) -> str:
    """The metric of a window against never retrained and against what was promised.

    Examples:
        >>> never = Estimate(value=0.662)
        >>> performance("AUC", Estimate(value=0.703, low=0.69, high=0.716), never, 0.71)
        'AUC was 0.703 (0.690 to 0.716), 0.662 had it never been retrained, 0.710 on held-out rows'
    """
    span = interval(value)
    said = f"{name} was {number(value.value)}" + (f" ({span})" if span else "")
    if never is not None and never.value != value.value:
        said += f", {number(never.value)} had it never been retrained"
    return said + (f", {number(reference)} on held-out rows" if reference is not None else "")


def drift(n_drifted: int, n_columns: int, worst: str) -> str:
    """How many columns drifted, and the farthest.

    Examples:
        >>> drift(2, 14, "temp"), drift(0, 14, ""), drift(1, 14, "temp")
        ('2 of 14 columns drifted, temp farthest', 'none of 14 columns drifted', 'temp, one of 14 columns, drifted')
    """
    if not n_drifted:
        return f"none of {plural(n_columns, 'column')} drifted"
    if n_drifted == 1:
        return f"{worst}, one of {plural(n_columns, 'column')}, drifted"
    return f"{n_drifted} of {plural(n_columns, 'column')} drifted, {worst} farthest"


def turn(reason: str, outcome: str, words: str, before: str) -> str:
    """Over one turn: why it was fired and how it ended.

    Examples:
        >>> turn("AUC fell to 0.64", "refused", "auc is 0.63", "delay/3")
        'AUC fell to 0.64, so a candidate was trained, and the gate refused it: auc is 0.63. delay/3 goes on serving.'
        >>> turn("every 28d", "promoted", "delay/4 serves", "delay/3")
        'Every 28d, so a candidate was trained and promoted: delay/4 serves.'
        >>> turn("drift", "waiting", "delay/4 waits for bo", "delay/3")
        'Drift, so a candidate was trained, and the gate let it pass: delay/4 waits for bo. delay/3 serves meanwhile.'
    """
    why = f"{reason[:1].upper()}{reason[1:].rstrip('.')}"
    ended = words.rstrip(".")
    match outcome:
        case "promoted":
            return f"{why}, so a candidate was trained and promoted" + (f": {ended}." if ended else ".")
        case "refused":
            said = f"{why}, so a candidate was trained, and the gate refused it"
            return said + (f": {ended}. " if ended else ". ") + f"{before} goes on serving."
        case "unchanged":
            return f"{why}, so a candidate was trained: {ended}."
        case "waiting":
            return f"{why}, so a candidate was trained, and the gate let it pass: {ended}. {before} serves meanwhile."
        case "failed":
            return f"{why}, but the turn failed" + (f": {ended}. " if ended else ". ") + f"{before} goes on serving."
        case _:
            return f"{why}; a candidate is being trained while {before} serves."


def since(name: str, n: int, value: float, gain: float) -> str:
    """How what serves after a turn has done, over its measured windows.

    Examples:
        >>> since("AUC", 3, 0.712, 0.041), since("AUC", 1, 0.712, 0.0)
        ('AUC 0.712 on average over 3 windows, +0.041 to never retrained', 'AUC 0.712 in 1 window')
    """
    told = f"{name} {number(value)} " + (f"in {plural(n, 'window')}" if n == 1 else f"on average over {n} windows")
    return told + (f", {signed(gain)} to never retrained" if gain else "")
