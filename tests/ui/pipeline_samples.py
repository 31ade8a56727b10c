"""Sample contexts of pipelines: a run that goes on, one that asks, a step, elements, the list, a plan."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from tidemill.pipelines.drawing import Bar, Figure, Spot, Way, timeline
from tidemill.ui import urls, views

NOW = datetime(2026, 9, 9, 14, 30, tzinfo=UTC)


def figure(state: str = "running") -> Figure:
    """A graph with everything in it: nested, mapped, chosen, asked, failed, caught, skipped."""
    spots = (
        Spot(0, "training_set", state="reused", url="/runs/x/steps/1"),
        Spot(1, "split_by_time", state="reused", words="10 ms", url="/runs/x/steps/2"),
        Spot(2, "clean", path=("features",), state="executed", words="1.20 s", url="/runs/x/steps/3"),
        Spot(3, "encode", path=("features",), state="executed", words="0.40 s", url="/runs/x/steps/4"),
        Spot(4, "train_one", "map", state=state, words="812 of 1,000, 41 s", url="/runs/x/steps/5"),
        Spot(5, "best", state="waiting"),
        Spot(6, "good_enough", state="waiting"),
        Spot(7, "explain", state="waiting"),
        Spot(8, "fallback", state="skipped"),
        Spot(9, "when", "choice", state="waiting"),
        Spot(10, "Ship it?", "approval", state="paused", words="2 s"),
        Spot(11, "a_step_with_a_name_that_is_long", state="failed", words="10 min", url="/runs/x/steps/12"),
        Spot(12, "load_weather", state="caught", words="0.30 s", url="/runs/x/steps/13"),
    )
    pairs = ((0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (4, 5), (5, 6), (7, 9), (8, 9), (9, 10), (1, 11), (12, 5))
    ways = tuple(Way(*each) for each in pairs)
    return Figure("delays", spots, (*ways, Way(6, 7, "then"), Way(6, 8, "otherwise")))


def bars() -> list[Bar]:
    """When the steps of that run waited and ran."""
    return [
        Bar(2, "clean", "executed", 0.0, 0.1, 1.3, url="/runs/x/steps/3"),
        Bar(3, "encode", "executed", 0.0, 1.35, 1.75, url="/runs/x/steps/4"),
        Bar(12, "load_weather", "caught", 0.0, 1.8, 2.1),
        Bar(4, "train_one", "running", 0.0, 3.2, None, words="812 of 1,000"),
    ]


def live_run(run: views.RunPage, state: str = "running") -> views.RunPage:
    """A run that goes on."""
    row = views.StepRow(
        number=5,
        name="train_one",
        kind="map",
        state=views.StepState(state),
        elements="1,000 elements",
        usage="3.9 s CPU, 210 MB, cost 0.0012",
        url="/runs/x/steps/5",
        attempt=2,
    )
    return dataclasses.replace(
        run,
        status=views.RunStatus.RUNNING,
        steps=(*run.steps, row),
        n_steps=13,
        figure=figure(state),
        folds=(views.Link(text="Fold features", url="/runs/x?folded=features"),),
        timeline=timeline(bars(), {3: [2], 4: [3]}, 44.0),
        n_bars=4,
        cost=0.0123,
        live_url=f"{urls.run_url(run.run_id)}/live",
        stamp="before",
        produced=None,
        cancel=views.Action(
            label="Cancel the run", url=f"{urls.run_url(run.run_id)}/cancel", words="The step is ended.", danger=True
        ),
    )


def paused_run(run: views.RunPage) -> views.RunPage:
    """A run that waits for an answer."""
    url = f"{urls.run_url(run.run_id)}/answers/11"
    yes = views.Action(label="Approve", url=url, words="The run goes on.", fields=(("answer", "approve"),))
    asked = views.Question(
        question="Ship it?",
        state="asked",
        step=views.Link(text="11", url=urls.run_step_url(run.run_id, 10)),
        role="deployer",
        until=NOW + timedelta(days=2),
        yes=yes,
        no=dataclasses.replace(yes, label="Refuse", fields=(("answer", "refuse"),)),
    )
    return dataclasses.replace(live_run(run), status=views.RunStatus.PAUSED, questions=(asked,), cancel=None)


def step_page(frame: views.Frame, run_id: str, digest: str) -> views.StepPage:
    """A step with a look at what it returned."""
    look = views.Preview(
        kind="table",
        columns=("carrier (String)", "delay (Float64)"),
        rows=(("UA", 2.5), ("AA", None)),
        n_rows=51_955,
        facts=(("size", "1.24 MB"),),
    )
    text = views.Preview(kind="json", shown='{"auc": 0.71}', note="There is more than is shown.")
    return views.StepPage(
        frame=frame,
        run_id=run_id,
        pipeline="delays",
        number=3,
        name="clean",
        kind="step",
        path="features",
        state=views.StepState.EXECUTED,
        reason="changed: code: clean",
        started_at=NOW - timedelta(minutes=2),
        seconds=1.2,
        facts=(("Host", "mill-2"), ("CPU", "1.10 s"), ("Memory", "210 MB")),
        line="flights.py:31",
        inputs=(
            views.InputRow(name="rows", digest=digest, source=views.Link(text="step 2 fit", url="/runs/x/steps/2")),
        ),
        outputs=(
            views.OutputRow(name="result", digest=digest, about="table, 51,955 x 2", codec="frame", preview=look),
            views.OutputRow(name="report", digest="", about="dict", codec="json", preview=text),
        ),
        key=digest,
        key_parts=(views.KeyPart(name="code: clean", digest=digest),),
    )


def failed_step(frame: views.Frame, run_id: str, digest: str) -> views.StepPage:
    """A map of which an element has failed."""
    return dataclasses.replace(
        step_page(frame, run_id, digest),
        kind="map",
        state=views.StepState.FAILED,
        reason="step 'clean' failed for element 17 at flights.py:31: KeyError: 'carrier'",
        traceback='  File "flights.py", line 31, in clean\n    rows["carrier"]',
        outputs=(),
        key="",
        key_parts=(),
        elements=(("executed", 9_998), ("failed", 2)),
        goes_on=True,
    )


def elements_page(frame: views.Frame, run_id: str, digest: str) -> views.ElementsPage:
    """Elements of a map."""
    rows = (
        views.ElementRow(
            element=17, state=views.StepState.FAILED, seconds=0.3, note="KeyError: 'carrier'", about="", digest=""
        ),
        views.ElementRow(
            element=18, state=views.StepState.EXECUTED, seconds=0.004, note="", about="float", digest=digest
        ),
    )
    return views.ElementsPage(
        frame=frame,
        run_id=run_id,
        pipeline="delays",
        number=5,
        name="train_one",
        counts=(("executed", 9_998), ("failed", 2)),
        rows=rows,
        next_url=urls.run_elements_url(run_id, 4, after=199),
    )


def pipelines_page(frame: views.Frame) -> views.PipelinesPage:
    """Two pipelines, one of which never ran."""
    delays = views.PipelineRow(
        name="delays",
        status=views.RunStatus.RUNNING,
        last=views.Link(text="run e5f607", url="/runs/x"),
        started_at=NOW - timedelta(seconds=44),
        course=(12.3, 14.1, 11.8),
        n_steps=13,
        next_due_at=NOW + timedelta(days=3),
        endpoints=(views.Link(text="delay", url="/endpoints/delay"),),
    )
    fill = views.Command(text="tidemill run", words="Runs the project's pipeline.")
    return views.PipelinesPage(frame=frame, pipelines=(delays, views.PipelineRow(name="returns")), fill=fill)


def pipeline_page(frame: views.Frame) -> views.PipelinePage:
    """A pipeline with two runs."""
    past = views.PastRun(
        run=views.Link(text="run e5f607", url="/runs/x"),
        status=views.RunStatus.FAILED,
        started_at=NOW - timedelta(minutes=9),
        seconds=11.8,
        states=("reused", "executed", "failed", "skipped"),
        started_by="ana",
    )
    return views.PipelinePage(
        frame=frame,
        name="delays",
        figure=figure("failed"),
        runs=(past, dataclasses.replace(past, status=views.RunStatus.FINISHED, states=("executed",) * 90)),
        course=(12.3, 11.8),
        params=(views.Param(name="learning_rate", value="0.1"),),
        endpoints=(views.Link(text="delay", url="/endpoints/delay"),),
        next_due_at=NOW + timedelta(days=3),
        n_queued=1,
        run=views.Action(label="Run delays", url="/pipelines/delays/runs", words="With the default params."),
        fill=views.Command(text="tidemill run", words="Runs the project's pipeline."),
    )


def plan_page(frame: views.Frame) -> views.PlanPage:
    """A plan that was made."""
    steps = (
        views.PlannedRow(number=1, name="training_set", action="reuse", reason="unchanged since run 01a1fe14"),
        views.PlannedRow(number=2, name="train", action="run", reason="changed: input: rate", seconds=4.2, cost=0.01),
        views.PlannedRow(number=3, name="evaluate", action="unknown", reason="known once the steps before it have run"),
    )
    spots = tuple(Spot(step.number, step.name, state=step.action) for step in steps)
    return views.PlanPage(
        frame=frame,
        name="delays",
        params=(views.Param(name="learning_rate", value="0.1"),),
        url=urls.plan_url("delays"),
        may_plan=True,
        steps=steps,
        figure=Figure("delays", spots, (Way(1, 2), Way(2, 3))),
    )


def no_plan_page(frame: views.Frame) -> views.PlanPage:
    """A plan that could not be made."""
    return dataclasses.replace(
        plan_page(frame),
        params=(),
        may_plan=False,
        steps=None,
        figure=None,
        error="it has no param 'x'.",
    )
