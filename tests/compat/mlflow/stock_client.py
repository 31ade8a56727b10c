"""A program that logs with the stock mlflow client, run by the tests beside this file: `stock_client.py SESSION`.

The address and the token come by the client's own variables. It prints what it found as one line of JSON.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException


def basics() -> dict[str, Any]:
    """Log a run with all that a run may have, a nested one, and one in the background."""
    mlflow.set_experiment("basics")
    with mlflow.start_run(run_name="parent", tags={"team": "a"}) as parent:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"rate": 0.1, "kind": "gbm"})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metrics({"nan": math.nan, "inf": math.inf}, step=2)
        mlflow.set_tags({"more": "b"})
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("loss", 0.1)
        for step in range(50):
            mlflow.log_metric("queued", step / 7, step=step, synchronous=False)
        mlflow.flush_async_logging()
    client, run_id = MlflowClient(), parent.info.run_id
    refused = ""
    try:
        client.log_param(run_id, "depth", 4)
    except MlflowException as error:
        refused = error.error_code
    found = client.get_run(run_id)
    with mlflow.start_run(run_id=run_id):
        mlflow.log_metric("resumed", 1)
    best = mlflow.search_runs(experiment_names=["basics"], filter_string="metrics.loss < 0.3", output_format="list")
    return {
        "status": found.info.status,
        "name": found.info.run_name,
        "params": found.data.params,
        "nan": math.isnan(found.data.metrics["nan"]),
        "inf": found.data.metrics["inf"],
        "queued": len(client.get_metric_history(run_id, "queued")),
        "refused": refused,
        "parent": client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == run_id,
        "best": [each.info.run_id for each in best] == [child.info.run_id],
        "again": client.get_run(run_id).info.status,
    }


def client_verbs() -> dict[str, Any]:
    """Use the verbs of MlflowClient: experiments, batches, deleting and restoring, pages."""
    client, now = MlflowClient(), int(time.time() * 1000)
    id_ = client.create_experiment("verbs", tags={"a": "b"})
    client.rename_experiment(id_, "renamed")
    client.set_experiment_tag(id_, "c", "d")
    runs = [client.create_run(id_, start_time=at).info.run_id for at in (1, 2, 3)]
    client.log_batch(
        runs[0],
        metrics=[Metric("m", at / 7, now + at, at) for at in range(1000)],
        params=[Param("p", "1")],
        tags=[RunTag("t", "u")],
    )
    client.delete_tag(runs[0], "t")
    client.delete_run(runs[1])
    client.set_terminated(runs[2], "FAILED", end_time=77)
    first = client.search_runs([id_], max_results=1)
    rest = client.search_runs([id_], max_results=1, page_token=first.token)
    deleted = client.search_runs([id_], run_view_type=ViewType.DELETED_ONLY)
    client.restore_run(runs[1])
    client.delete_experiment(id_)
    stages = [client.get_experiment(id_).lifecycle_stage]
    client.restore_experiment(id_)
    stages.append(client.get_experiment(id_).lifecycle_stage)
    return {
        "experiment": client.get_experiment(id_).name,
        "tags": client.get_experiment(id_).tags,
        "stages": stages,
        "history": len(client.get_metric_history(runs[0], "m")),
        "pages": [first[0].info.run_id, rest[0].info.run_id, rest.token] == [runs[2], runs[0], None],
        "deleted": [each.info.run_id for each in deleted] == [runs[1]],
        "failed": [client.get_run(runs[2]).info.status, client.get_run(runs[2]).info.end_time],
        "experiments": sorted(each.name for each in client.search_experiments()),
    }


def inputs_and_models() -> dict[str, Any]:
    """Tell of a dataset that a run read, and of a model that it writes."""
    import pandas as pd

    mlflow.set_experiment("inputs")
    rows = from_pandas(pd.DataFrame({"x": [0.5, 1.5], "y": [0.0, 1.0]}), name="rows", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(rows, context="training", tags={"part": "all"})
        model = mlflow.initialize_logged_model(name="model", tags={"k": "v"}, params={"p": "1"})
        mlflow.log_metric("auc", 0.7, step=1, model_id=model.model_id, dataset=rows)
    mlflow.finalize_logged_model(model.model_id, "READY")
    inputs = MlflowClient().get_run(run.info.run_id).inputs
    read = inputs.dataset_inputs[0] if inputs else None
    found = mlflow.get_logged_model(model.model_id)
    searched = mlflow.search_logged_models(filter_string="name = 'model'", output_format="list")
    return {
        "read": [read.dataset.name, sorted(tag.key for tag in read.tags)] if read else [],
        "model": [found.name, str(found.status), found.params, found.tags.get("k")],
        "measured": [[each.key, each.value, each.dataset_name] for each in found.metrics or ()],
        "searched": [each.model_id for each in searched] == [model.model_id],
    }


def autolog() -> dict[str, Any]:
    """Fit estimators whose libraries log by themselves, with models and pictures; and a grid of them."""
    import lightgbm
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    client, (x, y) = MlflowClient(), _rows()
    mlflow.set_experiment("autolog")
    mlflow.sklearn.autolog(silent=True)
    with mlflow.start_run() as fitted:
        LogisticRegression().fit(x, y)
    with mlflow.start_run() as grid:
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1, 10]}, cv=3).fit(x, y)
    mlflow.sklearn.autolog(disable=True)
    mlflow.lightgbm.autolog(silent=True)
    with mlflow.start_run() as boosted:
        lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(x, y), 5)
    mlflow.flush_async_logging()
    runs = mlflow.search_runs(experiment_names=["autolog"], output_format="list")
    children = mlflow.search_runs(
        experiment_names=["autolog"],
        filter_string=f"tags.`mlflow.parentRunId` = '{grid.info.run_id}' and metrics.mean_test_score > 0",
        order_by=["metrics.mean_test_score DESC", "params.C ASC"],
        output_format="list",
    )
    files = {path for run in (fitted, grid, boosted) for path in _files(client, run.info.run_id)}
    return {
        "finished": {each.info.status for each in runs} == {"FINISHED"},
        "children": len(children),
        "with_data": sum(bool(each.inputs and each.inputs.dataset_inputs) for each in runs),
        "models": [_n_models(client, each.info.run_id) for each in (fitted, grid, boosted)],
        "files": sorted(files & {"estimator.html", "cv_results.csv", "feature_importance_gain.png"}),
    }


def models() -> dict[str, Any]:
    """Log a model, register it, name it by alias and stage, load it by every name, evaluate it, keep a prompt."""
    from sklearn.linear_model import LogisticRegression

    client, (x, y) = MlflowClient(), _rows()
    mlflow.set_experiment("models")
    with mlflow.start_run() as run:
        estimator = LogisticRegression().fit(x, y)
        info = mlflow.sklearn.log_model(
            estimator, name="model", input_example=x.head(3), registered_model_name="clf", pip_requirements=[]
        )
    again = mlflow.register_model(info.model_uri, "clf")
    client.set_registered_model_alias("clf", "best", "1")
    client.set_model_version_tag("clf", "1", "k", "v")
    client.transition_model_version_stage("clf", "2", "Staging")
    names = ("clf@best", "clf/1", "clf/Staging", "clf/latest", info.model_id)
    uris = [f"models:/{name}" for name in names] + [f"runs:/{run.info.run_id}/model"]
    answers = [mlflow.pyfunc.load_model(uri).predict(x.head(5)).tolist() for uri in uris]
    with mlflow.start_run() as judged:
        result = mlflow.models.evaluate(  # type: ignore[no-untyped-call]
            info.model_uri, x.assign(y=y), targets="y", model_type="classifier", evaluators=["default"]
        )
    mlflow.genai.register_prompt("greet", "Hello {{name}}", tags={"a": "b"})
    mlflow.genai.set_prompt_alias("greet", "used", 1)
    return {
        "versions": [info.registered_model_version, again.version],
        "answers": all(each == estimator.predict(x.head(5)).tolist() for each in answers),
        "tags": client.get_model_version("clf", "1").tags["k"],
        "stage": client.get_model_version("clf", "2").current_stage,
        "found": [each.name for each in client.search_registered_models("name ILIKE 'CL%'")],
        "judged": "roc_auc" in result.metrics and "roc_curve_plot.png" in _files(client, judged.info.run_id),
        "prompt": mlflow.genai.load_prompt("prompts:/greet@used").template,
        "prompts": [each.name for each in mlflow.genai.search_prompts()],
    }


def files() -> dict[str, Any]:
    """Log files of each kind, and take them back; record a trace."""
    import numpy as np

    mlflow.set_experiment("files")
    with mlflow.start_run() as run:
        mlflow.log_text("hi", "notes/a.txt")
        mlflow.log_dict({"a": 1}, "d.json")
        mlflow.log_table({"x": [1, 2]}, "t.json")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), key="im", step=1)

    @mlflow.trace
    def asked(x: int) -> int:
        return x + 1

    asked(1)
    mlflow.flush_trace_async_logging()
    (trace,) = mlflow.search_traces(return_type="list")
    client = MlflowClient()
    client.delete_run(run.info.run_id)  # its files are still there, as long as it can be restored
    return {
        "text": mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/a.txt"),
        "dict": mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/d.json"),
        "files": _files(client, run.info.run_id),
        "trace": [str(trace.info.state), len(trace.data.spans)],
    }


def _rows() -> tuple[Any, Any]:
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    x = pd.DataFrame(random.normal(size=(200, 3)), columns=["a", "b", "c"])
    return x, (x["a"] + random.normal(size=200) > 0).astype(int)


def _n_models(client: MlflowClient, run_id: str) -> int:
    outputs = client.get_run(run_id).outputs
    return len(outputs.model_outputs) if outputs else 0


def _files(client: MlflowClient, run_id: str) -> list[str]:
    return [each.path for each in client.list_artifacts(run_id)]


SESSIONS: dict[str, Callable[[], dict[str, Any]]] = {
    each.__name__: each for each in (basics, client_verbs, inputs_and_models, autolog, models, files)
}

if __name__ == "__main__":
    print(json.dumps(SESSIONS[sys.argv[1]]()))
