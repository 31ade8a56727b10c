"""Runs side by side: chosen by their ids or by a filter, what differs in their params, how their metrics ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Query

from tidemill.core import UsageError, from_iso
from tidemill.evaluation import HIGHER_IS_BETTER
from tidemill.server.pages.experiments import fills
from tidemill.server.pages.frame import frame_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_address import RunsAsked, asked_of, texts_of
from tidemill.server.pages.run_cells import STATUS_TONES, number_text, run_name, status_word
from tidemill.server.pages.run_copies import cli, exports, python
from tidemill.server.pages.run_logged import is_of_the_machine
from tidemill.server.pages.run_windows import read_details, read_window
from tidemill.server.roles import Call, Viewer
from tidemill.tracking import RunDetail
from tidemill.ui import urls, views

MOST_RUNS = 500
_MOST_CHARTS = 10
_MOST_COLUMNS = 60
_LONGEST = 60
_N_COLOURS = 6
_HIGHER = ("acc", "auc", "precision", "recall", "f1", "r2", "score", "reward", "iou", "map", "ndcg", "bleu")
_LOWER = ("loss", "error", "mae", "mse", "rmse", "brier", "perplexity", "latency", "mape", "logloss")


def compare(call: Viewer, params: Annotated[str, Query(pattern="^(all|)$")] = "") -> views.ComparePage:
    """Return the runs that are named, or those that match a filter, side by side; `params` may ask for all of them."""
    asked = asked_of(call.request)
    found = _found(call, asked)
    details = found.details
    names = [*dict.fromkeys(key for each in details for key in each.params)]
    differing = [name for name in names if len({each.params.get(name) for each in details}) > 1]
    metrics = ranked(details)
    shown = (names if params else differing)[:_MOST_COLUMNS]
    numbers = metrics[:_MOST_COLUMNS]
    asked_for = [key for key in texts_of(call.request, "metric") if key in metrics]
    charted = asked_for[:_MOST_CHARTS] or _first_charts(metrics)
    address = call.request.url.query
    bests = _bests(details, numbers)
    other = "" if params else "all"
    return views.ComparePage(
        frame=frame_of(call),
        runs=tuple(_run(at, each, shown, numbers, bests) for at, each in enumerate(details)),
        n_matching=found.n_matching,
        columns=(
            *(views.ComparedColumn(key=name, of="params") for name in shown),
            *(views.ComparedColumn(key=name, of="metrics", way=way_of(name)) for name in numbers),
        ),
        charted=tuple(charted),
        uncharted=tuple(
            views.Link(text=key, url=_with(address, "metric", [*charted, key][-_MOST_CHARTS:]))
            for key in metrics
            if key not in charted
        ),
        n_differing=len(differing),
        n_alike=len(names) - len(differing),
        params_url=_with(address, "params", [other] if other else []) if len(differing) < len(names) else "",
        shows_all=bool(params),
        experiments=asked.experiments,
        where=asked.where,
        problem=found.problem,
        best=_best_words(details, bests),
        lacking=found.lacking,
        fills=() if details else fills(call.request),
        exports=exports(asked) if details and not texts_of(call.request, "run") else (),
        python=python(call, asked),
        cli=cli(asked),
    )


def _first_charts(metrics: Sequence[str]) -> Sequence[str]:
    """Return the metrics that are drawn when none is asked for; of the machine only where there is nothing else."""
    return [key for key in metrics if not is_of_the_machine(key)][:_MOST_CHARTS] or metrics[:_MOST_CHARTS]


def ranked(details: Sequence[RunDetail]) -> list[str]:
    """Return the metrics of some runs: those with curves first, those of the machine last, each by its key."""
    steps: dict[str, int] = {}
    for each in details:
        for key, point in each.metrics.items():
            steps[key] = max(steps.get(key, 0), point.step)
    return sorted(steps, key=lambda key: (is_of_the_machine(key), not steps[key], not way_of(key), key))


@dataclass(frozen=True)
class _Found:
    """The runs to compare, how many match, what is wrong with the filter, and the ids that are not there."""

    details: tuple[RunDetail, ...] = ()
    n_matching: int = 0
    problem: str = ""
    lacking: tuple[str, ...] = ()


def _found(call: Call, asked: RunsAsked) -> _Found:
    named = texts_of(call.request, "run")[:MOST_RUNS]
    if named:
        details, lacking = read_details(call, named)
        return _Found(details, len(details), lacking=lacking)
    if not asked.where and not asked.experiments:
        return _Found()
    try:
        window = read_window(call, asked, MOST_RUNS)
    except UsageError as error:
        return _Found(problem=str(error))
    return _Found(window.details, window.n_runs)


def way_of(metric: str) -> str:
    """Return which end of a metric is better by its name: higher, lower, or empty where nobody can tell.

    >>> way_of("val_auc"), way_of("train/loss"), way_of("depth")
    ('higher', 'lower', '')
    """
    name = metric.lower()
    if name in HIGHER_IS_BETTER:
        return "higher" if HIGHER_IS_BETTER[name] else "lower"
    if any(word in name for word in _LOWER):
        return "lower"
    return "higher" if any(word in name for word in _HIGHER) else ""


def _bests(details: Sequence[RunDetail], metrics: Sequence[str]) -> Mapping[str, float]:
    """Return the best value of each metric whose name says which end is better."""
    found = {}
    for key in metrics:
        values = [point.value for each in details if (point := each.metrics.get(key)) and isfinite(point.value)]
        if len(values) > 1 and len(set(values)) > 1 and (way := way_of(key)):
            found[key] = max(values) if way == "higher" else min(values)
    return found


def _best_words(details: Sequence[RunDetail], bests: Mapping[str, float]) -> str:
    for key, value in bests.items():
        names = [run_name(each.run) for each in details if key in each.metrics and each.metrics[key].value == value]
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"{key} is best in {names[0][:_LONGEST]}{others} ({number_text(value)})"
    return ""


def _run(
    at: int, detail: RunDetail, params: Sequence[str], metrics: Sequence[str], bests: Mapping[str, float]
) -> views.ComparedRun:
    run = detail.run
    values = [_param(detail.params.get(name)) for name in params]
    for key in metrics:
        point = detail.metrics.get(key)
        if point is None:
            values.append(views.ComparedValue())
        else:
            best = bests.get(key) == point.value
            values.append(views.ComparedValue(text=number_text(point.value), key=repr(point.value), is_best=best))
    return views.ComparedRun(
        run_id=run.id,
        name=run_name(run),
        url=urls.run_url(run.id),
        colour=at % _N_COLOURS + 1,
        experiment=run.experiment,
        status=status_word(run.status),
        tone=STATUS_TONES.get(run.status, views.Tone.QUIET),
        started_at=from_iso(run.started_at),
        values=tuple(values),
    )


def _param(value: str | None) -> views.ComparedValue:
    if value is None:
        return views.ComparedValue()
    line = value.split("\n", 1)[0]
    return views.ComparedValue(text=line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…", key=value)


def _with(query: str, name: str, values: Sequence[str]) -> str:
    """Return the address of the page with the values of one name replaced."""
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return f"{urls.COMPARE}?{urlencode(kept + [(name, value) for value in values])}"


PAGES = Pages(contexts=((urls.COMPARE, compare),))
