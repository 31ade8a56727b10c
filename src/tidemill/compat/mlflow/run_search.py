"""Searching: experiments, runs and logged models by the simple filters that there are, in pages."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from tidemill.access import Caller
from tidemill.compat.mlflow import shapes
from tidemill.compat.mlflow.endpoint import MlflowCall, known
from tidemill.compat.mlflow.errors import invalid
from tidemill.compat.mlflow.keys import known_numbers
from tidemill.compat.mlflow.paging import offset_of, token_of
from tidemill.core import NotFoundError
from tidemill.tracking import Condition, RunDetail, RunQuery, View, parse_where

T = TypeVar("T")
_MOST, _USUAL = 50_000, 1000
_VIEWS: dict[str, View] = {"ACTIVE_ONLY": "active", "DELETED_ONLY": "deleted", "ALL": "all"}
_CLAUSE = re.compile(r"\s*([\w.`\"-]+)\s*(=|!=|LIKE|ILIKE)\s*('[^']*'|\"[^\"]*\")\s*(?:AND\b|$)", re.IGNORECASE)


def search_experiments(call: MlflowCall) -> dict[str, Any]:
    """Return a page of experiments, the newest first."""
    fields = call.fields
    view = _VIEWS[fields.choice("view_type", tuple(_VIEWS), "ACTIVE_ONLY")]
    limit = fields.integer("max_results", _USUAL, 1, _MOST)
    clauses = _clauses(fields.text("filter"))
    found = [
        each
        for each in call.rooms.tracking.experiments.list(call.caller, view)
        if all(_holds(clause, {"name": each.name, "experiment_id": str(each.number)}, each.tags) for clause in clauses)
    ]
    page, token = _page(found, limit, fields.text("page_token"))
    return known(experiments=[shapes.experiment(each) for each in page], next_page_token=token)


def search_runs(call: MlflowCall) -> dict[str, Any]:
    """Return a page of the runs of experiments, the newest first."""
    fields = call.fields
    view = _VIEWS[fields.choice("run_view_type", tuple(_VIEWS), "ACTIVE_ONLY")]
    limit = fields.integer("max_results", _USUAL, 1, _MOST)
    names = _names(call, fields.texts("experiment_ids"))
    text = fields.text("filter")
    where = tuple(map(_translated, parse_where(text))) if text.strip() else ()
    found = [each for each in _runs(call, names, where) if _is_in(view, each)] if names else []
    found.sort(key=lambda each: each.run.id)
    found.sort(key=lambda each: each.run.started_at, reverse=True)
    page, token = _page(found, limit, fields.text("page_token"))
    inputs = call.rooms.tracking.inputs.of_runs(call.caller, [each.run.id for each in page])
    return known(runs=[shapes.run(each, inputs[each.run.id]) for each in page], next_page_token=token)


def search_logged_models(call: MlflowCall) -> dict[str, Any]:
    """Return a page of the logged models of experiments, the newest first."""
    fields = call.fields
    limit = fields.integer("max_results", 50, 1, _USUAL)
    numbers = known_numbers(fields.texts("experiment_ids"))
    clauses = _clauses(fields.text("filter"))
    models = [
        each
        for each in call.rooms.tracking.models.list(call.caller, numbers, limit=_MOST)
        if all(_holds(clause, vars(each), each.tags) for clause in clauses)
    ]
    page, token = _page(models, limit, fields.text("page_token"))
    places = {
        number: call.rooms.tracking.experiments.get(call.caller, number).artifact_location
        for number in {each.experiment_number for each in page}
    }
    told = [shapes.logged_model(each, places[each.experiment_number]) for each in page]
    return known(models=told, next_page_token=token)


def _runs(call: MlflowCall, names: tuple[str, ...], where: tuple[Condition, ...]) -> Iterable[RunDetail]:
    after = None
    while True:
        query = RunQuery(where=where, experiments=names, limit=1000, after=after)
        page = call.rooms.tracking.search_runs(call.caller, query)
        yield from page.runs
        after = page.next
        if after is None:
            return


def _names(call: MlflowCall, ids: Sequence[str]) -> tuple[str, ...]:
    found = (_name(call.caller, call.rooms.tracking.experiments.get, number) for number in known_numbers(ids))
    return tuple(name for name in found if name is not None)


def _name(caller: Caller, get: Callable[..., Any], number: int) -> str | None:
    try:
        return str(get(caller, number).name)
    except NotFoundError:
        return None


def _translated(condition: Condition) -> Condition:
    if condition.of == "run" and condition.key == "status" and isinstance(condition.value, str):
        return replace(condition, value=condition.value.lower())
    return condition


def _is_in(view: View, detail: RunDetail) -> bool:
    return view == "all" or (detail.run.deleted_at is not None) == (view == "deleted")


def _page(found: Sequence[T], limit: int, token: str) -> tuple[Sequence[T], str | None]:
    start = offset_of(token)
    end = start + limit
    return found[start:end], token_of({"offset": end}) if end < len(found) else None


def _clauses(text: str) -> list[tuple[str, str, str]]:
    found, at = [], 0
    while text[at:].strip():
        clause = _CLAUSE.match(text, at)
        if clause is None:
            raise invalid(f"Invalid clause(s) in filter string: {text[at : at + 80]!r}")
        found.append((clause[1].replace("`", "").replace('"', ""), clause[2].upper(), clause[3][1:-1]))
        at = clause.end()
    return found


def _holds(clause: tuple[str, str, str], attributes: dict[str, Any], tags: dict[str, str]) -> bool:
    name, operator, wanted = clause
    of, _, key = name.partition(".")
    value = tags.get(key) if of in {"tag", "tags"} else attributes.get(key if of.startswith("attr") else name)
    if value is None:
        return False
    if operator in {"=", "!="}:
        return (str(value) == wanted) == (operator == "=")
    pattern = wanted.replace("%", "*").replace("_", "?")
    if operator == "ILIKE":
        return fnmatch.fnmatchcase(str(value).lower(), pattern.lower())
    return fnmatch.fnmatchcase(str(value), pattern)
