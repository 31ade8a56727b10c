"""Sample contexts of tracking: experiments, the table of runs, a run with charts, runs side by side, files."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from tidemill.ui import urls, views
from tidemill.ui.render import Rendered

NOW = datetime(2026, 9, 9, 14, 30, tzinfo=UTC)
RUN_ID = "0199a1b2c3d47e8f90a1b2c3d4e5f607"
FILLS = (
    views.Command(text="tidemill run", words="Runs the pipeline."),
    views.Command(text="MLFLOW_TRACKING_URI=http://127.0.0.1:8400 python train.py", words="Sends what MLflow logs."),
)
NAMES = ("calm-tide", "neap-mill", "spring-weir", "slack-eel")
COLUMNS = ("name", "status", "started", "metrics.val/auc", "params.learning_rate")


def frame(path: str) -> views.Frame:
    """The frame as the server makes it."""
    return views.Frame(project="default", caller="ana", path=path, now=NOW, version="0.1.0")


def run_id(at: int) -> str:
    """The id of a run by its place."""
    return f"{at:032x}"


def line(at: int) -> views.RunLine:
    """A run of the table by its place."""
    failed = at % 7 == 3
    name = f"{NAMES[at % 4]}-{at}"
    cells = (
        views.RunCell(text=name, title=run_id(at), url=urls.run_url(run_id(at))),
        views.RunCell(text="failed" if failed else "finished", tone="bad" if failed else "good"),
        views.RunCell(text="4 min ago", title="9 Sep 2026 14:26:00 UTC"),
        views.RunCell(text=f"{0.7 + at % 10 / 100:.6g}"),
        views.RunCell(text="0.0012" if at % 2 else ""),
    )
    return views.RunLine(run_id=run_id(at), name=name, url=urls.run_url(run_id(at)), cells=cells, failed=failed)


def columns() -> tuple[views.RunColumn, ...]:
    """The columns of the sample table."""
    made = []
    for key in COLUMNS:
        of, dot, label = key.partition(".")
        made.append(
            views.RunColumn(
                key=key,
                label=label if dot else key,
                of=of if dot else "",
                is_number=of == "metrics",
                sort_url=urls.runs_url(order=f"{key} DESC"),
                sorted="descending" if of == "metrics" else "",
            )
        )
    return tuple(made)


def runs_page(n_runs: int = 100_000, at: int = 0, size: int = 100) -> views.RunsPage:
    """A window of the table of runs."""
    last = min(n_runs, at + size)
    other = dataclasses.replace(columns()[-1], key="tags.team", label="team", of="tags", is_chosen=False)
    return views.RunsPage(
        frame=frame("/runs"),
        order="metrics.`val/auc` DESC",
        columns=columns(),
        offered=(*columns(), other),
        rows=tuple(line(each) for each in range(at, last)),
        at=at,
        n_runs=n_runs,
        older_url=urls.runs_url(at=last) if last < n_runs else "",
        newer_url="/runs" if at else "",
        compare_url=urls.compare_url(where="metrics.auc > 0.7") if n_runs <= 500 else "",
        exports=(views.Link(text="CSV", url="/api/runs/export?format=csv"),),
        saved=(views.SavedView(name="best of May", url="/runs?order=metrics.auc+DESC", is_shown=True),),
        save_url="/runs/views",
        forget_url="/runs/views/delete",
        kept=(("order", "metrics.`val/auc` DESC"), *(("column", key) for key in COLUMNS)),
        dead_jobs=(
            views.DeadJob(
                job_id=RUN_ID,
                kind="pipeline_run",
                reason="ValueError: too wide a tree (at flights.py:52)",
                n_attempts=3,
                ended_at=NOW,
                queued_by="ann",
            ),
        ),
        fills=FILLS,
        cli="tidemill runs",
    )


def experiments_page() -> views.ExperimentsPage:
    """Two experiments, one of a pipeline."""
    row = views.ExperimentRow(
        name="delays",
        url=urls.runs_url(experiments=("delays",)),
        number=1,
        n_runs=1204,
        n_running=1,
        n_failed=2,
        n_latest=20,
        last=views.Link(text="calm-tide-7", url=urls.run_url(RUN_ID)),
        last_at=NOW - timedelta(minutes=4),
        last_words="running",
        last_tone=views.Tone.TIDE,
        is_pipeline=True,
    )
    bare = views.ExperimentRow(name="Default", url="/runs?experiment=Default", n_runs=0)
    return views.ExperimentsPage(
        frame=frame("/experiments"),
        experiments=(row, bare),
        n_experiments=240,
        older_url="/experiments?at=2",
        fills=FILLS,
    )


def metric(key: str, text: str = "0.7153", *, is_number: bool = True) -> views.LoggedMetric:
    """A last value."""
    return views.LoggedMetric(key=key, text=text, exact=text, step=99, at=NOW, is_number=is_number)


def logged() -> views.Logged:
    """What a run logged, with something of everything."""
    return views.Logged(
        groups=(
            views.MetricGroup(name="train", metrics=(metric("train/loss", "NaN", is_number=False),)),
            views.MetricGroup(name="val", metrics=(metric("val/auc"), metric("val/loss", "0.4212"))),
            views.MetricGroup(name="of the machine", metrics=(metric("system/cpu", "97"),), is_open=False),
        ),
        n_metrics=4,
        history_of=RUN_ID,
        tags=(("team", "risk"),),
        note="Lion instead of Adam.\n**Not** marked up.",
        facts=(("Command", "train.py --rate 0.1"), ("Host", "mill-2")),
        diff="diff --git a/train.py b/train.py\n+rate = 0.1\n",
        packages=("lightgbm 4.6.0", "polars 1.30.0"),
        inputs=(
            views.RunInput(
                link=views.Link(text="flights@3", url=urls.dataset_url("flights", 3)),
                context="training",
                words="12,000 rows, 9 columns",
                digest="3f9ab04f" * 8,
                source="data/flights.parquet",
            ),
        ),
        models=(
            views.RunModel(
                link=views.Link(text="best", url=urls.logged_model_url("m-7f")),
                words="sklearn",
                versions=(views.Link(text="delay/2 (champion)", url=urls.model_version_url("delay", 2)),),
            ),
            views.RunModel(link=views.Link(text="half"), state="not whole", tone=views.Tone.BAD),
        ),
        lineage=(
            views.ChainLink(kind="dataset", link=views.Link(text="flights@3", url="/data/flights"), words="training"),
            views.ChainLink(kind="this run", link=views.Link(text="calm-tide-7"), words="finished", at=NOW, by="ana"),
            views.ChainLink(kind="logged model", link=views.Link(text="best", url=urls.logged_model_url("m-7f"))),
        ),
        files=(
            views.FileRow(name="model", url=urls.run_files_url(RUN_ID, "model")),
            views.FileRow(name="roc.png", url=urls.run_files_url(RUN_ID, "roc.png"), n_bytes=48_200),
        ),
        files_url=urls.run_files_url(RUN_ID),
        children=(
            views.ChildRun(
                run=views.Link(text="trial 1", url=urls.run_url(run_id(1))),
                status="finished",
                tone=views.Tone.GOOD,
                started_at=NOW,
                metrics="val/auc 0.71",
            ),
        ),
        parent=views.Link(text="sweep", url=urls.run_url(run_id(2))),
        compare_url=urls.compare_url((run_id(1), run_id(3))),
    )


def tracked_page(run: views.RunPage) -> views.RunPage:
    """A run without steps."""
    return dataclasses.replace(
        run,
        name="calm-tide-7",
        steps=(),
        n_steps=0,
        studies=(),
        metrics=(),
        produced=None,
        figure=None,
        timeline=None,
        logged=logged(),
    )


def compare_page(n_runs: int = 4) -> views.ComparePage:
    """Runs side by side."""
    keys = (("learning_rate", "params", ""), ("optimizer", "params", ""), ("val/auc", "metrics", "higher"))
    runs = tuple(
        views.ComparedRun(
            run_id=run_id(at),
            name=f"{NAMES[at % 4]}-{at}",
            url=urls.run_url(run_id(at)),
            colour=at % 6 + 1,
            experiment="delays",
            status="finished",
            tone=views.Tone.GOOD,
            started_at=NOW - timedelta(minutes=at),
            values=(
                views.ComparedValue(text=f"{0.001 * (at + 1):.4g}", key=repr(0.001 * (at + 1))),
                views.ComparedValue(text=("adam", "lion")[at % 2], key=("adam", "lion")[at % 2]),
                views.ComparedValue(text=f"{0.7 + at / 1000:.6g}", key=repr(0.7 + at / 1000), is_best=at == n_runs - 1),
            ),
        )
        for at in range(n_runs)
    )
    return views.ComparePage(
        frame=frame("/compare?filter=metrics.auc+%3E+0.7"),
        runs=runs,
        n_matching=n_runs,
        columns=tuple(views.ComparedColumn(key=key, of=of, way=way) for key, of, way in keys),
        charted=("val/auc", "val/loss"),
        uncharted=(views.Link(text="train/loss", url="/compare?metric=train%2Floss"),),
        n_differing=2,
        n_alike=3,
        params_url="/compare?params=all",
        experiments=("delays",),
        where="metrics.auc > 0.7",
        best="val/auc is best in slack-eel-3 (0.703)",
        fills=FILLS,
        cli="tidemill runs",
    )


def files_page() -> views.FilesPage:
    """A folder of files."""
    return views.FilesPage(
        frame=frame(urls.run_files_url(RUN_ID)),
        owner=(
            views.Link(text="Runs", url=urls.RUNS),
            views.Link(text="calm-tide-7", url=urls.run_url(RUN_ID)),
        ),
        folder="",
        files=logged().files,
        next_url=urls.run_files_url(RUN_ID, after="roc.png"),
    )


def file_page() -> views.FilesPage:
    """A file that a browser would run, as its text."""
    return dataclasses.replace(
        files_page(),
        folder="plots/report.html",
        above=(views.Link(text="plots", url=urls.run_files_url(RUN_ID, "plots")),),
        files=(),
        next_url="",
        preview=views.Preview(kind="text", shown="<script>alert(1)</script>", note="There is more than is shown."),
        n_bytes=1_240_000,
        digest="3f9ab04f" * 8,
        download_url=f"/api/runs/{RUN_ID}/artifacts/plots/report.html",
    )


def logged_model_page() -> views.LoggedModelPage:
    """A model that a run logged, and that was registered."""
    run = views.Link(text="calm-tide-7", url=urls.run_url(RUN_ID))
    return views.LoggedModelPage(
        frame=frame(urls.logged_model_url("m-7f")),
        model_id="m-" + "7f" * 16,
        name="best",
        kind="sklearn",
        status="ready",
        experiment="delays",
        created_at=NOW,
        created_by="ana",
        run=run,
        lineage=logged().lineage,
        versions=(views.Link(text="delay/2 (champion)", url=urls.model_version_url("delay", 2)),),
        measures=(views.ModelMeasure(key="roc_auc", text="0.7153", exact="0.71531", dataset="flights", run=run),),
        params=(("depth", "6"),),
        tags=(("team", "risk"),),
        files=logged().files,
        files_url=urls.run_files_url("m-7f"),
    )


def versions_page() -> views.VersionsPage:
    """Two versions of a model."""
    one = views.VersionSide(
        version=1,
        created_at=NOW - timedelta(days=9),
        created_by="ana",
        run=views.Link(text="run e5f607", url=urls.run_url(RUN_ID)),
        dataset=views.Link(text="flights@2", url=urls.dataset_url("flights", 2)),
        passed=True,
        gate="passed, 3 of 3 checks",
        package_digest="3f9ab04f" * 8,
    )
    auc = views.Estimate(value=0.7015, low=0.695, high=0.708, n=7_512)
    return views.VersionsPage(
        frame=frame("/models/delay/compare?one=1&other=2"),
        name="delay",
        one=one,
        other=dataclasses.replace(one, version=2, aliases=("champion",), created_at=NOW),
        metrics=(
            views.ComparedMetric(
                name="AUC", one=auc, other=views.Estimate(value=0.7213, low=0.715, high=0.728), way="higher"
            ),
            views.ComparedMetric(name="log loss", one=auc, way="lower"),
        ),
        params=(views.ComparedParam(name="learning_rate", one="0.1", other="0.05"),),
        inputs_added=("wind",),
        inputs_gone=("gate",),
        versions=(2, 1),
        runs_url=urls.compare_url((run_id(1), run_id(2))),
    )


def pages(run: views.RunPage) -> dict[str, Rendered]:
    """Every page of this kind by the name of its picture."""
    asked = dataclasses.replace(runs_page(), where="metrics.auc >", rows=(), n_runs=0, older_url="")
    problem = dataclasses.replace(asked, problem="'metrics.auc >' ends where a value should stand")
    nothing = dataclasses.replace(compare_page(), runs=(), charted=(), where="", best="", uncharted=())
    return {
        "experiments": experiments_page(),
        "experiments-empty": dataclasses.replace(experiments_page(), experiments=(), n_experiments=0),
        "runs": runs_page(),
        "runs-empty": dataclasses.replace(runs_page(), rows=(), n_runs=0),
        "runs-no-match": asked,
        "runs-problem": problem,
        "run-tracked": tracked_page(run),
        "compare": compare_page(),
        "compare-many": compare_page(40),
        "compare-nothing": nothing,
        "logged-model": logged_model_page(),
        "logged-model-bare": dataclasses.replace(
            logged_model_page(),
            status="being written",
            tone=views.Tone.WARN,
            versions=(),
            measures=(),
            params=(),
            files=(),
            register='mlflow.register_model("models:/m-7f", "NAME")',
        ),
        "versions": versions_page(),
        "files": files_page(),
        "files-none": dataclasses.replace(files_page(), files=(), next_url=""),
        "file": file_page(),
        "file-picture": dataclasses.replace(
            file_page(), folder="roc.png", preview=None, picture_url=f"/runs/{RUN_ID}/picture?path=roc.png"
        ),
    }
