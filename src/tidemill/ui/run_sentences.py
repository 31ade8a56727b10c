"""The sentences over experiments, runs in a table, and runs side by side."""

from __future__ import annotations

from tidemill.ui.formats import count, duration, plural


def experiments(n_experiments: int, n_runs: int, n_running: int, n_failed: int) -> str:
    """Over the experiments; what goes on and failed is said of their latest runs.

    Examples:
        >>> experiments(3, 1204, 2, 0)
        '3 experiments with 1,204 runs; 2 go on now, none failed of late.'
        >>> experiments(1, 1, 0, 1), experiments(0, 0, 0, 0)
        ('1 experiment with 1 run; 1 failed of late.', 'No experiment has a run yet.')
    """
    if not n_experiments:
        return "No experiment has a run yet."
    on = f"{count(n_running)} {'goes' if n_running == 1 else 'go'} on now, " if n_running else ""
    runs = f"{plural(n_experiments, 'experiment')} with {plural(n_runs, 'run')}"
    return f"{runs}; {on}{count(n_failed) if n_failed else 'none'} failed of late."


def runs(n_runs: int, n_shown: int, n_running: int, n_failed: int, *, is_filtered: bool) -> str:
    """Over the table of runs; how many go on and failed is said of those shown.

    Examples:
        >>> runs(12, 12, 1, 0, is_filtered=False), runs(0, 0, 0, 0, is_filtered=False)
        ('12 runs, 1 goes on now, none failed.', 'Nothing has run yet.')
        >>> runs(3, 3, 0, 2, is_filtered=True), runs(0, 0, 0, 0, is_filtered=True)
        ('3 runs match, 2 failed.', 'No run matches.')
        >>> runs(128, 50, 0, 2, is_filtered=False)
        '128 runs; of the 50 shown first, 2 failed.'
    """
    if not n_runs:
        return "No run matches." if is_filtered else "Nothing has run yet."
    on = f"{count(n_running)} {'goes' if n_running == 1 else 'go'} on now, " if n_running else ""
    match = (" matches" if n_runs == 1 else " match") if is_filtered else ""
    among = f"; of the {count(n_shown)} shown first, " if n_shown < n_runs else ", "
    return f"{plural(n_runs, 'run')}{match}{among}{on}{count(n_failed) if n_failed else 'none'} failed."


def run(status: str, seconds: float | None, error: str, n_metrics: int) -> str:
    """Over one run without steps.

    Examples:
        >>> run("finished", 12.3, "", 4), run("failed", 2.0, "ValueError: no rows", 0)
        ('It finished in 12.3 s and logged 4 metrics.', 'It failed after 2.00 s: ValueError: no rows')
        >>> run("running", 60.0, "", 0)
        'It is running and has logged no metrics so far.'
    """
    metrics = plural(n_metrics, "metric")
    if status == "finished":
        return f"It finished in {duration(seconds)} and logged {metrics}."
    if status == "failed":
        after = f" after {duration(seconds)}" if seconds is not None else ""
        return f"It failed{after}{': ' + error if error else f', having logged {metrics}.'}"
    if status == "cancelled":
        return f"It was ended before it was done, having logged {metrics}."
    return f"It is {status} and has logged {metrics} so far."


def comparison(n_runs: int, n_differing: int, best: str) -> str:
    """Over runs side by side.

    Examples:
        >>> comparison(3, 2, "auc is best in calm-tide (0.715)")
        '3 runs, which differ in 2 params: auc is best in calm-tide (0.715).'
        >>> comparison(2, 0, ""), comparison(0, 0, "")
        ('2 runs with the same params.', 'No run is chosen yet.')
    """
    if not n_runs:
        return "No run is chosen yet."
    how = f", which differ in {plural(n_differing, 'param')}" if n_differing else " with the same params"
    return f"{plural(n_runs, 'run')}{how}{': ' + best if best else ''}."
