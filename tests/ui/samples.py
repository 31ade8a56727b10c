"""Sample contexts: every page filled, some empty, and the same with hostile text in every string."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from tidemill.ui import urls, views
from tidemill.ui.render import Rendered

NOW = datetime(2026, 9, 9, 14, 30, tzinfo=UTC)
RUN_ID = "0199a1b2c3d47e8f90a1b2c3d4e5f607"
PREDICTION_ID = "0199a1f0aa117abc8def0123456789ab"
DIGEST = "3f9ab04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
AUC = views.Metric(name="AUC", estimate=views.Estimate(value=0.7153, low=0.7071, high=0.7235, n=11_972))
HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
T = TypeVar("T")


def frame(path: str) -> views.Frame:
    """The frame as the server makes it."""
    return views.Frame(project="default", caller="ana", path=path, now=NOW, version="0.1.0")


def ago(**kwargs: float) -> datetime:
    """An instant before now."""
    return NOW - timedelta(**kwargs)


def link(text: str, url: str = "") -> views.Link:
    """A link."""
    return views.Link(text=text, url=url)


def delay_card() -> views.EndpointCard:
    """An endpoint that serves."""
    return views.EndpointCard(
        name="delay",
        state="serving",
        tone=views.Tone.GOOD,
        station=views.Station.SERVE,
        version="v2",
        caption="champion",
        metric=AUC,
        metric_note="11,972 held-out flights",
        history=(0.7021, 0.7153),
        facts=(
            views.Fact(label="Model", link=link("delay/2", urls.model_version_url("delay", 2)), at=ago(minutes=12)),
            views.Fact(label="Trained on", link=link("flights@3", urls.dataset_url("flights", 3))),
            views.Fact(label="Gate", link=link("passed, 3 of 3 checks", urls.model_version_url("delay", 2))),
            views.Fact(label="Answers at", link=link("http://127.0.0.1:8781/predict/delay")),
            views.Fact(
                label="Last answer",
                link=link("0.231", urls.prediction_url(PREDICTION_ID)),
                at=ago(seconds=20),
            ),
        ),
    )


def happenings() -> tuple[views.Happening, ...]:
    """What a first turn of the loop leaves."""
    version = link("delay/2", urls.model_version_url("delay", 2))
    return (
        views.Happening(
            at=ago(minutes=4),
            link=link("delay", urls.endpoint_url("delay")),
            words="serves delay/2 as revision 2",
            kind="deployed",
            tone=views.Tone.GOOD,
        ),
        views.Happening(
            at=ago(minutes=5),
            link=version,
            words="became champion, by ana",
            kind="promoted",
            tone=views.Tone.GOOD,
        ),
        views.Happening(
            at=ago(minutes=5),
            link=version,
            words="was registered, AUC 0.715 against at least 0.700",
            kind="registered",
            tone=views.Tone.TIDE,
        ),
        views.Happening(
            at=ago(hours=3),
            link=link("delay/1", urls.model_version_url("delay", 1)),
            words="was refused: log loss 0.612 against at most 0.600",
            kind="refused",
            tone=views.Tone.BAD,
        ),
        views.Happening(
            at=ago(hours=20),
            link=link("flights@3", urls.dataset_url("flights", 3)),
            words="committed, 51,955 rows, 4 checks passed",
            kind="data",
        ),
    )


def home_live(**changes: Any) -> views.HomeLive:
    """Home's live part with one endpoint."""
    filled = views.HomeLive(
        now=NOW,
        endpoints=(delay_card(),),
        happenings=happenings(),
        counts=views.Counts(datasets=3, runs=4, models=2, endpoints=1, predictions=28_834),
    )
    return dataclasses.replace(filled, **changes)


def home_many() -> views.HomeLive:
    """Home's live part with three endpoints in three states."""
    cancel = dataclasses.replace(
        delay_card(),
        name="cancel",
        state="loading",
        tone=views.Tone.WARN,
        station=views.Station.ROLL_OUT,
        version="v1",
        caption="revision 1",
        history=(),
        facts=delay_card().facts[:2],
    )
    turnaround = views.EndpointCard(
        name="turnaround",
        state="failed",
        tone=views.Tone.BAD,
        station=views.Station.EVALUATE,
        version="v7",
        caption="refused",
        metric=views.Metric(name="MAE", unit="min", estimate=views.Estimate(value=6.1)),
    )
    return home_live(
        endpoints=(turnaround, cancel, delay_card()),
        waiting=(
            views.Waiting(
                link=link("Promote cancel/2", urls.model_version_url("cancel", 2)),
                words="Its gate passed, 3 of 3 checks.",
            ),
        ),
    )


def home_empty() -> views.HomeLive:
    """Home's live part of a fresh folder."""
    return views.HomeLive(
        now=NOW,
        endpoints=(),
        happenings=(),
        counts=views.Counts(datasets=0, runs=0, models=0, endpoints=0),
        first_steps=(
            views.Command(text="tidemill demo", words="A whole turn of the loop on the flights of New York."),
            views.Command(text="tidemill run delays", words="A turn of your own project, in its folder."),
        ),
    )


def home(live: views.HomeLive) -> views.HomePage:
    """The first page."""
    return views.HomePage(
        frame=frame("/"),
        live=live,
        python='import tidemill as tm\n\nwith tm.open(".") as project:\n    print(project.endpoints.list())',
        cli="tidemill status",
    )


def gate(passed: bool = True) -> views.Gate:
    """A gate's verdict."""
    loss = views.Estimate(value=0.4581 if passed else 0.6121, low=0.4502, high=0.4660, n=11_972)
    return views.Gate(
        passed=passed,
        judged_at=ago(minutes=6),
        rows="11,972 held-out rows of 15 to 28 February 2013",
        checks=(
            views.GateCheck(
                rule="at_least(auc, 0.70)",
                sentence="AUC is 0.715 and must be at least 0.700.",
                passed=True,
                value=AUC.estimate,
                limit=0.70,
            ),
            views.GateCheck(
                rule="at_most(log_loss, 0.60)",
                sentence=f"Log loss is {loss.value:.3f} and must be at most 0.600.",
                passed=passed,
                value=loss,
                limit=0.60,
            ),
            views.GateCheck(
                rule="slice_at_least(carrier, auc, 0.60)",
                sentence="The weakest carrier, US, has AUC 0.652 and must have at least 0.600.",
                passed=True,
            ),
        ),
    )


def lineage() -> tuple[views.ChainLink, ...]:
    """From the data to the alias."""
    return (
        views.ChainLink(
            kind="dataset version",
            link=link("flights@3", urls.dataset_url("flights", 3)),
            words="51,955 rows of 1 January to 28 February 2013, 4 checks passed",
            at=ago(hours=20),
            by="ana",
            digest=DIGEST,
        ),
        views.ChainLink(
            kind="features", link=link("carrier_delay, origin_weather"), words="as of the scheduled departure"
        ),
        views.ChainLink(
            kind="run",
            link=link("delays e5f607", urls.run_url(RUN_ID)),
            words="5 steps executed, none reused",
            at=ago(minutes=7),
            by="ana",
            digest=DIGEST,
        ),
        views.ChainLink(kind="model version", link=link("delay/2"), words="LightGBM, 14 inputs", digest=DIGEST),
        views.ChainLink(kind="gate", link=link("passed"), words="3 of 3 checks", tone=views.Tone.GOOD),
        views.ChainLink(kind="alias", link=link("delay@champion"), words="promoted", at=ago(minutes=5), by="ana"),
    )


def model_page() -> views.ModelPage:
    """A model with two versions."""
    newest = views.VersionRow(
        version=2,
        aliases=("champion",),
        metric=AUC,
        gate_passed=True,
        dataset=link("flights@3", urls.dataset_url("flights", 3)),
        run=link("e5f607", urls.run_url(RUN_ID)),
        created_at=ago(minutes=6),
        created_by="ana",
    )
    refused = dataclasses.replace(
        newest,
        version=1,
        aliases=(),
        gate_passed=False,
        created_at=ago(days=40),
        metric=views.Metric(name="AUC", estimate=views.Estimate(value=0.7021)),
    )
    return views.ModelPage(
        frame=frame("/models/delay"),
        name="delay",
        task="binary",
        versions=(newest, refused),
        endpoints=(link("delay", urls.endpoint_url("delay")),),
        python='import tidemill as tm\n\nprint(tm.open(".").models.get("delay"))',
        cli="tidemill models show delay",
    )


def error_page() -> views.ErrorPage:
    """Not found, with what was probably meant."""
    return views.ErrorPage(
        frame=frame("/models/dely"),
        status=404,
        what="No model is named 'dely' in project 'default'.",
        to_do="Names are as they were registered; the list has them all.",
        links=(link("delay", urls.model_url("delay")), link("All models", urls.MODELS)),
        command=views.Command(text="tidemill models list", words="Lists the registered models."),
    )


def pages() -> dict[str, Rendered]:
    """Every page by the name of its picture."""
    from_home: dict[str, Rendered] = {
        "home": home(home_live()),
        "home-many": home(home_many()),
        "home-empty": home(home_empty()),
    }
    return from_home | {"model": model_page(), "error": error_page()}


def hostile(value: T) -> T:
    """The same context with hostile text in every string that is not an address or a choice."""
    if isinstance(value, (Enum, bool, int, float, datetime, type(None))):
        return value
    if isinstance(value, str):
        return value if value.startswith("/") else HOSTILE  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(hostile(each) for each in value)  # type: ignore[return-value]
    changed = {each.name: hostile(getattr(value, each.name)) for each in dataclasses.fields(value)}  # type: ignore[arg-type]
    return dataclasses.replace(value, **changed)  # type: ignore[type-var]
