"""What keys, names, texts and points must be, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidemill.core import UsageError
from tidemill.tracking.runs import MetricPoint

_LONGEST_KEY = 250
_LONGEST_EXPERIMENT = 500
_BEYOND = 2**63


def check_experiment_name(name: str) -> None:
    """Raise UsageError unless an experiment may be called so."""
    most = _LONGEST_EXPERIMENT
    if len(name) > most:
        raise UsageError(
            f"'name' exceeds the maximum length of {most} characters: that of the experiment has {len(name)}"
        )
    if not name.strip():
        raise UsageError(f"{name[:80]!r} cannot name an experiment; use 1 to {most} characters, not all of them blank")
    check_text("the name of an experiment", name)


def check_texts(values: Mapping[str, object]) -> dict[str, str]:
    """Return values as text. Raises UsageError for a bad key or a text that cannot be stored."""
    for key in values:
        check_key(key)
    texts = {key: str(value) for key, value in values.items()}
    for key, text in texts.items():
        check_text(key, text)
    return texts


def check_text(key: str, text: str) -> None:
    """Raise UsageError for a text that not every store can hold."""
    if "\0" in text or not _is_unicode(text):
        raise UsageError(f"{key!r} is text that not every store can hold; leave out NUL and what is no Unicode")


def check_key(key: object) -> None:
    """Raise UsageError for what cannot be the key of a param, a metric or a tag."""
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
        raise UsageError(f"{str(key)[:80]!r} cannot be a key; use 1 to {_LONGEST_KEY} printable characters")


def as_number(key: str, value: float) -> float:
    """Return a value as a number. Raises UsageError."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"metric {key!r} is {str(value)[:80]!r}; metrics are numbers") from None


def check_points(points: Sequence[MetricPoint]) -> None:
    """Raise UsageError for a bad key, a step or an instant out of range, a value that is no number."""
    for key in {point.key for point in points}:
        check_key(key)
    steps = [point.step for point in points]
    if not all(map(_is_whole, steps)):
        wrong = next(point for point in points if not _is_whole(point.step))
        raise UsageError(f"metric {wrong.key!r} has the step {wrong.step!r}; use a whole number of 64 bits")
    if not all(at is None or _is_whole(at) for at in {each.at for each in points}):
        raise UsageError("a metric's instant is a whole number of milliseconds since 1970, of less than 64 bits")
    if not all(type(point.value) is float or type(point.value) is int for point in points):
        wrong = next(point for point in points if type(point.value) not in {float, int})
        raise UsageError(f"metric {wrong.key!r} is {str(wrong.value)[:80]!r}; metrics are numbers")


def _is_whole(number: object) -> bool:
    return type(number) is int and -_BEYOND <= number < _BEYOND


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
