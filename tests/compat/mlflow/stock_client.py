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
    """Fit estimators whose libraries log by themselves; models and pictures stay out of it."""
    import lightgbm
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("autolog")
    mlflow.sklearn.autolog(log_models=False, silent=True)
    mlflow.lightgbm.autolog(log_models=False, silent=True)
    random = np.random.default_rng(0)
    x, y = random.normal(size=(200, 3)), random.integers(0, 2, 200)
    LogisticRegression().fit(x, y)
    mlflow.sklearn.autolog(disable=True)
    lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(x, y), 5)
    mlflow.flush_async_logging()
    runs = mlflow.search_runs(experiment_names=["autolog"], output_format="list")
    return {
        "runs": len(runs),
        "fitted": sorted({each.data.tags.get("estimator_name", "lightgbm") for each in runs}),
        "with_data": sum(bool(each.inputs and each.inputs.dataset_inputs) for each in runs),
    }


SESSIONS: dict[str, Callable[[], dict[str, Any]]] = {
    each.__name__: each for each in (basics, client_verbs, inputs_and_models, autolog)
}

if __name__ == "__main__":
    print(json.dumps(SESSIONS[sys.argv[1]]()))
