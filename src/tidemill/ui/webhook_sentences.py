"""The sentences over webhooks. Pure words from facts."""

from __future__ import annotations

from tidemill.ui.formats import count, plural


def webhooks(n_webhooks: int, n_off: int, n_failing: int) -> str:
    """Over the list of webhooks.

    Examples:
        >>> webhooks(0, 0, 0), webhooks(1, 0, 0)
        ('Nobody is told what happens.', '1 webhook is told what happens, and takes it.')
        >>> webhooks(3, 1, 1), webhooks(2, 2, 0)
        ('2 of 3 webhooks are told what happens; 1 did not take it.', '2 webhooks, all of them off.')
    """
    if not n_webhooks:
        return "Nobody is told what happens."
    if n_off == n_webhooks:
        return f"{plural(n_webhooks, 'webhook')}, {'and it is' if n_webhooks == 1 else 'all of them'} off."
    n_on = n_webhooks - n_off
    which = f"{count(n_on)} of {plural(n_webhooks, 'webhook')}" if n_off else plural(n_webhooks, "webhook")
    are = "is" if n_on == 1 else "are"
    takes = "takes" if n_on == 1 else "take"
    return f"{which} {are} told what happens" + (
        f"; {count(n_failing)} did not take it." if n_failing else f", and {takes} it."
    )


def webhook(is_on: bool, n_taken: int, n_waiting: int, n_failed: int) -> str:
    """Over one webhook; the counts are of its latest deliveries.

    Examples:
        >>> webhook(True, 0, 0, 0)
        'It is on and was told nothing yet.'
        >>> webhook(False, 3, 0, 0)
        'It is off: what happens now is not told later. 3 deliveries were taken.'
        >>> webhook(True, 5, 1, 2)
        'It is on. 5 deliveries were taken, 1 waits, 2 were given up.'
    """
    if not n_taken + n_waiting + n_failed:
        return "It is on and was told nothing yet." if is_on else "It is off and was told nothing yet."
    parts = [f"{plural(n_taken, 'delivery', 'deliveries')} {'was' if n_taken == 1 else 'were'} taken"]
    parts += [f"{count(n_waiting)} {'waits' if n_waiting == 1 else 'wait'}"] if n_waiting else []
    parts += [f"{count(n_failed)} {'was' if n_failed == 1 else 'were'} given up"] if n_failed else []
    said = ", ".join(parts)
    return f"It is {'on.' if is_on else 'off: what happens now is not told later.'} {said[0].upper() + said[1:]}."
