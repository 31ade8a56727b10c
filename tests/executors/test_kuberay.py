"""The manifests for KubeRay hold the fields of its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tidemill.cli.kuberay import app
from tidemill.core import UsageError
from tidemill.pipelines.executors.kuberay import RayCluster, manifest, to_yaml

#: Fields of ray.io/v1 in the API reference of KubeRay 1.6, those that are of use here.
CLUSTER = {
    "authOptions", "autoscalerOptions", "enableInTreeAutoscaling", "gcsFaultToleranceOptions", "headGroupSpec",
    "rayVersion", "suspend", "workerGroupSpecs",
}  # fmt: skip
JOB = {
    "activeDeadlineSeconds", "backoffLimit", "clusterSelector", "entrypoint", "jobId", "rayClusterSpec",
    "runtimeEnvYAML", "shutdownAfterJobFinishes", "submissionMode", "submitterPodTemplate", "suspend",
    "ttlSecondsAfterFinished",
}  # fmt: skip
GROUP = {"groupName", "maxReplicas", "minReplicas", "numOfHosts", "rayStartParams", "replicas", "template"}


def check_cluster(spec: dict[str, Any]) -> None:
    """See that a cluster's specification has known fields, a token, and room to shrink to nothing."""
    assert spec.keys() <= CLUSTER
    assert spec["authOptions"] == {"mode": "token"}
    (group,) = spec["workerGroupSpecs"]
    assert group.keys() <= GROUP
    assert group["minReplicas"] == 0
    for each in (spec["headGroupSpec"], group):
        (container,) = each["template"]["spec"]["containers"]
        assert container["resources"]["limits"] == container["resources"]["requests"]


def test_a_cluster_and_a_job_have_known_fields() -> None:
    cluster = manifest(RayCluster("shop/delays:3", "2.60.0", n_workers=5, gpus=1))
    check_cluster(cluster["spec"])
    assert cluster["spec"]["workerGroupSpecs"][0]["maxReplicas"] == 5
    job = manifest(RayCluster("shop/delays:3", "2.60.0", run="tidemill run delays --executor ray"))
    assert job["spec"].keys() <= JOB
    check_cluster(job["spec"]["rayClusterSpec"])


def test_the_yaml_reads_back_as_it_was() -> None:
    for run in ("", 'tidemill run delays -p "name=a: b"'):
        made = manifest(RayCluster("host:5000/shop/delays:3", "2.60.0", run=run))
        assert yaml.safe_load(to_yaml(made)) == made


def test_the_command_prints_writes_and_refuses(tmp_path: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(app, ["--image", "shop/delays:3", "--run", "delays"])
    assert yaml.safe_load(shown.output)["spec"]["entrypoint"] == "tidemill run delays --executor ray"
    assert json.loads(runner.invoke(app, ["--image", "a", "--json"]).output)["kind"] == "RayCluster"
    file = tmp_path / "ray.yaml"
    assert runner.invoke(app, ["--image", "shop/delays:3", "--out", str(file)]).exit_code == 0
    assert yaml.safe_load(file.read_text())["kind"] == "RayCluster"
    with pytest.raises(UsageError, match="a quantity such as 2, 500m or 4Gi"):
        RayCluster("a", "2.60.0", memory="4 gigs")
