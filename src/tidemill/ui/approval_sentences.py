"""The sentences over approvals, promotions and gate reports. Pure words from facts."""

from __future__ import annotations

from tidemill.ui.formats import count, number, percent, plural
from tidemill.ui.values import Tone

#: How a request stands, each with its tone.
STATES = {
    "pending": ("waits", Tone.WARN),
    "approved": ("took place", Tone.GOOD),
    "refused": ("refused by its gate", Tone.BAD),
    "rejected": ("rejected", Tone.BAD),
    "cancelled": ("taken back", Tone.QUIET),
    "superseded": ("superseded", Tone.QUIET),
    "expired": ("expired", Tone.QUIET),
}


#: What metrics mean to who has never heard of them, by the name that people say.
MEANINGS = {
    "AUC": "how well it tells cases apart; 1 is perfect, 0.5 a coin",
    "log loss": "how far off its probabilities are; less is better",
    "Brier score": "how far off its probabilities are, squared; less is better",
    "accuracy": "share of its decisions that are right",
    "precision": "of those it says yes to, the share that is yes",
    "recall": "of those that are yes, the share it finds",
    "false positive rate": "of those that are no, the share it says yes to",
    "share predicted positive": "how often it says yes",
    "base rate": "how often the answer really is yes",
    "MAE": "how far off its answers are on the mean; less is better",
    "RMSE": "how far off its answers are, large misses counting more; less is better",
    "R²": "share of the differences that it explains; 1 is all",
}


def approvals(n_mine: int, n_waiting: int) -> str:
    """Over the inbox.

    Examples:
        >>> approvals(0, 0), approvals(1, 3)
        ('Nothing waits for an answer.', '1 of 3 questions waits for you.')
        >>> approvals(0, 2)
        '2 questions wait, none of them for you.'
    """
    if not n_waiting:
        return "Nothing waits for an answer."
    if not n_mine:
        return f"{plural(n_waiting, 'question')} {'waits' if n_waiting == 1 else 'wait'}, none of them for you."
    return f"{n_mine} of {plural(n_waiting, 'question')} {'waits' if n_mine == 1 else 'wait'} for you."


def promotion(version: str, environment: str, state: str, champion: str) -> str:
    """Over one promotion.

    Examples:
        >>> promotion("delay/3", "production", "pending", "delay/2")
        'Should delay/3 take the place of delay/2 in production?'
        >>> promotion("delay/3", "production", "approved", "")
        'delay/3 came into production.'
        >>> promotion("delay/3", "production", "refused", "delay/2")
        'delay/3 did not come into production: its gate refused it.'
    """
    if state == "pending":
        place = f"take the place of {champion} in {environment}" if champion else f"come into {environment}"
        return f"Should {version} {place}?"
    if state == "approved":
        return f"{version} came into {environment}."
    why = {"refused": "its gate refused it", "rejected": "a person rejected it", "expired": "nobody answered in time"}
    return f"{version} did not come into {environment}: {why.get(state, f'the request was {state}')}."


def decided_otherwise(n: int, n_changed: int, n_to_yes: int, n_to_no: int, day: str) -> str:
    """Say how many of a day's answers would have been decided otherwise.

    Examples:
        >>> decided_otherwise(1240, 37, 21, 16, "2026-09-08")
        'Of the 1,240 answers of 2026-09-08, 37 (3 %) would be decided otherwise: 21 yes for no, 16 no for yes.'
        >>> decided_otherwise(10, 0, 0, 0, "2026-09-08")
        'Of the 10 answers of 2026-09-08, none would be decided otherwise.'
    """
    of = f"Of the {count(n)} answers of {day}"
    if not n_changed:
        return f"{of}, none would be decided otherwise."
    return (
        f"{of}, {count(n_changed)} ({percent(n_changed / n)}) would be decided otherwise: "
        f"{count(n_to_yes)} yes for no, {count(n_to_no)} no for yes."
    )


def slices(n_better: int, n_worse: int, n_alike: int) -> str:
    """Say for how many parts of the rows it gets better or worse.

    Examples:
        >>> slices(2, 1, 5)
        'Better for 2, worse for 1, no clear change for 5.'
        >>> slices(0, 0, 0), slices(0, 0, 3)
        ('The rows were not cut into parts.', 'No clear change for any of the 3 parts of the rows.')
    """
    if not n_better + n_worse + n_alike:
        return "The rows were not cut into parts."
    if not n_better + n_worse:
        return f"No clear change for any of the {n_alike} parts of the rows." if n_alike > 1 else "No clear change."
    said = [f"better for {n_better}", f"worse for {n_worse}", f"no clear change for {n_alike}"]
    return ", ".join(said).capitalize() + "."


def quality(metric: str, verdict: str, candidate: float, champion: float) -> str:
    """Say in plain words how good a candidate is beside the version in place.

    Examples:
        >>> quality("AUC", "no clear change", 0.778, 0.776)
        'It is about as good as the one in place: AUC 0.778, now 0.776, which chance alone may explain.'
        >>> quality("log loss", "better", 0.41, 0.46)
        'It is better than the one in place: log loss 0.410, now 0.460.'
    """
    numbers = f"{metric} {number(candidate)}, now {number(champion)}"
    if verdict == "no clear change":
        return f"It is about as good as the one in place: {numbers}, which chance alone may explain."
    return f"It is {verdict} than the one in place: {numbers}."


def rules(n_passed: int, n_rules: int) -> str:
    """Say how many of its gate's rules a candidate holds.

    Examples:
        >>> rules(8, 8), rules(7, 8)
        ('It holds all 8 rules that were set for it.', 'It breaks 1 of the 8 rules that were set for it.')
    """
    if n_passed == n_rules:
        return f"It holds all {plural(n_rules, 'rule')} that were set for it."
    return f"It breaks {n_rules - n_passed} of the {plural(n_rules, 'rule')} that were set for it."


def gate(passed: bool | None, n_passed: int, n_checks: int, n_judged: int) -> str:
    """Over a gate report.

    Examples:
        >>> gate(True, 4, 4, 2)
        'It holds all 4 rules; its gate has judged it 2 times.'
        >>> gate(False, 3, 4, 1)
        'It breaks 1 of 4 rules; its gate has judged it once.'
        >>> gate(None, 0, 0, 0)
        'No gate has judged it.'
    """
    if passed is None:
        return "No gate has judged it."
    times = "once" if n_judged == 1 else f"{n_judged} times"
    held = (
        f"It holds all {plural(n_checks, 'rule')}" if passed else f"It breaks {n_checks - n_passed} of {n_checks} rules"
    )
    return f"{held}; its gate has judged it {times}."
