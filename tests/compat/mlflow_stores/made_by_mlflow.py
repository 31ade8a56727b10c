"""What the stock client logs into a folder and a database; run as a program of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, Metric


def log(uri: str, location: str | None) -> None:
    """Log one of each kind."""
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    experiment = client.create_experiment("churn", artifact_location=location, tags={"team": "a"})
    run = client.create_run(experiment, run_name="one", tags={"note": "x: 'y'\nz", "empty": ""}).info.run_id
    client.log_param(run, "a", 1)
    client.log_param(run, "b/c", "two words")
    points = [Metric("loss", value, 1_700_000_000_000 + at, at % 3) for at, value in enumerate((0.5, 0.25, 0.125, 0.1))]
    points += [Metric("loss", float("nan"), 1_700_000_000_001, 1), Metric("val/auc", float("inf"), 5, -7)]
    client.log_batch(run, metrics=points)
    client.log_text(run, "hi", "notes/a.txt")
    client.log_text(run, "", "empty.txt")
    dataset = Dataset("rows", "d1", "local", '{"uri": "x"}', schema="{}", profile="{}")
    client.log_inputs(run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])
    model = client.create_logged_model(experiment, "net", run, tags={"k": "v"}, params={"p": "1"})
    client.log_outputs(run, [LoggedModelOutput(model.model_id, 3)])
    client.log_model_artifacts(model.model_id, str(Path(__file__).with_name("package")))
    client.finalize_logged_model(model.model_id, "READY")
    client.set_terminated(run, "FAILED")
    gone = client.create_run(experiment)
    client.delete_run(gone.info.run_id)
    client.delete_experiment(client.create_experiment("gone"))
    client.create_run("0", run_name="still at work")
    client.create_registered_model("net", tags={"q": "1"}, description="about")
    client.create_model_version("net", f"models:/{model.model_id}", run, tags={"t": "2"}, description="first")
    client.create_model_version("net", f"runs:/{run}/notes", run)
    client.set_registered_model_alias("net", "champion", "1")
    client.transition_model_version_stage("net", "1", "Staging")
    client.delete_model_version("net", "2")
    client.create_model_version("net", f"runs:/{run}/notes", run)


if __name__ == "__main__":
    for number in range(1, len(sys.argv), 2):
        log(sys.argv[number], sys.argv[number + 1] or None)
