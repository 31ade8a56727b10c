"""What can be done to a run from its page: cancelling it, running the same again, answering what it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi.responses import RedirectResponse

from tidemill.access import Role
from tidemill.core import UsageError, from_iso
from tidemill.pipelines import RunApproval, StepRun
from tidemill.server.answers import form_body
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Editor, Labeller
from tidemill.server.routes.route import Route
from tidemill.server.run_controls import (
    GOES_ON,
    answer_run,
    asked_before,
    cancel_run,
    run_again,
)
from tidemill.tracking import RunDetail
from tidemill.ui import urls, views

_FROM_STEP = re.compile(r"step (?P<number>\d+) (?P<output>.*)")


def cancel_action(call: Call, detail: RunDetail) -> views.Action | None:
    """Return the button that cancels a run; None where it has ended, or the caller may not."""
    if call.caller.role < Role.EDITOR or detail.run.status not in GOES_ON:
        return None
    return views.Action(
        label="Cancel the run",
        url=f"{urls.run_url(detail.run.id)}/cancel",
        words="The step in hand is ended; what is done stays, and running it again goes on from there.",
        danger=True,
    )


def again_action(call: Call, detail: RunDetail, has_steps: bool) -> views.Action | None:
    """Return the button that runs the same again; None while it goes on, for no pipeline, or who may not."""
    if call.caller.role < Role.EDITOR or detail.run.status in GOES_ON or not has_steps:
        return None
    released = "; what passes the gate is released" if asked_before(call, detail).release else "; nothing is released"
    return views.Action(
        label="Run it again",
        url=f"{urls.run_url(detail.run.id)}/again",
        words=f"The same pipeline with the same params, on the data and code of now{released}.",
    )


def question(call: Call, asked: RunApproval, steps: Sequence[StepRun]) -> views.Question:
    """Return what a run asks, with buttons for who may answer."""
    may = asked.state == "asked" and call.caller.role >= Role.parse(asked.role or "deployer")
    url = f"{urls.run_url(asked.run_id)}/answers/{asked.position + 1}"
    words = "Approving lets the run go on; refusing is recorded as the answer. Neither can be taken back."
    answered = ""
    if asked.answered_by:
        note = f": {asked.note}" if asked.note else ""
        answered = f"{asked.answered_by} answered{note}."
    return views.Question(
        question=asked.question,
        state=asked.state,
        step=views.Link(text=str(asked.position + 1), url=urls.run_step_url(asked.run_id, asked.position)),
        role=asked.role,
        until=from_iso(asked.until) if asked.until else None,
        answered=answered,
        shows=tuple(_shown(asked, steps)),
        yes=views.Action(label="Approve", url=url, words=words, fields=(("answer", "approve"),)) if may else None,
        no=views.Action(label="Refuse", url=url, words=words, fields=(("answer", "refuse"),)) if may else None,
    )


def _shown(asked: RunApproval, steps: Sequence[StepRun]) -> Iterator[tuple[views.Link, str]]:
    """Return the results that a question is about, each in short."""
    made = {step.position: step for step in steps}
    asks = made.get(asked.position)
    for each in asks.inputs if asks is not None else ():
        found = _FROM_STEP.fullmatch(each["reference"])
        step = made.get(int(found["number"]) - 1) if found else None
        if found is None or step is None:
            continue
        told = next((output["summary"] for output in step.outputs if output["name"] == found["output"]), "")
        yield views.Link(text=each["reference"], url=urls.run_step_url(asked.run_id, step.position)), told


def cancel(call: Editor, run_id: str) -> RedirectResponse:
    """Cancel a run and show it."""
    cancel_run(call, run_id)
    return RedirectResponse(urls.run_url(run_id), status_code=303)


def again(call: Editor, run_id: str) -> RedirectResponse:
    """Queue a run like this one, and show its pipeline."""
    detail = call.rooms.tracking.get_run(call.caller, run_id)
    run_again(call, run_id)
    return RedirectResponse(urls.pipeline_url(detail.run.experiment), status_code=303)


def answer(call: Labeller, run_id: str, number: int, form: Annotated[dict[str, str], form_body()]) -> RedirectResponse:
    """Answer what a run asks, and show it."""
    said = form.get("answer", "")
    if said not in {"approve", "refuse"}:
        raise UsageError(f"the field 'answer' is {said[:80]!r}; it must be approve or refuse")
    answer_run(call, run_id, number - 1, said == "approve", form.get("note", ""))
    return RedirectResponse(urls.run_url(run_id), status_code=303)


PAGES = Pages(
    routes=(
        Route("POST", f"{urls.RUNS}/{{run_id}}/cancel", cancel),
        Route("POST", f"{urls.RUNS}/{{run_id}}/again", again),
        Route("POST", f"{urls.RUNS}/{{run_id}}/answers/{{number}}", answer),
    )
)
