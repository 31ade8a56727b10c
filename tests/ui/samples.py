"""Sample contexts: every page filled, some empty, and the same with hostile text in every string."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from tests.ui import approval_samples, call_samples, loop_samples, pipeline_samples, run_samples
from tidemill.ui import loop_sentences, urls, views
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


def counts(predictions: int = 28_834) -> views.Counts:
    """How much there is after a first turn."""
    return views.Counts(datasets=3, runs=4, models=2, endpoints=1, predictions=predictions)


def home_live(**changes: Any) -> views.HomeLive:
    """Home's live part with one endpoint."""
    filled = views.HomeLive(
        now=NOW,
        endpoints=(delay_card(),),
        happenings=happenings(),
        counts=counts(),
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
        fill=views.Command(text="tidemill run", words="Registers a version."),
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


def models_page() -> views.ModelsPage:
    """List with one model that serves and one without champion."""
    delay = views.ModelRow(name="delay", task="binary", n_versions=2, champion=2, metric=AUC, updated_at=ago(minutes=6))
    cancel = dataclasses.replace(delay, name="cancel", n_versions=1, champion=None, metric=None, updated_at=ago(days=3))
    return views.ModelsPage(
        frame=frame("/models"),
        models=(delay, cancel),
        fill=views.Command(text="tidemill run delays", words="Runs the pipeline and registers what passes."),
        python='import tidemill as tm\n\nprint(tm.open(".").models.list())',
        cli="tidemill models list",
    )


def bare_model_page() -> views.ModelPage:
    """A model whose versions nobody has measured here: those of another program, or prompts."""
    bare = [dataclasses.replace(row, metric=None, gate_passed=None) for row in model_page().versions]
    return dataclasses.replace(model_page(), task="", versions=tuple(bare), endpoints=(), is_prompt=True)


def version_page() -> views.VersionPage:
    """A version that passed and may be promoted."""
    carriers = (("UA", 0.723, 2104), ("B6", 0.711, 1987), ("EV", 0.734, 2210), ("DL", 0.702, 1655), ("US", 0.652, 703))
    roc = tuple((i / 20, min(1.0, (i / 20) ** 0.44)) for i in range(21))
    bins = tuple(
        views.CalibrationBin(
            predicted=0.05 + 0.1 * i,
            observed=min(1.0, 0.06 + 0.092 * i),
            n=3000 // (i + 1),
            low=max(0.0, 0.04 + 0.085 * i),
            high=min(1.0, 0.08 + 0.1 * i),
        )
        for i in range(8)
    )
    metrics = (
        AUC,
        views.Metric(name="log loss", estimate=views.Estimate(value=0.4581, low=0.4502, high=0.4660, n=11_972)),
        views.Metric(name="Brier score", estimate=views.Estimate(value=0.1459, low=0.1421, high=0.1496, n=11_972)),
        views.Metric(name="share late", estimate=views.Estimate(value=0.2144, n=11_972)),
    )
    inputs = (
        views.Input(name="carrier", kind="category", n_levels=16, nullable=False),
        views.Input(name="origin", kind="category", n_levels=3, nullable=False),
        views.Input(name="hour", kind="number", nullable=False),
        views.Input(name="distance", kind="number"),
        views.Input(name="late_rate_7d", kind="number"),
        views.Input(name="visibility", kind="number"),
    )
    return views.VersionPage(
        frame=frame("/models/delay/2"),
        name="delay",
        version=2,
        task="binary",
        created_at=ago(minutes=6),
        created_by="ana",
        package_digest=DIGEST,
        gate=gate(),
        promotion=views.Action(
            label="Promote delay/2 to champion",
            url=urls.promote_url("delay", 2),
            words="The alias champion moves from delay/1 to delay/2, and the endpoint delay answers with it within "
            "seconds. Promoting delay/1 again undoes it.",
        ),
        metrics=metrics,
        slices=tuple(
            views.Slice(
                column="carrier",
                value=name,
                estimate=views.Estimate(value=auc, low=auc - 22 / n**0.5 / 10, high=auc + 22 / n**0.5 / 10, n=n),
            )
            for name, auc, n in carriers
        ),
        roc=views.RocCurve(points=roc, auc=AUC.estimate),
        calibration=bins,
        inputs=inputs,
        output="probability of arriving more than 15 minutes late",
        parity=views.Parity(
            passed=True,
            runtime="onnx",
            sentence="ONNX and the trained model differ by at most 2.4e-07 over 2,000 rows, edge cases included; "
            "1e-05 is allowed.",
        ),
        lineage=lineage()[:-1],
        files=(
            views.ModelFile(name="model.onnx", n_bytes=412_310, digest=DIGEST),
            views.ModelFile(name="model.txt", n_bytes=1_240_551, digest=DIGEST),
            views.ModelFile(name="signature.json", n_bytes=1_204, digest=DIGEST),
            views.ModelFile(name="parity.json", n_bytes=688, digest=DIGEST),
        ),
        python='import tidemill as tm\n\nprint(tm.open(".").models.get("delay/2"))',
        cli="tidemill models show delay/2",
    )


def champion_page() -> views.VersionPage:
    """A version that was promoted: nothing is left to do."""
    return dataclasses.replace(version_page(), aliases=("champion",), promotion=None, lineage=lineage())


def refused_page() -> views.VersionPage:
    """A version that its gate refused, with little else."""
    return dataclasses.replace(
        version_page(), gate=gate(passed=False), promotion=None, roc=None, calibration=(), slices=(), parity=None
    )


def endpoints_page() -> views.EndpointsPage:
    """List with a serving and an undeployed endpoint."""
    delay = views.EndpointRow(
        name="delay",
        state="serving",
        tone=views.Tone.GOOD,
        model=link("delay/2", urls.model_version_url("delay", 2)),
        revision=2,
        metric=AUC,
        n_predictions=28_834,
        deployed_at=ago(minutes=4),
    )
    bare = views.EndpointRow(
        name="cancel",
        state="nothing deployed",
        tone=views.Tone.QUIET,
        model=link(""),
        revision=None,
        n_predictions=None,
    )
    return views.EndpointsPage(
        frame=frame("/endpoints"),
        endpoints=(delay, bare),
        fill=views.Command(text="tidemill deploy delay", words="Deploys the champion."),
        cli="tidemill endpoints list",
    )


def endpoint_page() -> views.EndpointPage:
    """An endpoint that serves."""
    curl = (
        "curl -s http://127.0.0.1:8781/predict/delay \\\n  -H 'content-type: application/json' \\\n"
        '  -d \'{"rows": [{"carrier": "UA", "origin": "EWR", "hour": 17, "distance": 1400}]}\''
    )
    python = (
        'import httpx\n\nrow = {"carrier": "UA", "origin": "EWR", "hour": 17, "distance": 1400}\n'
        'answer = httpx.post("http://127.0.0.1:8781/predict/delay", json={"rows": [row]})\n'
        'print(answer.json()["predictions"][0]["value"])'
    )
    newest = views.RevisionRow(
        revision=2,
        model=link("delay/2", urls.model_version_url("delay", 2)),
        runtime="onnx",
        created_at=ago(minutes=4),
        created_by="ana",
        current=True,
    )
    first = dataclasses.replace(
        newest, revision=1, model=link("delay/1"), current=False, created_at=ago(days=2), created_by="ben"
    )
    predictions = tuple(
        views.PredictionRow(
            prediction_id=PREDICTION_ID[:-2] + f"{i:02x}",
            at=ago(seconds=20 + 47 * i),
            value=0.231 + 0.061 * (i * 7 % 5),
            request="carrier UA, origin EWR, dest SFO, hour 17, distance 2565",
            model=newest.model,
        )
        for i in range(6)
    )
    return views.EndpointPage(
        frame=frame("/endpoints/delay"),
        card=delay_card(),
        about="arrives more than 15 minutes late",
        address="http://127.0.0.1:8781/predict/delay",
        revisions=(newest, first),
        curl=curl,
        request_python=python,
        predictions=predictions,
        roll_back=views.Action(
            label="Roll back to delay/1",
            url="/endpoints/delay/roll-back",
            words="Revision 1 answers again within seconds; deploying delay/2 undoes it.",
            fields=(("to", "1"),),
            danger=True,
        ),
        fill=views.Command(text="tidemill deploy delay", words="Deploys the champion."),
        python='import tidemill as tm\n\nprint(tm.open(".").endpoints.get("delay"))',
        cli="tidemill endpoints show delay",
    )


def bare_endpoint_page() -> views.EndpointPage:
    """An endpoint that nothing is deployed to and that failed to load."""
    card = views.EndpointCard(
        name="cancel", state="nothing deployed", tone=views.Tone.QUIET, station=views.Station.DATA, version=""
    )
    return views.EndpointPage(
        frame=frame("/endpoints/cancel"),
        card=card,
        error="model.onnx: its digest is 3f9a… and should be 88b1…; deploy the version again.",
        fill=views.Command(text="tidemill deploy cancel", words="Deploys the champion."),
    )


def watched_page() -> views.EndpointPage:
    """An endpoint with a year of windows and turns behind it, and labels in quarantine."""
    last = loop_samples.loop().last
    assert last is not None
    metric = views.Metric(name="AUC", estimate=last.value or views.Estimate(value=0.5))
    history = tuple(each.value.value for each in loop_samples.windows() if each.value)
    card = dataclasses.replace(
        delay_card(),
        state="retraining",
        tone=views.Tone.TIDE,
        station=views.Station.TRAIN,
        version="v5",
        metric=metric,
        metric_note="16 to 22 Dec 2013, 97 % labelled",
        history=history,
        history_of="windows",
    )
    return dataclasses.replace(
        endpoint_page(),
        card=card,
        revisions=(dataclasses.replace(endpoint_page().revisions[0], model=loop_samples.version_link(5), revision=5),),
        loop=loop_samples.loop(),
        quarantine=loop_samples.quarantine(),
    )


def unwatched_page() -> views.EndpointPage:
    """An endpoint that serves and whose project declares no monitor."""
    watch = views.Command(text='monitors=[tm.drift(), tm.performance("auc", label_delay="1d")]', words="Declare it.")
    return dataclasses.replace(endpoint_page(), watch=watch)


def young_page() -> views.EndpointPage:
    """An endpoint whose first window has just been measured; a turn can be asked for by hand."""
    loop = dataclasses.replace(
        loop_samples.loop(), windows=loop_samples.windows()[:1], turns=(), n_turns=0, n_promoted=0, n_refused=0,
        n_failed=0, n_unchanged=0, said="", since=loop_samples.START,
    )  # fmt: skip
    retrain = views.Action(
        label="Retrain delay",
        url=urls.retrain_url("delay"),
        words="The pipeline runs on all data so far; what passes the gate is promoted, rolling back undoes it.",
    )
    return dataclasses.replace(endpoint_page(), loop=loop, retrain=retrain)


def turn_page(place: int = 8) -> views.TurnPage:
    """A turn by the number of the window after which it was fired."""
    turn = next(each for each in loop_samples.turns() if each.turn_id == loop_samples.turn_id(place))
    judged = turn.decided is not None
    promoted = turn.outcome is views.Outcome.PROMOTED
    chain = [
        views.ChainLink(
            kind="fired", link=link(turn.trigger), words="after the window's end", at=turn.due_at, by="loop"
        ),
        views.ChainLink(kind="run", link=link("delays e5f607", urls.run_url(RUN_ID)), words="5 steps executed, 1.2 s"),
    ]
    if judged:
        tone = views.Tone.GOOD if promoted else views.Tone.BAD
        chain.append(views.ChainLink(kind="gate", link=link(turn.outcome.value), words="3 checks", tone=tone))
    chain.append(views.ChainLink(kind="serves", link=turn.after, words="since then", tone=views.Tone.GOOD))
    return views.TurnPage(
        frame=frame(turn.url),
        endpoint="delay",
        turn=turn,
        window=None if turn.trigger == "schedule" else loop_samples.windows()[place - 1],
        window_metric="AUC",
        gate=gate(passed=promoted) if judged else None,
        metrics=version_page().metrics if judged else (),
        chain=tuple(chain),
        since=loop_samples.windows()[place : place + 4] if promoted else (),
        audit_url=urls.audit_url(q=turn.turn_id),
        before_turn=link("Turn of 1 Apr", urls.turn_url("delay", loop_samples.turn_id(4))),
        after_turn=link("Turn of 6 May", urls.turn_url("delay", loop_samples.turn_id(9))),
        python="import tidemill as tm",
        cli="tidemill loop delay",
    )


def window_page() -> views.WindowPage:
    """A window that drifted and fired a turn."""
    window = loop_samples.windows()[7]
    assert window.value is not None
    shares = ((2, 6000), (1, 208))
    return views.WindowPage(
        frame=frame(window.url),
        endpoint="delay",
        metric_name="AUC",
        window=window,
        columns=loop_samples.drift_columns(),
        drift_sentence=loop_sentences.drift(2, 6, "temp"),
        performance_sentence=loop_sentences.performance("AUC", window.value, window.never_retrained, 0.712),
        served=tuple(
            views.VersionShare(model=loop_samples.version_link(version), n_rows=n, share=n / 6208)
            for version, n in shares
        ),
        labels_by=window.ends_at + timedelta(days=1),
        evaluated_at=window.ends_at + timedelta(days=1),
        n_revised=2,
        turn=link("turn of 29 Apr", urls.turn_url("delay", loop_samples.turn_id(8))),
        turn_words="delay/3 was promoted",
        before=link("15 to 21 Apr 2013", loop_samples.windows()[6].url),
        after=link("29 Apr to 5 May 2013", loop_samples.windows()[8].url),
        label=views.Command(text="tidemill label labels.csv", words="Gives the labels of predictions by their ids."),
        cli="tidemill monitor delay --window 2013-04-22",
    )


def bare_window_page() -> views.WindowPage:
    """A window without labels whose model has no reference."""
    window = dataclasses.replace(
        loop_samples.windows()[29], n_labelled=0, drift="no reference", drift_words="", drifted=False
    )
    return dataclasses.replace(
        window_page(), window=window, columns=(), performance_sentence="", turn=None, before=None, n_revised=0,
        drift_sentence="the model was packaged without a reference", performance_words="no label has come yet",
    )  # fmt: skip


def prediction_page() -> views.PredictionPage:
    """Why one prediction came out as it did."""
    asked: dict[str, str | float | None] = {
        "carrier": "UA",
        "origin": "EWR",
        "dest": "SFO",
        "hour": 17,
        "distance": 2565.0,
        "tailnum": None,
    }
    known = datetime(2013, 3, 14, 4, 0, tzinfo=UTC)
    looked_up = (
        views.LookedUp(view="carrier_delay", name="late_rate_7d", key="carrier = UA", value=0.2134, known_at=known),
        views.LookedUp(view="origin_weather", name="visibility", key="origin = EWR", value=10.0, known_at=known),
        views.LookedUp(view="origin_weather", name="wind_gust", key="origin = EWR", value=None, known_at=None),
    )
    answer = views.ChainLink(
        kind="prediction", link=link(PREDICTION_ID[:12] + "…"), words="0.231 from revision 2", at=ago(seconds=20)
    )
    return views.PredictionPage(
        frame=frame(urls.prediction_url(PREDICTION_ID)),
        prediction_id=PREDICTION_ID,
        endpoint="delay",
        model=link("delay/2", urls.model_version_url("delay", 2)),
        revision=2,
        value=0.2312,
        output="probability of arriving more than 15 minutes late",
        at=ago(seconds=20),
        event_at=datetime(2013, 3, 14, 17, 5, tzinfo=UTC),
        request_id="flight-2013-03-14-UA-1545",
        request=tuple(views.Cell(name=name, value=value) for name, value in asked.items()),
        looked_up=looked_up,
        chain=(answer, *reversed(lineage())),
        gate=gate(),
        promoted_by="ana",
        python=f'import tidemill as tm\n\nprint(tm.open(".").why("{PREDICTION_ID}"))',
        cli=f"tidemill why {PREDICTION_ID}",
    )


def study() -> views.Study:
    """A tuning of three trials: the first, one that failed, and the one that was chosen."""
    first = views.Estimate(value=0.694, low=0.683, high=0.705, n=7_512)
    best = views.Estimate(value=0.703, low=0.692, high=0.714, n=7_512)
    failed = "ValueError: too wide a tree (at flights.py:52)"
    return views.Study(
        step="train",
        metric="AUC",
        names=("learning_rate", "num_leaves"),
        searched=("learning_rate 0.02 to 0.2 by factors", "num_leaves whole, 7 to 31"),
        trials=(
            views.TrialRow(number=1, settings=("0.05", "15"), state="complete", estimate=first, seconds=1.2),
            views.TrialRow(number=2, settings=("0.1723", "31"), state="failed", seconds=0.1, words=failed),
            views.TrialRow(
                number=3, settings=("0.0412", "23"), state="complete", estimate=best, seconds=1.4, chosen=True
            ),
        ),
        n_fit=31_982,
        n_judged=7_512,
        holdout="14d",
    )


def run_page() -> views.RunPage:
    """A run that reused a step."""
    rows = views.NamedDigest(name="rows", digest=DIGEST, words="51,955 x 14")
    fit = views.NamedDigest(name="fit", digest=DIGEST[::-1], words="39,983 x 14")
    holdout = views.NamedDigest(name="holdout", digest=DIGEST[10:] + DIGEST[:10], words="11,972 x 14")
    model = views.NamedDigest(name="model", digest=DIGEST, words="LightGBM")
    steps = (
        views.StepRow(
            name="training_set",
            state=views.StepState.REUSED,
            reused_from=link("run e5f601", urls.run_url(RUN_ID)),
            seconds=0.004,
            outputs=(rows,),
        ),
        views.StepRow(
            name="split_by_time",
            state=views.StepState.EXECUTED,
            seconds=0.21,
            reason="holdout changed: 7d to 14d",
            inputs=(rows,),
            outputs=(fit, holdout),
        ),
        views.StepRow(name="train", state=views.StepState.EXECUTED, seconds=6.4, inputs=(fit,), outputs=(model,)),
        views.StepRow(
            name="evaluate",
            state=views.StepState.EXECUTED,
            seconds=1.8,
            inputs=(model, holdout),
            outputs=(views.NamedDigest(name="report", digest=""),),
        ),
    )
    return views.RunPage(
        frame=frame(urls.run_url(RUN_ID)),
        run_id=RUN_ID,
        pipeline="delays",
        status=views.RunStatus.FINISHED,
        started_at=ago(minutes=7),
        seconds=12.34,
        started_by="ana",
        steps=steps,
        studies=(study(),),
        params=(views.Param(name="learning_rate", value="0.1"), views.Param(name="holdout", value="14d")),
        metrics=version_page().metrics,
        code_digest=DIGEST,
        commit="208e88e2d3c4b5a697887766554433221100ffee",
        dirty=True,
        produced=link("delay/2", urls.model_version_url("delay", 2)),
        python=f'import tidemill as tm\n\nprint(tm.open(".").runs.get("{RUN_ID}"))',
        cli=f"tidemill runs show {RUN_ID}",
    )


def failed_run_page() -> views.RunPage:
    """A run whose step failed, outside a repository."""
    failed = views.StepRow(name="train", state=views.StepState.FAILED, seconds=0.3)
    return dataclasses.replace(
        run_page(),
        status=views.RunStatus.FAILED,
        steps=(failed,),
        error="train: column 'late' has 0 rows of class 1 of 39,983; check the label.",
        commit="",
        metrics=(),
        params=(),
        produced=None,
    )


def datasets_page() -> views.DatasetsPage:
    """List with two datasets."""
    flights = views.DatasetRow(
        name="flights", version=3, n_versions=3, n_rows=51_955, n_checks=4, digest=DIGEST, created_at=ago(hours=20)
    )
    weather = dataclasses.replace(
        flights, name="weather", version=1, n_versions=1, n_rows=4_241, n_checks=0, digest=DIGEST[::-1]
    )
    return views.DatasetsPage(
        frame=frame("/data"),
        datasets=(flights, weather),
        fill=views.Command(text="tidemill ingest flights", words="Reads, checks and commits the files of a source."),
        cli="tidemill data list",
    )


def dataset_page() -> views.DatasetPage:
    """A dataset in three versions."""
    newest = views.DatasetVersionRow(
        version=3, digest=DIGEST, n_rows=51_955, n_parts=2, n_checks=4, created_at=ago(hours=20), created_by="ana"
    )
    older = tuple(
        dataclasses.replace(newest, version=version, n_rows=27_004, n_parts=1, created_at=ago(days=30 * (3 - version)))
        for version in (2, 1)
    )
    columns = {
        "flight_id": ("String", "key"),
        "scheduled_at": ("Datetime(UTC)", "event time"),
        "carrier": ("String", ""),
        "origin": ("String", ""),
        "distance": ("Float64", ""),
        "late": ("Boolean", ""),
    }
    checks = (
        views.CheckRow(name="not_null(carrier)", passed=True, words="none of 51,955 is missing"),
        views.CheckRow(name="between(distance, 1, 6000)", passed=True, words="80 to 4,983"),
        views.CheckRow(name="unique(flight_id)", passed=True),
        views.CheckRow(name="one_of(origin, [EWR, JFK, LGA])", passed=True),
    )
    return views.DatasetPage(
        frame=frame("/data/flights"),
        name="flights",
        versions=(newest, *older),
        shown=3,
        columns=tuple(views.SchemaColumn(name=name, type=kind, role=role) for name, (kind, role) in columns.items()),
        checks=checks,
        window=(datetime(2013, 1, 1, 10, 15, tzinfo=UTC), datetime(2013, 3, 1, 4, 59, tzinfo=UTC)),
        used_by=(link("run e5f607", urls.run_url(RUN_ID)), link("delay/2", urls.model_version_url("delay", 2))),
        python='import tidemill as tm\n\nprint(tm.open(".").datasets.get("flights@3"))',
        cli="tidemill data show flights",
    )


def bundle_row() -> views.BundleRow:
    """A bundle that passed and is deployed."""
    return views.BundleRow(
        digest=DIGEST,
        pipelines=("delays",),
        n_files=2,
        n_bytes=18_204,
        commit="4f2a91c07be35d68a1f04c9d2b7e8a6035c1d9ef",
        dirty=True,
        passed=True,
        deployed_to=("staging",),
        created_at=ago(hours=3),
        created_by="ana",
    )


def bundles_page() -> views.BundlesPage:
    """One bundle, one environment that uses it and one that does not."""
    row = bundle_row()
    staging = views.EnvironmentRow(
        name="staging",
        bundle=link(DIGEST[:12], urls.bundle_url(DIGEST)),
        how="promoted from dev",
        at=ago(hours=2),
        by="ana",
        override="the checker was down",
    )
    return views.BundlesPage(
        frame=frame("/bundles"),
        bundles=(row, dataclasses.replace(row, passed=None, commit="", dirty=False, deployed_to=())),
        environments=(views.EnvironmentRow(name="dev"), staging),
        fill=views.Command(text="tidemill package", words="Shows the files and stores them."),
        cli="tidemill bundles",
    )


def bundle_page() -> views.BundlePage:
    """A bundle with uncommitted changes and an override."""
    return views.BundlePage(
        frame=frame(urls.bundle_url(DIGEST)),
        row=bundle_row(),
        module="flights.py",
        python_version="3.11, made with 3.11.7",
        lock="the versions that were installed",
        lock_text="polars==1.30.0\n",
        files=(
            views.BundledFile(path="flights.py", n_bytes=18_000, digest=DIGEST),
            views.BundledFile(path="run.sh", n_bytes=204, digest=DIGEST, executable=True),
        ),
        checks=(views.BundleCheckRow(name="ci", passed=True, at=ago(hours=2), by="ci"),),
        deployments=bundles_page().environments[1:],
        diff="diff --git a/flights.py b/flights.py\n+rate = 0.1\n",
        cli="tidemill bundles 3f9ab04f2f45",
    )


def audit_page() -> views.AuditPage:
    """A page in the middle of the trail."""
    kinds = ("deployment.revision_created", "model_version.promoted", "model_version.registered", "dataset.committed")
    events = tuple(
        views.AuditRow(
            position=None if i == 0 else 1240 - i,
            at=ago(minutes=4 + 37 * i),
            actor=("ana", "ben", "tidemill")[i % 3],
            kind=kinds[i % 4],
            subject=link("delay/2", urls.model_version_url("delay", 2)),
            words="revision 2, package 3f9ab04f2f",
        )
        for i in range(12)
    )
    return views.AuditPage(
        frame=frame("/audit"),
        events=events,
        n_events=1240,
        older_url=urls.audit_url(before=1228),
        newer_url=urls.AUDIT,
        head_position=1239,
        head_hash="3f9ab04f" * 8,
        fill=views.Command(text="tidemill demo", words="Makes a whole turn of the loop."),
        cli="tidemill audit",
    )


def erasures_page() -> views.ErasuresPage:
    row = views.ErasureRow(
        request_id="01a1fec386307344afeb1a4edab4cc4e",
        url=urls.erasure_url("01a1fec386307344afeb1a4edab4cc4e"),
        state="waiting",
        columns="passenger_id",
        n_keys=1,
        why="ticket 4711",
        requested_at=datetime(2013, 11, 4, 10, tzinfo=UTC),
        requested_by="ann",
    )
    return views.ErasuresPage(
        frame=frame("/erasures"),
        requests=(row, dataclasses.replace(row, state="done", lifted_at=datetime(2013, 12, 1, 10, tzinfo=UTC))),
        shown=row,
        found=(
            views.ErasedRow(kind="dataset", name="flights@3", words="18 rows, 2 parts", state="erased"),
            views.ErasedRow(kind="model", name="delay/2", words="", state="beyond"),
        ),
        waiting=("run 01a1fec386307344afeb1a4edab4cc4f began before and goes on",),
        advice=("delay/2 learnt from these rows: retrain, then promote what does not know them",),
        python="import tidemill as tm",
        cli="tidemill erase --list",
    )


def storage_page() -> views.StoragePage:
    """A store with something to let go."""
    return views.StoragePage(
        frame=frame("/storage"),
        stored=(
            views.StoredRow(what="kept", words="dataset flights", n_blobs=48, n_bytes=81_200_000),
            views.StoredRow(what="kept", words="model delay", n_blobs=24, n_bytes=4_100_000),
            views.StoredRow(what="left alone", words="put within the grace period", n_blobs=3, n_bytes=52_000),
            views.StoredRow(what="would be set aside", words="no record names them", n_blobs=9, n_bytes=1_300_000),
        ),
        retention=(
            views.RetentionRow(kind="runs", rule="last 50, best 3 by auc, 90d", n_going=212, n_kept=61),
            views.RetentionRow(kind="quarantine", rule="30d", n_going=0),
        ),
        tables=(views.TableRow(name="predictions/delay", version=214, n_rows=336_776, n_columns=14, changed_at=NOW),),
        backups=(
            views.BackupRow(
                folder="kept/2013-04-07T020000Z", made_at=NOW, n_events=4_711, n_blobs=84, n_bytes=85_352_000
            ),
        ),
        encryption=views.EncryptionRow(
            data_key="c82db47111cc4199", made_at=NOW, n_data_keys=2, master_keys="8c7883a7aa2dfe84"
        ),
        n_kept_bytes=85_352_000,
        n_going_bytes=1_300_000,
        cli="tidemill collect --dry-run",
    )


def components_page() -> views.ComponentsPage:
    """Two steps, of two packages."""
    split = views.ComponentRow(
        name="split_by_time",
        kind="step",
        package="tidemill",
        version="0.1.0",
        docs="Split off the last stretch of time.",
        inputs=("rows: TrainingSet", "holdout: str"),
        outputs=("fit: TrainingSet", "holdout: TrainingSet"),
        example="",
        take="from tidemill import split_by_time",
    )
    fill = dataclasses.replace(
        split, name="fill_gaps", package="tide-steps", example=">>> fill_gaps([1, None])\n[1, 1]"
    )
    return views.ComponentsPage(frame=frame("/components"), components=(split, fill), cli="tidemill components")


def sign_in_page(error: str = "") -> views.SignInPage:
    """The door."""
    return views.SignInPage(
        next_path="/models/delay", error=error, token_hint="The administrator's token was printed by tidemill up."
    )


def pages() -> dict[str, Rendered]:
    """Every page by the name of its picture."""
    return {
        "home": home(home_live()),
        "home-many": home(home_many()),
        "home-empty": home(home_empty()),
        "models": models_page(),
        "models-empty": dataclasses.replace(models_page(), models=()),
        "models-no-match": dataclasses.replace(models_page(), models=(), q="nothing"),
        "model": model_page(),
        "model-of-others": bare_model_page(),
        "model-empty": dataclasses.replace(bare_model_page(), versions=(), is_prompt=False),
        "version-prompt": dataclasses.replace(
            version_page(), prompt="Hello {{name}}", gate=None, metrics=(), slices=()
        ),
        "version": version_page(),
        "version-champion": champion_page(),
        "version-refused": refused_page(),
        "endpoints": endpoints_page(),
        "endpoint": endpoint_page(),
        "endpoint-bare": bare_endpoint_page(),
        "endpoint-watched": watched_page(),
        "endpoint-unwatched": unwatched_page(),
        "endpoint-young": young_page(),
        "turn-promoted": turn_page(8),
        "turn-refused": turn_page(9),
        "turn-failed": turn_page(24),
        "turn-running": turn_page(42),
        "window": window_page(),
        "window-bare": bare_window_page(),
        "prediction": prediction_page(),
        **run_samples.pages(run_page()),
        "run": run_page(),
        "run-failed": failed_run_page(),
        "bundles": bundles_page(),
        "bundles-empty": dataclasses.replace(bundles_page(), bundles=()),
        "bundle": bundle_page(),
        "run-live": pipeline_samples.live_run(run_page()),
        "run-paused": pipeline_samples.paused_run(run_page()),
        "run-step": pipeline_samples.step_page(frame(urls.run_step_url(RUN_ID, 2)), RUN_ID, DIGEST),
        "run-step-failed": pipeline_samples.failed_step(frame(urls.run_step_url(RUN_ID, 2)), RUN_ID, DIGEST),
        "run-elements": pipeline_samples.elements_page(frame(urls.run_elements_url(RUN_ID, 4)), RUN_ID, DIGEST),
        "pipelines": pipeline_samples.pipelines_page(frame(urls.PIPELINES)),
        "pipelines-empty": dataclasses.replace(pipeline_samples.pipelines_page(frame(urls.PIPELINES)), pipelines=()),
        "pipeline": pipeline_samples.pipeline_page(frame(urls.pipeline_url("delays"))),
        "plan": pipeline_samples.plan_page(frame(urls.plan_url("delays"))),
        "plan-none": pipeline_samples.no_plan_page(frame(urls.plan_url("delays"))),
        "datasets": datasets_page(),
        "dataset": dataset_page(),
        "audit": audit_page(),
        **approval_samples.pages(frame(urls.APPROVALS)),
        **call_samples.pages(frame(urls.TRACES)),
        "audit-empty": dataclasses.replace(audit_page(), events=(), newer_url="", older_url="", n_events=0),
        "erasures": erasures_page(),
        "erasures-none": dataclasses.replace(erasures_page(), requests=(), shown=None, found=(), waiting=(), advice=()),
        "storage": storage_page(),
        "storage-bare": dataclasses.replace(
            storage_page(), stored=(), retention=(), tables=(), n_kept_bytes=0, n_going_bytes=0
        ),
        "components": components_page(),
        "components-no-match": dataclasses.replace(components_page(), components=(), q="nothing"),
        "error": error_page(),
        "sign-in": sign_in_page(),
        "sign-in-again": sign_in_page("That token is not known here."),
    }


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
