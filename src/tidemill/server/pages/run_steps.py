"""A step of a run, and the elements of a map."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from tidemill.access import Caller
from tidemill.core import UsageError, from_iso, not_found
from tidemill.pipelines import StepElement, StepRun, element_counts, elements_page
from tidemill.server.pages.evidence import run_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_actions import question
from tidemill.server.pages.run_figures import logs_url
from tidemill.server.roles import Call, Viewer
from tidemill.server.run_controls import GOES_ON
from tidemill.ui import urls, views
from tidemill.ui.formats import cell, duration, number, size

_FROM_STEP = re.compile(r"step (\d+) (.*)")
_PER_PAGE = 200


@runtime_checkable
class ShowsOutputs(Protocol):
    """Shows what a step returned without loading the whole."""

    def preview(self, caller: Caller, run_id: str, position: int, name: str) -> Any:
        """Return a look at an output: kind, columns, rows, text, facts, note."""
        ...


def step(call: Viewer, run_id: str, number: int) -> views.StepPage:
    """Return one step of a run."""
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    found = find_step(call, run_id, number)
    reason, _, details = found.note.partition("\n")
    goes_on = run.status in GOES_ON
    counts = element_counts(call.rooms.database, call.caller, run_id).get(found.position, {})
    asked = [each for each in call.rooms.pipelines.approvals(call.caller, run_id) if each.position == found.position]
    return views.StepPage(
        frame=frame_of(call),
        run_id=run_id,
        pipeline=run.experiment,
        number=number,
        name=found.step,
        kind=found.kind,
        path=found.path,
        state=views.StepState(found.state),
        reason=reason,
        reused_from=run_link(found.reused_from) if found.reused_from else None,
        started_at=from_iso(found.started_at),
        seconds=None if goes_on and found.state in {"running", "paused", "waiting"} else found.seconds,
        facts=tuple(step_facts(found, call.rooms.run_records.currency)),
        line=found.line,
        traceback=details.strip("\n"),
        inputs=tuple(_input(run_id, each) for each in found.inputs),
        outputs=tuple(_output(call, found, each) for each in found.outputs),
        key=found.cache_key or "",
        key_parts=tuple(views.KeyPart(name=name, digest=digest) for name, digest in found.key_parts.items()),
        elements=tuple(counts.items()),
        question=question(call, asked[0], call.rooms.pipelines.steps(call.caller, run_id)) if asked else None,
        goes_on=goes_on,
        logs_url=logs_url(call, run_id),
        python=python_of(call, f"/api/runs/{run_id}"),
        cli=f"tidemill runs {run_id}",
    )


def elements(call: Viewer, run_id: str, number: int, state: str = "", after: int = -1) -> views.ElementsPage:
    """Return a page of the elements of a map; `after` is the last element of the page before."""
    if state and state not in set(views.StepState):
        raise UsageError(f"the query parameter 'state' is {state[:80]!r}; it is one of {', '.join(views.StepState)}")
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    found = find_step(call, run_id, number)
    of = (run_id, found.position)
    rows = elements_page(call.rooms.database, call.caller, of, state, after)
    counts = element_counts(call.rooms.database, call.caller, run_id).get(found.position, {})
    more = len(rows) == _PER_PAGE
    return views.ElementsPage(
        frame=frame_of(call),
        run_id=run_id,
        pipeline=run.experiment,
        number=number,
        name=found.step,
        counts=tuple(counts.items()),
        state=state,
        rows=tuple(_element(each) for each in rows),
        next_url=urls.run_elements_url(run_id, found.position, state=state, after=rows[-1].element) if more else "",
        python=python_of(call, f"/api/runs/{run_id}/steps/{found.position}/elements"),
        cli=f"tidemill runs {run_id}",
    )


def find_step(call: Call, run_id: str, number: int) -> StepRun:
    """Return a step of a run by its place from 1. Raises NotFoundError."""
    steps = call.rooms.pipelines.steps(call.caller, run_id)
    found = next((each for each in steps if each.position == number - 1), None)
    if found is None:
        raise not_found(f"step of run {run_id}", str(number), [str(each.position + 1) for each in steps[:20]])
    return found


def step_facts(step: StepRun, currency: str) -> list[tuple[str, str]]:
    """Return where a step ran and what it took, by name; what was not measured is left out."""
    facts = [
        ("Try", str(step.attempt) if step.attempt > 1 else ""),
        ("Executor", step.executor),
        ("Host", step.host),
        ("Environment", step.environment),
        ("CPU", duration(step.cpu_seconds) if step.cpu_seconds is not None else ""),
        ("Memory", size(step.peak_memory_bytes) if step.peak_memory_bytes is not None else ""),
        ("Cost", f"{number(step.cost)} {currency}".rstrip() if step.cost is not None else ""),
    ]
    return [(name, value) for name, value in facts if value]


def usage_words(step: StepRun, currency: str) -> str:
    """Return in short what a step took."""
    told = dict(step_facts(step, currency))
    parts = [f"{told['CPU']} CPU" if "CPU" in told else "", told.get("Memory", "")]
    return ", ".join(each for each in [*parts, f"cost {told['Cost']}" if "Cost" in told else ""] if each)


def _input(run_id: str, each: Mapping[str, str]) -> views.InputRow:
    from_step = _FROM_STEP.fullmatch(each["reference"])
    url = urls.run_step_url(run_id, int(from_step[1]) - 1) if from_step else ""
    return views.InputRow(
        name=each["parameter"], digest=each["digest"], source=views.Link(text=each["reference"], url=url)
    )


def _output(call: Call, step: StepRun, each: Mapping[str, Any]) -> views.OutputRow:
    return views.OutputRow(
        name=each["name"],
        digest=each["digest"],
        about=each["summary"],
        codec=str(each.get("codec", "")),
        preview=_preview(call, step, each["name"]),
    )


def _preview(call: Call, step: StepRun, name: str) -> views.Preview | None:
    looks = getattr(call.rooms, "run_records", None)
    if not isinstance(looks, ShowsOutputs):
        return None
    found = looks.preview(call.caller, step.run_id, step.position, name)
    facts = {"size": size(found.size_bytes)} if found.size_bytes is not None else {}
    return views.Preview(
        kind=found.kind,
        columns=tuple(f"{column.name} ({column.type})" for column in found.columns),
        rows=found.rows,
        n_rows=found.n_rows,
        shown=found.text,
        facts=tuple((key, _fact(value)) for key, value in (facts | dict(found.facts)).items()),
        note=found.note or ("There is more than is shown." if found.cut and found.n_rows is None else ""),
    )


def _fact(value: Any) -> str:
    return ", ".join(cell(each) for each in value) if isinstance(value, list | tuple) else cell(value)


def _element(each: StepElement) -> views.ElementRow:
    first: Mapping[str, Any] = each.outputs[0] if each.outputs else {}
    return views.ElementRow(
        element=each.element,
        state=views.StepState(each.state),
        seconds=each.seconds,
        note=each.note.partition("\n")[0],
        about=str(first.get("summary", "")),
        digest=str(first.get("digest", "")),
    )


_STEP = f"{urls.RUNS}/{{run_id}}/steps/{{number}}"
PAGES = Pages(contexts=((_STEP, step), (f"{_STEP}/elements", elements)))
