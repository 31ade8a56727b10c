"""The sentences over traces. Pure words from facts."""

from __future__ import annotations

from tidemill.ui.formats import count, duration, plural


def traces(n_shown: int, n_failed: int, *, is_filtered: bool, more: bool) -> str:
    """Over the list of traces.

    Examples:
        >>> traces(3, 1, is_filtered=False, more=False), traces(100, 0, is_filtered=False, more=True)
        ('3 traces, 1 failed.', 'The newest 100 traces, none failed.')
        >>> traces(0, 0, is_filtered=True, more=False), traces(0, 0, is_filtered=False, more=False)
        ('No trace matches.', 'No trace is there yet.')
    """
    if not n_shown:
        return "No trace matches." if is_filtered else "No trace is there yet."
    match = (" matches" if n_shown == 1 else " match") if is_filtered and not more else ""
    newest = f"The newest {plural(n_shown, 'trace')}" if more else plural(n_shown, "trace")
    return f"{newest}{match}, {count(n_failed) if n_failed else 'none'} failed."


def trace(state: str, seconds: float | None, failed_in: str) -> str:
    """Over one trace.

    Examples:
        >>> trace("done", 0.12, ""), trace("failed", 0.12, "look_up")
        ('It was answered in 0.12 s.', 'It failed in look_up, after 0.12 s.')
        >>> trace("going on", None, "")
        'It goes on, or its end was never told.'
    """
    if state == "done":
        return f"It was answered in {duration(seconds)}." if seconds is not None else "It was answered."
    if state == "failed":
        where, after = f" in {failed_in}" if failed_in else "", f", after {duration(seconds)}" if seconds else ""
        return f"It failed{where}{after}."
    return "It goes on, or its end was never told."
